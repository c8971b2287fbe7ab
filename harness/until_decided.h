// Stops each model of a plan as soon as the comparisons that it takes part in are decided
// (stats/sequential.h). The plan must have been made with PlanInput::until_decided, which puts a cluster's
// items and repeats together: clusters are then consumed in the seeded order of the plan.
#pragma once

#include <cstdint>
#include <vector>

#include "core/columns.h"
#include "harness/plan.h"
#include "harness/stop_rule.h"
#include "stats/sequential.h"

namespace costwar::harness {

class UntilDecided final : public StopRule {
 public:
  // The plan must outlive it.
  explicit UntilDecided(const Plan& plan);

  // What earlier calls of the program have measured of this plan.
  void take_up(const RunColumns& columns);

  void decided(const DecidedTrial& trial) override;
  bool wanted(std::int64_t trial) const override;

  const stats::SequentialComparison& comparison() const { return comparison_; }

 private:
  const Plan& plan_;
  std::vector<std::uint32_t> cluster_;  // by trial, numbered in the order of the plan
  stats::SequentialComparison comparison_;
};

}  // namespace costwar::harness
