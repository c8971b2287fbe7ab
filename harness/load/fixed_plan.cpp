#include "harness/load/fixed_plan.h"

namespace costwar::harness {

std::optional<LoadStage> FixedPlan::next(std::span<const StageOutcome> done) {
  if (done.size() >= stages_.size()) return std::nullopt;
  return stages_[done.size()];
}

}  // namespace costwar::harness
