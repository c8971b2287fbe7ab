// Two models on the trials that both completed, as rules look at them beyond what a comparison says: what a
// task costs, how long it takes, and how many trials end without an answer, each as one figure of either
// model and as that of the first against the second, with intervals. Definitions in docs/gate.md. Pure;
// internal to analysis.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/comparison.h"
#include "analysis/run_part.h"
#include "analysis/trial_tally.h"
#include "stats/interval.h"

namespace costwar::analysis {

// A figure with its interval; a value without one: too few items. exact: it does not vary between items, so
// nothing of it is in doubt.
struct Figure {
  std::optional<double> value;
  std::optional<stats::Interval> interval;
  bool exact = false;
  std::int64_t n = 0;     // items (of clustered ones: clusters)
  std::string unknown{};  // why there is none
};

// Of a part with two models: 0 is the first, 1 the second.
class PairedModels {
 public:
  PairedModels(const RunPart& part, double level, std::int64_t resamples);

  // Money of all attempts of a trial, of the model itself, over trials that left.
  Figure cost_per_task(std::size_t model) const;
  // The first's over the second's, on the shared trials.
  Figure cost_per_task_ratio() const;

  // The q-quantile of the seconds of an item, all its attempts together; of clustered items, of the mean of a
  // cluster. The interval is of order statistics.
  Figure latency(std::size_t model, double q) const;
  // The median: of the ratios of the same item (or cluster). Any other: the quotient of both quantiles, whose
  // ends are those of intervals at half the error each (Bonferroni).
  Figure latency_ratio(double q) const;

 private:
  struct Cluster;
  std::vector<Cluster> shared_clusters() const;
  std::vector<double> cluster_seconds(std::size_t model) const;
  std::string unpriced_words(std::size_t model) const;

  const RunPart& part_;
  double level_;
  std::int64_t resamples_;
  std::vector<TrialTally> tallies_;
  std::vector<std::pair<std::size_t, std::size_t>> shared_;  // trials of both with a result
};

// The part with `solved` meaning that a trial with a result got no answer: its solve rates are failure rates.
RunColumns failures_as_solved(const RunColumns& run);

}  // namespace costwar::analysis
