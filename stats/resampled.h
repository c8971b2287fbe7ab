// Many statistics of the same resamples, for findings that depend on each other: who is on a frontier, what a
// threshold chosen on one part is worth on the other. Resampling goes on until the numbers no longer depend
// on how long it went on: until the Monte Carlo error of every interval's ends is below a share of its width.
// Percentile intervals (Efron and Tibshirani 1993, chapter 13). Pure; seeded by a named random stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "stats/interval.h"
#include "stats/resampler.h"

namespace costwar::stats {

struct ResamplingOptions {
  std::uint64_t seed = 0;
  std::string stream = "resampling";
  double level = kDefaultLevel;
  double tolerance = 0.01;  // error of an end, as a share of the interval's width
  std::int64_t fewest = 2'000;
  std::int64_t most = 20'000;  // what is not settled then says so
};

class Resampled {
 public:
  // `one` computes all statistics of one resample; it is called again and again and draws by itself. NaN: the
  // statistic has no value in that resample; it is left out of the interval and counted.
  Resampled(std::size_t statistics, const ResamplingOptions& options,
            const std::function<void(std::span<double> values)>& one);

  std::int64_t resamples() const { return resamples_; }
  bool settled() const { return settled_; }
  // The worst error of an end as a share of its interval's width; 0 where nothing varies.
  double worst_error() const { return worst_error_; }

  // Share of resamples in which the statistic has a value.
  double defined(std::size_t statistic) const;
  // Of those with a value: the percentile interval; both ends NaN where none has.
  Interval interval(std::size_t statistic) const;
  // Mean over the resamples with a value: of a statistic of 0 and 1, its probability.
  double mean(std::size_t statistic) const;

 private:
  void sort_and_judge();

  double level_;
  std::int64_t resamples_ = 0;
  bool settled_ = false;
  double worst_error_ = 0;
  std::vector<std::vector<double>> values_;  // by statistic; sorted, without NaN, when done
};

// Sums of columns over clusters drawn whole with replacement, as many as there are. Rows are row-major, one
// per cluster, and must outlive this.
class ClusterSums {
 public:
  ClusterSums(std::span<const double> rows, std::size_t columns, const BootstrapOptions& options);

  std::size_t clusters() const { return clusters_; }
  void draw(std::span<double> sums);
  void whole(std::span<double> sums) const;  // of every cluster once

 private:
  std::span<const double> rows_;
  std::size_t columns_;
  std::size_t clusters_;
  Resampler resampler_;
};

}  // namespace costwar::stats
