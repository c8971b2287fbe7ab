#include "stats/rasch.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/random.h"
#include "stats/proportion.h"

using namespace costwar;
using namespace costwar::stats;
using doctest::Approx;

namespace {

// Items of known difficulty, asked of models of known ability; `skip`: every so manieth item is not asked.
std::vector<ItemResponses> simulated(const std::vector<double>& abilities, double spread, std::size_t items,
                                     std::uint64_t seed, std::size_t skip = 0) {
  RandomStream random(seed, "rasch");
  std::vector<ItemResponses> all;
  for (std::size_t i = 0; i < items; ++i) {
    ItemResponses item;
    const double difficulty = spread * normal_quantile(std::max(1e-12, random.unit()));
    for (std::size_t m = 0; m < abilities.size(); ++m) {
      const bool asked = skip == 0 || (i + m) % skip != 0;
      item.tries.push_back(asked ? 1 : 0);
      const bool solved = random.unit() < 1 / (1 + std::exp(difficulty - abilities[m]));
      item.solved.push_back(asked && solved ? 1 : 0);
    }
    all.push_back(std::move(item));
  }
  return all;
}

const std::vector<double> kAbilities{-1.5, -0.5, 0.0, 1.0, 2.5};

}  // namespace

TEST_CASE("abilities and spread come back") {
  const RaschFit fit = fit_rasch(simulated(kAbilities, 1.5, 3000, 1)).value();
  CHECK(fit.converged);
  CHECK(fit.spread == Approx(1.5).epsilon(0.1));
  for (std::size_t m = 0; m < kAbilities.size(); ++m) {
    CHECK(fit.abilities[m].interval.contains(kAbilities[m]));
    CHECK(fit.abilities[m].standard_error < 0.1);
  }
}

TEST_CASE("intervals cover, also where models answered different items") {
  int covered = 0, all = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto fit = fit_rasch(simulated(kAbilities, 1.2, 300, 100 + seed, 3));
    for (std::size_t m = 0; m < kAbilities.size(); ++m) {
      covered += fit->abilities[m].interval.contains(kAbilities[m]) ? 1 : 0;
      ++all;
    }
  }
  // 200 intervals at 95 %: three standard errors are 4.6 points.
  CHECK(static_cast<double>(covered) / all > 0.90);
}

TEST_CASE("items of equal difficulty have no spread, and abilities are the logits of the shares") {
  std::vector<ItemResponses> items;
  for (int i = 0; i < 100; ++i) items.push_back({{8, 8, 8, 8, 8}, {2, 4, 6, 4, 4}});
  const RaschFit fit = fit_rasch(items).value();
  CHECK(fit.spread < 0.05);
  CHECK(fit.abilities[0].value == Approx(std::log(2.0 / 6)).epsilon(0.01));
  CHECK(fit.abilities[1].value == Approx(0).epsilon(0.01));
  CHECK(fit.abilities[2].value == Approx(std::log(6.0 / 2)).epsilon(0.01));
}

TEST_CASE("a model that solved everything has no upper bound") {
  std::vector<ItemResponses> items;
  for (int i = 0; i < 60; ++i) items.push_back({{1, 1, 1, 1, 1}, {1, i % 2, i % 3 == 0, i % 4 == 0, 0}});
  const RaschFit fit = fit_rasch(items).value();
  CHECK(std::isinf(fit.abilities[0].interval.high));
  CHECK(std::isinf(fit.abilities[4].interval.low));
  CHECK(std::isfinite(fit.abilities[1].interval.low));
  CHECK(std::isfinite(fit.abilities[1].standard_error));
}

TEST_CASE("no scale of four models, nor of a model that was not asked") {
  CHECK_FALSE(fit_rasch(simulated({0, 1, 2, 3}, 1, 100, 1)).has_value());
  CHECK_FALSE(fit_rasch({}).has_value());
  auto items = simulated(kAbilities, 1, 10, 1);
  for (ItemResponses& item : items) item.tries[2] = item.solved[2] = 0;
  CHECK_FALSE(fit_rasch(items).has_value());
}
