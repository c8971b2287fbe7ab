#include "analysis/load/load_latency.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

#include "stats/batch_means.h"
#include "stats/percentile_guard.h"
#include "stats/quantile.h"
#include "stats/student_t.h"

namespace costwar::analysis {
namespace {

struct PercentileRow {
  double probability;
  std::optional<LoadFigure> LatencyFigures::*figure;
};
constexpr std::array<PercentileRow, 5> kPercentiles = {{{0.5, &LatencyFigures::p50},
                                                        {0.9, &LatencyFigures::p90},
                                                        {0.95, &LatencyFigures::p95},
                                                        {0.99, &LatencyFigures::p99},
                                                        {0.999, &LatencyFigures::p999}}};

// Numbers of microseconds, in the order of time until they are read: each kept, or counted in buckets.
class GapCounts {
 public:
  explicit GapCounts(std::size_t exact_up_to) : exact_up_to_(exact_up_to) {}

  void add(std::uint64_t micros) {
    ++count_;
    sum_ += static_cast<double>(micros);
    most_ = std::max(most_, micros);
    if (buckets_.empty() && each_.size() < exact_up_to_ && micros <= UINT32_MAX) {
      each_.push_back(static_cast<std::uint32_t>(micros));
      return;
    }
    if (buckets_.empty()) to_buckets();
    ++buckets_[bucket_of(micros)];
  }

  void sort() { std::sort(each_.begin(), each_.end()); }
  bool exact() const { return buckets_.empty(); }
  std::uint64_t count() const { return count_; }
  double mean_seconds() const { return sum_ / static_cast<double>(count_) / 1e6; }
  double most_seconds() const { return static_cast<double>(most_) / 1e6; }

  // Seconds at a share of the sorted values; sort() first.
  double quantile(double probability) const {
    const double position = probability * static_cast<double>(count_ - 1);
    if (!exact()) return at_rank(static_cast<std::uint64_t>(std::llround(position)));
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, each_.size() - 1);
    return std::lerp(each_[below], each_[above], position - static_cast<double>(below)) / 1e6;
  }

  std::vector<DistributionPoint> distribution() const {
    std::vector<DistributionPoint> points;
    const auto wanted = std::min<std::uint64_t>(count_, kDistributionPoints);
    for (std::uint64_t i = 0; i < wanted; ++i) {
      const std::uint64_t rank = wanted == count_ ? i : i * (count_ - 1) / (wanted - 1);
      const DistributionPoint point = point_at(rank);
      if (points.empty() || points.back().value != point.value) points.push_back(point);
    }
    return points;
  }

 private:
  static constexpr int kBits = 11;  // 2048 buckets for each doubling

  static std::size_t bucket_of(std::uint64_t micros) {
    const int shift = std::max(0, static_cast<int>(std::bit_width(micros)) - kBits - 1);
    return (static_cast<std::size_t>(shift) << kBits) + static_cast<std::size_t>(micros >> shift);
  }
  // The middle of a bucket, in seconds.
  static double middle_of(std::size_t bucket) {
    const std::size_t shift = bucket < (std::size_t{2} << kBits) ? 0 : (bucket >> kBits) - 1;
    const auto low = static_cast<double>(bucket - (shift << kBits));
    const double width = std::ldexp(1.0, static_cast<int>(shift));
    return (low * width + (width - 1) / 2) / 1e6;
  }

  void to_buckets() {
    buckets_.assign((std::size_t{64 - kBits + 1}) << kBits, 0);
    for (const std::uint32_t micros : each_) ++buckets_[bucket_of(micros)];
    each_ = {};
  }

  double at_rank(std::uint64_t rank) const { return point_at(rank).value; }

  DistributionPoint point_at(std::uint64_t rank) const {
    if (exact()) {
      const std::uint32_t value = each_[static_cast<std::size_t>(rank)];
      const auto within = std::upper_bound(each_.begin(), each_.end(), value) - each_.begin();
      return {static_cast<double>(value) / 1e6, static_cast<double>(within) / static_cast<double>(count_)};
    }
    if (sums_.empty()) {
      sums_.resize(buckets_.size());
      std::partial_sum(buckets_.begin(), buckets_.end(), sums_.begin());
    }
    const auto at = std::upper_bound(sums_.begin(), sums_.end(), rank);
    return {std::min(middle_of(static_cast<std::size_t>(at - sums_.begin())), most_seconds()),
            static_cast<double>(*at) / static_cast<double>(count_)};
  }

