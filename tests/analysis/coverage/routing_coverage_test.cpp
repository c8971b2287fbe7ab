// Whether the gain of a rule is what it seems: where the score carries no information there is none to be
// had, and the interval of what was found covers zero as often as it says. `ctest -R decisions_coverage -V`
// prints the rates.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "analysis/routing.h"
#include "core/random.h"
#include "tests/stats/coverage/simulation.h"
#include "tests/support/outcome_sample.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::testing::OutcomeSample;

namespace {

struct Rates {
  double covered = 0;
  double above = 0;     // the interval lies above zero: a gain that is none
  double mean = 0;      // of the gains
  double apparent = 0;  // of the gains on the items that chose the threshold
};

Rates gains(int items, std::size_t repeats, bool before, int count) {
  RandomStream random(77, fmt::format("routes/{}/{}/{}", items, repeats, before));
  Rates rates;
  for (int run = 0; run < count; ++run) {
    OutcomeSample sample({"cheap", "strong"}, repeats);
    RouteSignal signal{"noise", before, {}};
    for (int i = 0; i < items; ++i) {
      const double difficulty = random.unit();
      for (std::size_t k = 0; k < repeats; ++k) {
        const double u = k > 0 && random.unit() < 0.3 ? random.unit() : difficulty;
        sample.row({u < 0.6, u < 0.5 || u > 0.65}, {0.0, 1.0});
        signal.keep.push_back(random.unit());
      }
    }
    RoutingOptions options;
    options.seed = static_cast<std::uint64_t>(run);
    options.most_resamples = 1'000;
    const Routing routing = find_routes(sample.run(), sample.shared(), std::span(&signal, 1), options);
    const RouteFinding& rule = routing.rules[0];
    const stats::Interval interval = rule.gain.interval.value();
    rates.covered += interval.contains(0) ? 1.0 / count : 0;
    rates.above += interval.low > 0 ? 1.0 / count : 0;
    rates.mean += rule.gain.value / count;
    const double share = rule.apparent.at.cost;  // of the strong model's, which costs 1
    rates.apparent += (rule.apparent.at.quality - (1 - share) * routing.cheap_point.at.quality -
                       share * routing.strong_point.at.quality) /
                      count;
  }
  return rates;
}

}  // namespace

TEST_CASE("a score without information gains nothing, and the interval says so") {
  const int count = coverage::samples(400);
  for (const auto& [items, repeats, before] :
       {std::tuple(100, std::size_t{1}, true), std::tuple(300, std::size_t{1}, true),
        std::tuple(60, std::size_t{3}, true), std::tuple(200, std::size_t{1}, false)}) {
    const Rates rates = gains(items, repeats, before, count);
    fmt::print(
        "{:>4} items x {}, {}: gain {:+.4f} (on the choosing items {:+.4f}), covers 0: {:.3f}, above: "
        "{:.3f}\n",
        items, repeats, before ? "router " : "cascade", rates.mean, rates.apparent, rates.covered,
        rates.above);
    CHECK(rates.covered >= 0.95 - 3 * std::sqrt(0.95 * 0.05 / count));
    CHECK(rates.above <= 0.025 + 3 * std::sqrt(0.025 * 0.975 / count));
    // What chose its own threshold looks better than it is.
    CHECK(rates.apparent > rates.mean);
  }
}
