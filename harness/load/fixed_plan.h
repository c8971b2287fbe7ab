// Steering that runs a list of stages, one after the other.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "harness/load/steering.h"

namespace costwar::harness {

class FixedPlan final : public Steering {
 public:
  explicit FixedPlan(std::vector<LoadStage> stages) : stages_(std::move(stages)) {}
  std::optional<LoadStage> next(std::span<const StageOutcome> done) override;

 private:
  std::vector<LoadStage> stages_;
};

}  // namespace costwar::harness
