#include "stats/steady_window.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "stats/quantile.h"
#include "stats/student_t.h"

namespace costwar::stats {
namespace {

constexpr std::size_t kMserBatch = 5;
constexpr std::size_t kTrendBatches = 10;
constexpr double kTrendLevel = 0.98;  // two-sided; of a rise alone 99 %
constexpr double kTrendShare = 0.25;
constexpr double kFewestStays = 2;  // mean stays that a window must hold

// Changes of the number inside, in order; at one instant begins before ends, so that no dip shows where one
// follows the other at once.
std::vector<std::pair<std::int64_t, int>> changes_of(std::span<const Stay> stays) {
  std::vector<std::pair<std::int64_t, int>> changes;
  changes.reserve(stays.size() * 2);
  for (const Stay& stay : stays) {
    changes.emplace_back(stay.begin, -1);  // begins sort first
    changes.emplace_back(stay.end, 1);
  }
  std::sort(changes.begin(), changes.end());
  return changes;
}

double mean_stay(std::span<const Stay> stays) {
  double sum = 0;
  for (const Stay& stay : stays) sum += static_cast<double>(stay.end - stay.begin);
  return stays.empty() ? 0 : sum / static_cast<double>(stays.size());
}

// A window that is too short to show more than its edges is none.
void require_length(SteadyWindow& window, std::span<const Stay> stays) {
  const double stay = mean_stay(stays);
  const auto length = static_cast<double>(window.until - window.from);
  if (length > 0 && length >= kFewestStays * stay) return;
  window.steady = false;
  window.why_not = fmt::format(
      "the steady part is too short, {:.3g} s with requests of {:.3g} s on average: it must hold at least "
      "{:.0f} of "
      "them one after another; ask for a longer --duration",
      std::max(0.0, length) / 1e9, stay / 1e9, kFewestStays);
}

// Whether values rise all along, by more than `least` and a share of their mean: slope of a straight line
// through batch means.
bool rises(std::span<const double> values, double least) {
  if (values.size() < 2 * kTrendBatches) return false;
  std::vector<double> batches(kTrendBatches);
  for (std::size_t b = 0; b < kTrendBatches; ++b) {
    const std::size_t from = b * values.size() / kTrendBatches;
    batches[b] = mean(values.subspan(from, (b + 1) * values.size() / kTrendBatches - from));
  }
  const double center = mean(batches);
  const auto middle = static_cast<double>(kTrendBatches - 1) / 2;
  double across = 0;
  double along = 0;
  for (std::size_t b = 0; b < kTrendBatches; ++b) {
    const double x = static_cast<double>(b) - middle;
    across += x * (batches[b] - center);
    along += x * x;
  }
  const double slope = across / along;
  double squares = 0;
  for (std::size_t b = 0; b < kTrendBatches; ++b) {
    const double residual = batches[b] - center - slope * (static_cast<double>(b) - middle);
    squares += residual * residual;
  }
  const auto degrees = static_cast<double>(kTrendBatches - 2);
  const double error = std::sqrt(squares / degrees / along);
  const double growth = slope * static_cast<double>(kTrendBatches);
  return growth > least && growth > kTrendShare * center &&
         slope > student_t_critical(kTrendLevel, degrees) * error;
}

// How long those that came from an instant on stayed, in the order in which they came.
std::vector<double> lengths_from(std::span<const Stay> stays, std::int64_t from) {
  std::vector<Stay> ordered;
  for (const Stay& stay : stays)
    if (stay.begin >= from) ordered.push_back(stay);
  std::sort(ordered.begin(), ordered.end(), [](const Stay& a, const Stay& b) { return a.begin < b.begin; });
  std::vector<double> lengths;
  lengths.reserve(ordered.size());
  for (const Stay& stay : ordered) lengths.push_back(static_cast<double>(stay.end - stay.begin));
  return lengths;
}

}  // namespace

std::vector<double> inside_over_time(std::span<const Stay> stays, std::int64_t from, std::int64_t until,
                                     std::size_t count) {
  std::vector<double> inside(count, 0);
  if (until <= from || count == 0) return inside;
  const double width = static_cast<double>(until - from) / static_cast<double>(count);
  // Sum of overlaps by second differences of whole parts: each stay touches its two end parts, and the parts
  // between are counted by one step up and one down.
  std::vector<double> steps(count + 1, 0);
  for (const Stay& stay : stays) {
    const double low = static_cast<double>(std::max(stay.begin, from) - from) / width;
    const double high = static_cast<double>(std::min(stay.end, until) - from) / width;
    if (!(high > low)) continue;
    const auto first = std::min(static_cast<std::size_t>(low), count - 1);
    const auto last = std::min(static_cast<std::size_t>(high), count - 1);
    if (first == last) {
      inside[first] += high - low;
      continue;
    }
    inside[first] += static_cast<double>(first + 1) - low;
    inside[last] += high - static_cast<double>(last);
    steps[first + 1] += 1;
    steps[last] -= 1;
  }
  double whole = 0;
  for (std::size_t i = 0; i < count; ++i) {
    whole += steps[i];
    inside[i] += whole;
  }
  return inside;
}

std::size_t mser_cut(std::span<const double> batch_means) {
  const std::size_t n = batch_means.size();
  std::size_t best = 0;
  std::optional<double> least;
  double sum = 0;
  double squares = 0;
  // From the back, so that each statistic takes one step; about the last value, for digits.
  const double shift = n > 0 ? batch_means[n - 1] : 0;
  double scale = 0;
  for (const double value : batch_means) scale = std::max(scale, std::abs(value));
  const double same = 1e-12 * scale * scale;  // what rounding makes of equal values
  for (std::size_t d = n; d-- > 0;) {
    const double value = batch_means[d] - shift;
    sum += value;
    squares += value * value;
    if (2 * d > n) continue;
    const auto left = static_cast<double>(n - d);
    const double statistic = std::max(0.0, squares - sum * sum / left) / (left * left);
    if (!least || statistic <= *least + same) {  // of equal ones the earliest: more data
      least = least ? std::min(*least, statistic) : statistic;
      best = d;
    }
  }
  return best;
}

SteadyWindow steady_window_closed(std::span<const Stay> stays, std::size_t target, std::int64_t begin,
                                  std::int64_t stop) {
  SteadyWindow window;
  window.from = window.until = begin;
  const auto lasting =
      std::max(kLastingLeast, static_cast<std::int64_t>(kLastingShare * static_cast<double>(stop - begin)));
  std::size_t inside = 0;
  std::size_t most = 0;
  std::int64_t last_begin = begin;
  std::optional<std::int64_t> reached;
  std::optional<std::int64_t> dropped;
  std::optional<std::int64_t> until;
  for (const auto& [at, change] : changes_of(stays)) {
    if (dropped && !until && at - *dropped > lasting) until = dropped;
    if (change < 0) {
      ++inside;
      last_begin = at;
    } else {
      --inside;
    }
    most = std::max(most, inside);
    if (inside >= target) {
      if (!reached) reached = at;
      dropped.reset();
    } else if (reached && !dropped) {
      dropped = at;
    }
  }
  if (!reached) {
    window.why_not =
        stays.empty() ? std::string("no request left")
                      : fmt::format("{} sessions at once were asked for, and at most {} were", target, most);
    return window;
  }
  if (!until) until = dropped;
  window.from = *reached;
  window.until = until.value_or(*reached);
  window.ended_early = last_begin > window.until + lasting;
  if (target > 0)
    window.places_filled = mean_inside(stays, window.from, window.until) / static_cast<double>(target);
  window.steady = true;
  require_length(window, stays);
  return window;
}

SteadyWindow steady_window_open(std::span<const Stay> stays, std::int64_t begin, std::int64_t last_due) {
  SteadyWindow window;
  window.from = begin;
  window.until = last_due;
  if (stays.empty()) {
    window.why_not = "no request left";
    return window;
  }
  const std::vector<double> inside = inside_over_time(stays, begin, last_due, kSteadySamples);
  std::vector<double> batches;
  for (std::size_t i = 0; i + kMserBatch <= inside.size(); i += kMserBatch)
    batches.push_back(mean(std::span(inside).subspan(i, kMserBatch)));
  const std::size_t cut = mser_cut(batches);
  window.from =
      begin + static_cast<std::int64_t>(static_cast<double>(last_due - begin) * static_cast<double>(cut) /
                                        static_cast<double>(batches.size()));
  window.steady = window.until > window.from;
  if (rises(std::span(inside).subspan(cut * kMserBatch), 1) && rises(lengths_from(stays, window.from), 0)) {
    window.steady = false;
    window.growing = true;
    window.why_not =
        "the number of requests in flight grows all along: more was offered than was served; ask for a lower "
        "--rate";
    return window;
  }
  require_length(window, stays);
  return window;
}

}  // namespace costwar::stats
