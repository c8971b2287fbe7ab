// How often verdicts on claims are wrong, on artificial data whose truth is known: `ctest -R
// decisions_coverage -V` prints the table. A claim on the edge of its bound is what a test is worst at, so
// that is where the truth stands.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <string>

#include "analysis/claim.h"
#include "core/random.h"
#include "tests/stats/coverage/simulation.h"
#include "tests/support/outcome_sample.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::testing::OutcomeSample;

namespace {

constexpr int kSimulations = 2'000;
constexpr double kAlpha = 0.05;

// Items of a world: who solves is correlated, costs have a tail.
struct ClaimWorld {
  int items = 100;
  std::size_t repeats = 1;
  double both = 0.7, only_cheap = 0.02, only_strong = 0.15;
  double tail = 1.0;        // standard deviation of the log costs
  double cost_ratio = 0.2;  // of the means
};

double true_capability(const ClaimWorld& world) {
  return (world.both + world.only_cheap) / (world.both + world.only_strong);
}

OutcomeSample draw(const ClaimWorld& world, RandomStream& random) {
  OutcomeSample sample({"cheap", "strong"}, world.repeats);
  for (int i = 0; i < world.items; ++i) {
    // An item's difficulty is shared by its repeats: most of them go as the first did.
    const double first = random.unit();
    const double size = std::exp(world.tail * coverage::normal_draw(random));
    for (std::size_t k = 0; k < world.repeats; ++k) {
      const double u = k > 0 && random.unit() < 0.3 ? random.unit() : first;
      const bool both = u < world.both;
      const bool cheap = both || (u >= world.both && u < world.both + world.only_cheap);
      const bool strong = both || (u >= world.both + world.only_cheap &&
                                   u < world.both + world.only_cheap + world.only_strong);
      const double noise = std::exp(0.5 * coverage::normal_draw(random) - 0.125);
      sample.row({cheap, strong}, {world.cost_ratio * size * noise, size});
    }
  }
  return sample;
}

// Share of simulations with this verdict.
double rate(const ClaimWorld& world, const ClaimBounds& bounds, ClaimVerdict verdict, int count) {
  RandomStream random(2026, fmt::format("claims/{}/{}", world.items, world.repeats));
  int seen = 0;
  for (int i = 0; i < count; ++i) {
    const OutcomeSample sample = draw(world, random);
    ClaimOptions options;
    options.alpha = kAlpha;
    options.seed = static_cast<std::uint64_t>(i);
    options.resamples = 1'000;
    const ClaimFinding finding = judge_claim(bounds, capability_ratio(sample.shared(), 0, 1, options),
                                             total_cost_ratio(sample.shared(), 0, 1, options), kAlpha);
    seen += finding.verdict == verdict ? 1 : 0;
  }
  return static_cast<double>(seen) / count;
}

void check_error(const std::string& label, double found, int count) {
  const double most = kAlpha + 3 * std::sqrt(kAlpha * (1 - kAlpha) / count);
  fmt::print("{:<58} {:6.3f}  (at most {:.3f} over {} simulations)\n", label, found, most, count);
  CHECK(found <= most);
}

}  // namespace

TEST_CASE("a false claim is supported as seldom as is said") {
  const int count = coverage::samples(kSimulations);
  for (const ClaimWorld& world :
       {ClaimWorld{}, ClaimWorld{400}, ClaimWorld{60, 3}, ClaimWorld{200, 1, 0.2, 0.05, 0.2}}) {
    const std::string size = fmt::format("{} items x {}", world.items, world.repeats);
    // Capability a hair below its bound, cost far below its own: only one test stands in the way.
    check_error(size + ", capability on its bound: supported",
                rate(world, {true_capability(world) + 1e-9, 0.9}, ClaimVerdict::supported, count), count);
    check_error(size + ", cost on its bound: supported",
                rate(world, {0.3, world.cost_ratio - 1e-9}, ClaimVerdict::supported, count), count);
  }
}

TEST_CASE("a true claim is refuted as seldom as is said") {
  const int count = coverage::samples(kSimulations);
  for (const ClaimWorld& world :
       {ClaimWorld{}, ClaimWorld{400}, ClaimWorld{60, 3}, ClaimWorld{200, 1, 0.2, 0.05, 0.2}}) {
    // Both on their bounds: two ways to be refuted.
    check_error(fmt::format("{} items x {}, both on their bounds: refuted", world.items, world.repeats),
                rate(world, {true_capability(world), world.cost_ratio}, ClaimVerdict::refuted, count), count);
  }
}

TEST_CASE("a claim that clearly holds is supported, one that clearly fails is refuted") {
  const int count = coverage::samples(200);
  CHECK(rate(ClaimWorld{400}, {0.70, 0.40}, ClaimVerdict::supported, count) > 0.95);
  CHECK(rate(ClaimWorld{400}, {0.97, 0.40}, ClaimVerdict::refuted, count) > 0.95);
  CHECK(rate(ClaimWorld{400}, {0.70, 0.10}, ClaimVerdict::refuted, count) > 0.95);
}