  std::size_t exact_up_to_;
  std::vector<std::uint32_t> each_;
  std::vector<std::uint64_t> buckets_;
  mutable std::vector<std::uint64_t> sums_;
  std::uint64_t count_ = 0;
  double sum_ = 0;
  std::uint64_t most_ = 0;
};

bool has_gaps(const CallNumbers& call) {
  return call.in_window && call.streamed && call.chunks > 1;
}

template <typename Visit>
void walk_gaps(const Timeline& timeline, Visit visit) {
  std::int64_t previous = -1;
  walk_events(timeline, [&previous, &visit](std::int64_t at) {
    if (previous >= 0) visit(static_cast<std::uint64_t>(at - previous));
    previous = at;
  });
}

// How far the share of gaps below each percentile is known: calls are put, in the order of time, into as many
// parts as rates have slots, and the parts' sums of (below - share x gaps) are a series.
struct SharesBelow {
  std::array<std::vector<double>, kPercentiles.size()> sums;
  double standard_error(std::size_t row, double gaps) const {
    const auto batches = stats::batch_means(sums[row]);
    if (!batches) return 0;
    return batches->standard_error * static_cast<double>(sums[row].size()) / gaps;
  }
};

SharesBelow shares_below(std::span<const LoadCall> calls, std::span<const CallNumbers> numbers,
                         const std::array<double, kPercentiles.size()>& seconds, std::size_t with_gaps) {
  SharesBelow shares;
  const std::size_t parts = std::min(stats::kRateSlots, with_gaps);
  for (auto& sums : shares.sums) sums.assign(parts, 0);
  std::size_t seen = 0;
  for (const CallNumbers& call : numbers) {
    if (!has_gaps(call)) continue;
    const std::size_t part = seen++ * parts / with_gaps;
    walk_gaps(calls[call.index].timeline, [&](std::uint64_t micros) {
      const double gap = static_cast<double>(micros) / 1e6;
      for (std::size_t row = 0; row < kPercentiles.size(); ++row)
        shares.sums[row][part] += (gap <= seconds[row] ? 1.0 : 0.0) - kPercentiles[row].probability;
    });
  }
  return shares;
}

}  // namespace

LatencyFigures latency_figures(const std::vector<double>& series) {
  LatencyFigures figures;
  figures.n = series.size();
  if (series.empty()) return figures;
  std::vector<double> sorted = series;
  std::sort(sorted.begin(), sorted.end());
  figures.mean = stats::mean(sorted);
  figures.max = sorted.back();
  for (const PercentileRow& row : kPercentiles)
    if (stats::enough_values(static_cast<std::int64_t>(sorted.size()), row.probability))
      figures.*row.figure = LoadFigure{stats::quantile_of_sorted(sorted, row.probability),
                                       stats::batch_quantile_interval(series, sorted, row.probability)};
  figures.distribution = distribution_of_sorted(sorted);
  return figures;
}

LatencyFigures gap_figures(std::span<const LoadCall> calls, std::span<const CallNumbers> numbers,
                           std::size_t exact_up_to) {
  LatencyFigures figures;
  GapCounts gaps(exact_up_to);
  std::size_t with_gaps = 0;
  for (const CallNumbers& call : numbers) {
    if (!has_gaps(call)) continue;
    ++with_gaps;
    walk_gaps(calls[call.index].timeline, [&gaps](std::uint64_t micros) { gaps.add(micros); });
  }
  figures.n = gaps.count();
  figures.exact = gaps.exact();
  if (figures.n == 0) return figures;
  gaps.sort();
  figures.mean = gaps.mean_seconds();
  figures.max = gaps.most_seconds();
  figures.distribution = gaps.distribution();
  std::array<double, kPercentiles.size()> seconds{};
  for (std::size_t row = 0; row < kPercentiles.size(); ++row)
    seconds[row] = gaps.quantile(kPercentiles[row].probability);
  const SharesBelow shares = shares_below(calls, numbers, seconds, with_gaps);
  const auto n = static_cast<double>(figures.n);
  for (std::size_t row = 0; row < kPercentiles.size(); ++row) {
    const double probability = kPercentiles[row].probability;
    if (!stats::enough_values(static_cast<std::int64_t>(figures.n), probability)) continue;
    LoadFigure figure{seconds[row], std::nullopt};
    // Gaps of one call go together, so fewer calls than batches tell nothing of how far it is known.
    const auto batches = stats::batch_means(shares.sums[row]);
    if (batches) {
      const stats::Interval around = stats::quantile_shares(probability, shares.standard_error(row, n), n,
                                                            static_cast<double>(batches->batches) - 1);
      if (around.high < 1)
        figure.interval = stats::Interval{gaps.quantile(around.low), gaps.quantile(around.high)};
    }
    figures.*kPercentiles[row].figure = figure;
  }
  return figures;
}

std::optional<double> median_gap(const LatencyFigures& gaps) {
  for (const DistributionPoint& point : gaps.distribution)
    if (point.share >= 0.5) return point.value;
  return std::nullopt;
}

}  // namespace costwar::analysis
