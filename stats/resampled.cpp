#include "stats/resampled.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace costwar::stats {
namespace {

// Half the distance between the order statistics one standard error of the rank to either side.
double error_of_end(const std::vector<double>& sorted, std::size_t rank) {
  const double n = static_cast<double>(sorted.size());
  const double share = (static_cast<double>(rank) + 0.5) / n;
  const auto step = static_cast<std::size_t>(std::ceil(std::sqrt(n * share * (1 - share))));
  const std::size_t low = rank > step ? rank - step : 0;
  const std::size_t high = std::min(sorted.size() - 1, rank + step);
  return (sorted[high] - sorted[low]) / 2;
}

struct Ranks {
  std::size_t low = 0;
  std::size_t high = 0;
};

constexpr std::size_t kAtOnce = 4;  // columns that are added up in registers

// Adds the first `Count` columns of the rows in the block; each sum in the order of the draws.
template <std::size_t Count>
void add_columns(const double* rows, std::size_t columns, std::span<const std::size_t> block, double* to) {
  std::array<double, Count> sums;
  std::copy_n(to, Count, sums.begin());
  for (const std::size_t cluster : block)
    for (std::size_t c = 0; c < Count; ++c) sums[c] += rows[cluster * columns + c];
  std::copy_n(sums.begin(), Count, to);
}

// So that the same share lies outside on either side.
Ranks ranks_of(std::size_t values, double level) {
  const auto outside = static_cast<std::size_t>(static_cast<double>(values) * (1 - level) / 2);
  return {outside, values - 1 - outside};
}

}  // namespace

Resampled::Resampled(std::size_t statistics, const ResamplingOptions& options,
                     const std::function<void(std::span<double> values)>& one)
    : level_(options.level), values_(statistics) {
  std::vector<double> values(statistics);
  std::int64_t until = std::min(options.fewest, options.most);
  while (true) {
    for (; resamples_ < until; ++resamples_) {
      one(values);
      for (std::size_t s = 0; s < statistics; ++s)
        if (!std::isnan(values[s])) values_[s].push_back(values[s]);
    }
    sort_and_judge();
    settled_ = worst_error_ <= options.tolerance;
    if (settled_ || resamples_ >= options.most) return;
    // The error falls with the root of their number; aiming a little beyond saves a further round.
    const double factor = std::clamp(std::pow(worst_error_ / options.tolerance, 2) * 1.1, 1.2, 4.0);
    until = std::min(options.most, static_cast<std::int64_t>(static_cast<double>(resamples_) * factor));
  }
}

void Resampled::sort_and_judge() {
  worst_error_ = 0;
  for (std::vector<double>& values : values_) {
    if (values.empty()) continue;
    std::sort(values.begin(), values.end());
    const Ranks ranks = ranks_of(values.size(), level_);
    const double width = values[ranks.high] - values[ranks.low];
    if (!(width > 0) || !std::isfinite(width)) continue;  // nothing varies, or there is no bound
    const double error = std::max(error_of_end(values, ranks.low), error_of_end(values, ranks.high)) / width;
    worst_error_ = std::max(worst_error_, error);
  }
}

double Resampled::defined(std::size_t statistic) const {
  return static_cast<double>(values_[statistic].size()) / static_cast<double>(resamples_);
}

Interval Resampled::interval(std::size_t statistic) const {
  const std::vector<double>& values = values_[statistic];
  if (values.empty()) {
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    return {nothing, nothing};
  }
  const Ranks ranks = ranks_of(values.size(), level_);
  return {values[ranks.low], values[ranks.high]};
}

double Resampled::mean(std::size_t statistic) const {
  const std::vector<double>& values = values_[statistic];
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

ClusterSums::ClusterSums(std::span<const double> rows, std::size_t columns, const BootstrapOptions& options)
    : rows_(rows),
      columns_(columns),
      clusters_(columns == 0 ? 0 : rows.size() / columns),
      resampler_(clusters_, options) {}

void ClusterSums::draw(std::span<double> sums) {
  std::fill(sums.begin(), sums.end(), 0.0);
  double* const to = sums.data();
  const double* const rows = rows_.data();
  const std::size_t columns = columns_;
  resampler_.draw_blocks(
      [=](std::size_t cluster) { fetch_ahead(rows + cluster * columns, columns * sizeof(double)); },
      [=](std::span<const std::size_t> block) {
        std::size_t c = 0;
        for (; c + kAtOnce <= columns; c += kAtOnce) add_columns<kAtOnce>(rows + c, columns, block, to + c);
        for (; c < columns; ++c) add_columns<1>(rows + c, columns, block, to + c);
      });
}

void ClusterSums::whole(std::span<double> sums) const {
  std::fill(sums.begin(), sums.end(), 0.0);
  for (std::size_t at = 0; at < rows_.size(); at += columns_)
    for (std::size_t c = 0; c < columns_; ++c) sums[c] += rows_[at + c];
}

}  // namespace costwar::stats
