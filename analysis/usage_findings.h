// Tokens, time and outcomes of one model's attempts. Internal to analysis; the types are in comparison.h.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "analysis/comparison.h"
#include "analysis/trial_tally.h"

namespace costwar::analysis {

// `attempts` are indices into run.attempts, all of one model.
TokenFindings find_tokens(const RunColumns& run, std::span<const std::size_t> attempts);

// `trials` are the model's completed trials.
TimeFindings find_time(const RunColumns& run, std::span<const std::size_t> attempts,
                       std::span<const std::size_t> trials, std::span<const TrialTally> tallies,
                       bool own_machine);

std::vector<OutcomeCount> find_failures(const RunColumns& run, std::span<const std::size_t> attempts);

}  // namespace costwar::analysis
