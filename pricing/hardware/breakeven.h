// Own hardware against an API: how many instances a workload takes, what that costs a day, and from which
// volume on it is cheaper. Own capacity comes in whole instances, so its cost is a staircase over the volume;
// the API's is a line. Pure; doubles of US dollars, because capacity is an estimate. API prices are worked
// out exactly elsewhere and come in as what the workload costs in each hour.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pricing/hardware/token_cost.h"

namespace costwar::pricing {

inline constexpr std::size_t kHoursPerDay = 24;
using HourlyShares = std::array<double, kHoursPerDay>;  // of the day's tokens, UTC; they add up to 1

// The share of every hour is the same.
HourlyShares flat_day();
// The busiest hour has `peak_to_mean` times the mean: one period of a sine over the day around 1, its power
// raised until the peak fits; 1 <= peak_to_mean <= 24, Error{usage} otherwise. busiest: hour of the day, UTC.
HourlyShares peaked_day(double peak_to_mean, std::size_t busiest);
// Error{usage} unless there are 24 shares of which none is negative and one is positive; scaled to add up
// to 1.
HourlyShares given_day(const std::vector<double>& shares);

struct OwnCapacity {
  std::string name;                   // "8 x h100-sxm"
  PhaseRates rates;                   // of an instance, at the point that meets the latency objective
  double fixed_per_hour = 0;          // USD of an instance that waits
  double busy_per_hour = 0;           // on top, at full activity
  double peak_utilisation = 1;        // how much of an instance the busiest hour may use
  std::int64_t spares = 0;            // instances beyond what the busiest hour needs
  std::optional<double> capital;      // USD of an instance, owned
  double running_fixed_per_hour = 0;  // fixed_per_hour without capital
};

struct DailyWorkload {
  TokenMix tokens;  // of a day
  HourlyShares shares;
  HourlyShares api_usd;  // what the API asks for each hour's tokens, USD
  double api_total() const;
};

// Whole instances that the busiest hour takes, spares not counted; at least 1 where there is any work.
std::int64_t instances_needed(const OwnCapacity& own, const DailyWorkload& work, double volume);

// USD a day at `volume` times the workload.
double own_cost(const OwnCapacity& own, const DailyWorkload& work, double volume);

struct Step {
  std::int64_t instances = 0;  // that serve; spares come on top
  double from = 0;             // volumes (from, until] of this step
  double until = 0;
  double cost_from = 0;  // USD a day at its beginning and end
  double cost_until = 0;
};
std::vector<Step> staircase(const OwnCapacity& own, const DailyWorkload& work, double most_volume);

struct Crossing {
  double volume = 0;              // times the workload
  bool own_cheaper_above = true;  // false: a step up makes own hardware dearer again
};
struct BreakEven {
  std::vector<Crossing> crossings;  // ascending
  std::optional<double> first;      // the smallest volume at which own hardware is not dearer
  std::optional<double> settled;    // above this it never is dearer again
  double cost_at_full = 0;  // USD that own hardware asks at most used capacity for what the API asks 1 for
  std::string why_never;    // a sentence, where there is no crossing
  double mean_utilisation_needed = 0;  // of an instance over the day, to equal the API; above 1: cannot be
};
BreakEven break_even(const OwnCapacity& own, const DailyWorkload& work);

struct HybridPoint {
  std::int64_t instances = 0;
  double own_usd = 0;  // a day, spares included
  double api_usd = 0;
  double own_share = 0;  // of busy seconds
  double total() const { return own_usd + api_usd; }
};
// 0 to as many instances as the busiest hour takes; the cheapest is best. Own instances serve what they can
// in every hour, the API the rest at that hour's price. Without instances there are no spares either. Where
// more than `most` rows would be needed, evenly spaced ones are given.
std::vector<HybridPoint> hybrid(const OwnCapacity& own, const DailyWorkload& work, std::size_t most = 200);

// Months until the API's bills saved pay for the capital; nullopt where they never do or nothing is owned.
std::optional<double> months_to_pay_back(const OwnCapacity& own, const DailyWorkload& work, double volume);

}  // namespace costwar::pricing
