// Runs that stop when they are decided: their confidence sequences, worked out again from the run's columns
// in the order of its plan. Internal to analysis; the types are in comparison.h.
#pragma once

#include <optional>
#include <span>

#include "analysis/comparison.h"
#include "analysis/trial_tally.h"

namespace costwar::analysis {

// nullopt for a run of a fixed size. Error{input} on settings that no run can have.
std::optional<EarlyStop> find_early_stop(const RunColumns& run, std::span<const TrialTally> tallies);

// Puts the sequences in the place of the intervals and verdicts that hold for a fixed number of items only.
void apply_early_stop(Comparison& comparison);

}  // namespace costwar::analysis
