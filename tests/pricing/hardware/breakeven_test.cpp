#include "pricing/hardware/breakeven.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"

using namespace costwar;
using namespace costwar::pricing;

namespace {

// An instance that writes 1,000 tokens a second: 86.4 M a day. $10 an hour: $240 a day.
OwnCapacity thousand() {
  OwnCapacity own;
  own.rates = {1e12, 1000, std::nullopt};
  own.fixed_per_hour = 10;
  return own;
}

// 8.64 M output tokens a day, a tenth of an instance, for `usd`.
DailyWorkload tenth(double usd) {
  DailyWorkload work{{0, 0, 8.64e6}, flat_day(), {}};
  work.api_usd.fill(usd / 24);
  return work;
}

// By trying volumes one after the other: where the sign of own - API changes.
std::vector<double> crossings_by_search(const OwnCapacity& own, const DailyWorkload& work, double most,
                                        int points) {
  std::vector<double> found;
  bool cheaper = false;
  for (int i = 1; i <= points; ++i) {
    const double volume = most * i / points;
    const bool now = own_cost(own, work, volume) <= work.api_total() * volume;
    if (now != cheaper) found.push_back(volume);
    cheaper = now;
  }
  return found;
}

}  // namespace

TEST_CASE("days: flat, peaked and given shapes add up to one") {
  for (const double peak : {1.0, 1.5, 2.0, 5.0, 12.0, 24.0}) {
    CAPTURE(peak);
    const HourlyShares day = peaked_day(peak, 14);
    CHECK(std::accumulate(day.begin(), day.end(), 0.0) == doctest::Approx(1));
    CHECK(*std::max_element(day.begin(), day.end()) * 24 == doctest::Approx(peak).epsilon(1e-3));
    CHECK(std::max_element(day.begin(), day.end()) - day.begin() == (peak == 1 ? 0 : 14));
  }
  CHECK_THROWS_AS(peaked_day(0.9, 0), Error);
  CHECK_THROWS_AS(peaked_day(25, 0), Error);
  CHECK_THROWS_AS(peaked_day(std::nan(""), 0), Error);
  CHECK(given_day(std::vector<double>(24, 3.0)) == flat_day());
  CHECK_THROWS_AS(given_day({1, 2, 3}), Error);
  CHECK_THROWS_AS(given_day(std::vector<double>(24, 0.0)), Error);
  std::vector<double> negative(24, 1.0);
  negative[3] = -1;
  CHECK_THROWS_AS(given_day(negative), Error);
}

TEST_CASE("capacity comes in whole instances for the busiest hour") {
  OwnCapacity own = thousand();
  CHECK(instances_needed(own, tenth(1), 1) == 1);
  CHECK(instances_needed(own, tenth(1), 10) == 1);
  CHECK(instances_needed(own, tenth(1), 10.01) == 2);
  own.peak_utilisation = 0.5;
  CHECK(instances_needed(own, tenth(1), 10) == 2);
  DailyWorkload peaked = tenth(1);
  peaked.shares = peaked_day(3, 12);
  CHECK(instances_needed(own, peaked, 10) == 6);
  own.spares = 2;
  CHECK(own_cost(own, peaked, 10) == doctest::Approx(8 * 240));
}

