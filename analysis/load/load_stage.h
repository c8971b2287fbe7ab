// The findings of one stage of a load run, from its calls. Pure; for a million calls of 50 events a few
// seconds and about 300 bytes a call beside the calls themselves. Definitions and sources of every figure:
// docs/load-figures.md.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "analysis/attempt_cost.h"
#include "analysis/load/load_findings.h"
#include "core/load.h"

namespace costwar::analysis {

// What a stage is read with. What it points to must live as long as the call of load_stage.
struct LoadStageInput {
  const LoadStageRow* row = nullptr;  // never null
  std::span<const LoadCall> calls{};  // of this stage, in any order
  std::span<const ServiceObjectives> objectives{};
  const CostColumns* costs = nullptr;  // the bill of each call, in the calls' order; nullptr: none
  std::string cost_basis{};            // where those prices are from
  // Own hardware: what it costs an hour. Then money is this over what was measured, and `costs` are left out.
  std::optional<Money> machine_per_hour{};
};

// Error{internal} where costs and calls differ in number; Error{input} on a blob of events that no call has.
LoadStageFindings load_stage(const LoadStageInput& input);

}  // namespace costwar::analysis
