#include "pricing/hardware/breakeven.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace costwar::pricing {
namespace {

constexpr double kSecondsPerHour = 3600;
constexpr double kHours = kHoursPerDay;
constexpr double kDaysPerMonth = 365.0 / 12;
constexpr double kSlack = 1e-9;  // of a step: what rounding leaves
constexpr std::int64_t kMostSteps = 20'000;

double seconds_a_day(const OwnCapacity& own, const DailyWorkload& work) {
  return busy_seconds(work.tokens, own.rates).total();
}

double busiest_share(const DailyWorkload& work) {
  return *std::max_element(work.shares.begin(), work.shares.end());
}

// The volume at which `instances` are used as far as the busiest hour may.
double volume_of(const OwnCapacity& own, const DailyWorkload& work, double instances) {
  return instances * own.peak_utilisation * kSecondsPerHour /
         (seconds_a_day(own, work) * busiest_share(work));
}

// USD a day of `serving` instances and the spares, without what work adds.
double standing_cost(const OwnCapacity& own, std::int64_t serving) {
  return static_cast<double>(serving + own.spares) * own.fixed_per_hour * kHours;
}

double busy_cost(const OwnCapacity& own, const DailyWorkload& work, double volume) {
  return volume * seconds_a_day(own, work) / kSecondsPerHour * own.busy_per_hour;
}

HourlyShares normalised(HourlyShares shares) {
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share /= sum;
  return shares;
}

HourlyShares sine_day(double power, std::size_t busiest) {
  HourlyShares shares{};
  constexpr double kTurn = 2 * 3.14159265358979323846 / kHours;
  for (std::size_t hour = 0; hour < kHoursPerDay; ++hour) {
    const double angle = kTurn * (static_cast<double>(hour) - static_cast<double>(busiest));
    shares[hour] = std::pow(std::max(1e-9, (1 + std::cos(angle)) / 2), power);
  }
  return normalised(shares);
}

}  // namespace

HourlyShares flat_day() {
  HourlyShares shares;
  shares.fill(1 / kHours);
  return shares;
}

HourlyShares peaked_day(double peak_to_mean, std::size_t busiest) {
  if (!(peak_to_mean >= 1) || peak_to_mean > kHours || busiest >= kHoursPerDay)
    throw Error(ErrorKind::usage,
                fmt::format("{:g} is no ratio of the busiest hour to the mean", peak_to_mean),
                "it lies between 1 (every hour alike) and 24 (all in one hour)");
  if (peak_to_mean >= kHours) {
    HourlyShares shares{};
    shares[busiest] = 1;
    return shares;
  }
  double low = 0;
  double high = 4096;  // 23.99 times the mean
  for (int i = 0; i < 80; ++i) {
    const double middle = (low + high) / 2;
    (sine_day(middle, busiest)[busiest] * kHours < peak_to_mean ? low : high) = middle;
  }
  return sine_day((low + high) / 2, busiest);
}

HourlyShares given_day(const std::vector<double>& shares) {
  HourlyShares day{};
  bool good = shares.size() == kHoursPerDay;
  double sum = 0;
  for (std::size_t hour = 0; good && hour < kHoursPerDay; ++hour) {
    good = std::isfinite(shares[hour]) && shares[hour] >= 0;
    day[hour] = shares[hour];
    sum += shares[hour];
  }
  if (!good || !(sum > 0))
    throw Error(ErrorKind::usage, fmt::format("{} numbers are no shape of a day", shares.size()),
                "give 24 of them, none negative, for the hours from 00:00 UTC on");
  return normalised(day);
}

double DailyWorkload::api_total() const {
  return std::accumulate(api_usd.begin(), api_usd.end(), 0.0);
}

std::int64_t instances_needed(const OwnCapacity& own, const DailyWorkload& work, double volume) {
  const double exact = volume / volume_of(own, work, 1);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(exact - kSlack)));
}

double own_cost(const OwnCapacity& own, const DailyWorkload& work, double volume) {
  return standing_cost(own, instances_needed(own, work, volume)) + busy_cost(own, work, volume);
}