TEST_CASE("break-even against a line, with its steps") {
  // The API asks $48 for a tenth of an instance's day: equal at 240 / 48 = 5 times the workload.
  const BreakEven simple = break_even(thousand(), tenth(48));
  REQUIRE(simple.crossings.size() == 1);
  CHECK(*simple.first == doctest::Approx(5));
  CHECK(*simple.settled == doctest::Approx(5));
  CHECK(simple.cost_at_full == doctest::Approx(0.5));
  CHECK(simple.mean_utilisation_needed == doctest::Approx(0.5));

  // At $28 the first instance pays at 8.57 of 10; the second does not yet pay when it is bought.
  const BreakEven stepped = break_even(thousand(), tenth(28));
  REQUIRE(stepped.crossings.size() >= 3);
  CHECK(stepped.crossings[0].volume == doctest::Approx(240.0 / 28));
  CHECK(stepped.crossings[1].volume == doctest::Approx(10));
  CHECK_FALSE(stepped.crossings[1].own_cheaper_above);
  CHECK(stepped.crossings[2].volume == doctest::Approx(480.0 / 28));
  CHECK(*stepped.first < *stepped.settled);
  const std::vector<double> searched = crossings_by_search(thousand(), tenth(28), 100, 100'000);
  REQUIRE(searched.size() == stepped.crossings.size());
  for (std::size_t i = 0; i < searched.size(); ++i)
    CHECK(searched[i] == doctest::Approx(stepped.crossings[i].volume).epsilon(2e-3));
}

TEST_CASE("break-even found by formula is that found by search, with spares, peaks and energy") {
  for (const double price : {25.0, 30.0, 60.0, 300.0})
    for (const double peak : {1.0, 1.7, 3.0})
      for (const std::int64_t spares : {0, 1, 3}) {
        CAPTURE(price);
        CAPTURE(peak);
        CAPTURE(spares);
        OwnCapacity own = thousand();
        own.spares = spares;
        own.busy_per_hour = 0.5;
        own.peak_utilisation = 0.8;
        DailyWorkload work = tenth(price);
        work.shares = peaked_day(peak, 9);
        const BreakEven found = break_even(own, work);
        if (!found.why_never.empty()) {
          CHECK(found.crossings.empty());
          CHECK(found.cost_at_full >= 1);
          CHECK(own_cost(own, work, 5000) > work.api_total() * 5000);
          continue;
        }
        const std::vector<double> searched = crossings_by_search(own, work, *found.settled * 1.5, 300'000);
        REQUIRE(searched.size() == found.crossings.size());
        for (std::size_t i = 0; i < searched.size(); ++i)
          CHECK(searched[i] == doctest::Approx(found.crossings[i].volume).epsilon(1e-3));
      }
}

TEST_CASE("where full instances ask more than the API, it is said that and why it never pays") {
  const BreakEven never = break_even(thousand(), tenth(12));
  CHECK(never.crossings.empty());
  CHECK_FALSE(never.first);
  CHECK(never.cost_at_full == doctest::Approx(2));
  CHECK(never.why_never.find("$2") != std::string::npos);
  CHECK(never.mean_utilisation_needed == doctest::Approx(2));
  OwnCapacity hungry = thousand();
  hungry.busy_per_hour = 1000;  // work alone costs more than the API
  CHECK(std::isinf(break_even(hungry, tenth(48)).mean_utilisation_needed));
}

TEST_CASE("the staircase rises by an instance at a time") {
  const std::vector<Step> steps = staircase(thousand(), tenth(48), 25);
  REQUIRE(steps.size() == 3);
  CHECK(steps[1].instances == 2);
  CHECK(steps[1].from == doctest::Approx(10));
  CHECK(steps[1].until == doctest::Approx(20));
  CHECK(steps[1].cost_from == doctest::Approx(480));
}

TEST_CASE("a hybrid serves the base itself and sends the peaks to the API") {
  DailyWorkload work = tenth(0);
  work.tokens = {0, 0, 86.4e6};  // a whole instance's day, most of it in few hours
  work.shares = peaked_day(6, 12);
  for (std::size_t hour = 0; hour < 24; ++hour) work.api_usd[hour] = 600 * work.shares[hour];
  const std::vector<HybridPoint> points = hybrid(thousand(), work);
  REQUIRE(points.size() == 7);  // the busiest hour takes 6
  CHECK(points[0].own_usd == 0);
  CHECK(points[0].total() == doctest::Approx(600));
  CHECK(points[6].api_usd == doctest::Approx(0));
  CHECK(points[6].own_share == doctest::Approx(1));
  CHECK(points[6].own_usd == doctest::Approx(6 * 240));
  for (std::size_t i = 1; i < points.size(); ++i) CHECK(points[i].api_usd <= points[i - 1].api_usd);
  // One instance serves its share of each hour: by hand.
  double served = 0;
  for (const double share : work.shares) served += std::min(share, 1.0 / 24);
  CHECK(points[1].own_share == doctest::Approx(served));
  CHECK(points[1].api_usd == doctest::Approx(600 * (1 - served)));
}

TEST_CASE("pay-back counts capital against what is saved after running costs") {
  OwnCapacity own = thousand();
  own.capital = 100'000;
  own.running_fixed_per_hour = 2;
  // A full instance at $480 a day from the API, $48 to run: 432 x 30.42 a month
  CHECK(*months_to_pay_back(own, tenth(48), 10) == doctest::Approx(100'000 / (432 * 365.0 / 12)));
  CHECK_FALSE(months_to_pay_back(own, tenth(4), 10).has_value());
  CHECK_FALSE(months_to_pay_back(thousand(), tenth(48), 10).has_value());
}
