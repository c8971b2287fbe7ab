// What a gate's rules see of a head and its baseline: each quantity with its interval, in the rule's unit,
// and how many items would decide the rule. What a comparison says is taken from it, so that a gate and a
// report never differ. Pure; internal to analysis.
#pragma once

#include <cstdint>
#include <memory>

#include "analysis/gate.h"
#include "analysis/rule.h"
#include "analysis/run_part.h"

namespace costwar::analysis {

class GateFigures {
 public:
  // The part has two models, the head, then the baseline; or the head alone, where no rule is against
  // another. Error{input} where costs are in several currencies.
  GateFigures(RunPart part, const GateOptions& options);
  GateFigures(const GateFigures&) = delete;
  GateFigures& operator=(const GateFigures&) = delete;
  ~GateFigures();

  Observation see(const GateRule& rule);  // of one task, never of each
  std::int64_t unpriced() const;          // attempts of both

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace costwar::analysis
