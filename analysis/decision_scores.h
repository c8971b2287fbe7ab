// Joint resamples of a run's items: how far each figure of each model moves in the same resample, in standard
// deviations. The figures of models on the same items move together, as those of one model do (a hard item is
// dear and not solved). Clusters are kept whole; of very many, blocks of them are drawn. Where a figure does
// not vary, there are no scores. Pure, seeded; internal to analysis.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/attempt_cost.h"
#include "analysis/decision.h"
#include "analysis/trial_tally.h"
#include "core/columns.h"

namespace costwar::analysis {

class JointScores {
 public:
  JointScores(const RunColumns& run, const CostColumns& costs, const DecisionOptions& options);

  // Of a figure (analysis/policy.h) over the model's trials that are wanted: one score per draw, or none.
  std::vector<double> of(std::size_t model, const std::string& figure, const std::vector<bool>& wanted) const;

 private:
  struct Sums {
    std::vector<double> above;  // of each block: the ratio of the sums is the figure
    std::vector<double> below;
  };
  Sums sums_of(std::size_t model, const std::string& figure, const std::vector<bool>& wanted) const;
  double latency_quantile(std::size_t model, double quantile) const;

  const RunColumns& run_;
  std::vector<TrialTally> tallies_;
  std::vector<bool> failed_;
  std::vector<std::uint32_t> block_;  // by trial
  std::size_t blocks_ = 0;
  std::vector<std::vector<std::uint16_t>> counts_;  // by draw, how often each block is in it
};

}  // namespace costwar::analysis