std::vector<Step> staircase(const OwnCapacity& own, const DailyWorkload& work, double most_volume) {
  std::vector<Step> steps;
  for (std::int64_t n = 1; n <= kMostSteps; ++n) {
    const double from = volume_of(own, work, static_cast<double>(n - 1));
    if (from >= most_volume) break;
    const double until = volume_of(own, work, static_cast<double>(n));
    const double standing = standing_cost(own, n);
    steps.push_back(
        {n, from, until, standing + busy_cost(own, work, from), standing + busy_cost(own, work, until)});
  }
  return steps;
}

BreakEven break_even(const OwnCapacity& own, const DailyWorkload& work) {
  BreakEven result;
  const double api = work.api_total();
  const double busy = busy_cost(own, work, 1);
  const double step = volume_of(own, work, 1);
  const double step_cost = own.fixed_per_hour * kHours;
  // In the long run a step's width of volume costs one more instance and its work.
  const double per_volume = step_cost / step + busy;
  result.cost_at_full = per_volume / api;
  const double saved = api - busy;  // per unit of volume, against an instance's standing cost
  if (saved > 0)
    result.mean_utilisation_needed =
        step_cost / saved * seconds_a_day(own, work) / (kSecondsPerHour * kHours);
  else
    result.mean_utilisation_needed = HUGE_VAL;
  if (per_volume >= api) {
    result.why_never = fmt::format(
        "even with every instance used to {:.0f} % in the busiest hour, own hardware asks ${:.3g} for what "
        "the API "
        "asks $1 for, before any spare",
        own.peak_utilisation * 100, result.cost_at_full);
    return result;
  }
  // Step n is cheaper from standing(n) / saved on, where that lies within it; at its end the next step
  // begins.
  bool cheaper = false;
  for (std::int64_t n = 1; n <= kMostSteps; ++n) {
    const double from = step * static_cast<double>(n - 1);
    const double until = step * static_cast<double>(n);
    const double equal = standing_cost(own, n) / saved;
    if (cheaper && equal > from + kSlack) {
      result.crossings.push_back({from, false});
      cheaper = false;
    }
    if (!cheaper && equal <= until) {
      result.crossings.push_back({std::max(from, equal), true});
      if (!result.first) result.first = result.crossings.back().volume;
      cheaper = true;
    }
    // From here on no step begins above the line: standing(n + 1) <= saved x until, and the gap only grows.
    if (cheaper && standing_cost(own, n + 1) <= saved * until) break;
  }
  if (cheaper)
    result.settled = result.crossings.back().volume;
  else if (result.crossings.empty())
    result.why_never = fmt::format("not within {} instances", kMostSteps);
  return result;
}

std::vector<HybridPoint> hybrid(const OwnCapacity& own, const DailyWorkload& work, std::size_t most) {
  const std::int64_t all = instances_needed(own, work, 1);
  const auto rows = std::max<std::int64_t>(1, static_cast<std::int64_t>(most));
  const std::int64_t stride = std::max<std::int64_t>(1, (all + rows - 1) / rows);
  const double seconds = seconds_a_day(own, work);
  std::vector<HybridPoint> points;
  // The whole fleet is always among them.
  for (std::int64_t n = 0; n <= all; n = n < all ? std::min(n + stride, all) : all + 1) {
    const double most_seconds = static_cast<double>(n) * own.peak_utilisation * kSecondsPerHour;
    HybridPoint point{n, n == 0 ? 0 : standing_cost(own, n), 0, 0};
    double served = 0;
    for (std::size_t hour = 0; hour < kHoursPerDay; ++hour) {
      const double wanted = seconds * work.shares[hour];
      const double here = std::min(wanted, most_seconds * (1 + kSlack));
      served += here;
      if (wanted > 0) point.api_usd += work.api_usd[hour] * (1 - here / wanted);
    }
    point.own_usd += served / kSecondsPerHour * own.busy_per_hour;
    point.own_share = seconds > 0 ? served / seconds : 0;
    points.push_back(point);
  }
  return points;
}

std::optional<double> months_to_pay_back(const OwnCapacity& own, const DailyWorkload& work, double volume) {
  if (!own.capital) return std::nullopt;
  const auto instances = static_cast<double>(instances_needed(own, work, volume) + own.spares);
  const double running = instances * own.running_fixed_per_hour * kHours + busy_cost(own, work, volume);
  const double saved = volume * work.api_total() - running;
  if (!(saved > 0)) return std::nullopt;
  return instances * *own.capital / (saved * kDaysPerMonth);
}

}  // namespace costwar::pricing
