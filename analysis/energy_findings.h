// Energy of one model's attempts on this machine: joules, per output token and per solved task. Measured
// joules hold what else the machine did meanwhile; estimated ones are time times watts, so they say nothing
// about models that their times do not. Internal to analysis; the types are in comparison.h.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "analysis/comparison.h"
#include "core/columns.h"
#include "stats/bootstrap.h"

namespace costwar::analysis {

// `trials`: all of the model's; `attempts`: its own. nullopt where no attempt has joules.
std::optional<EnergyFindings> find_energy(const RunColumns& run, std::span<const std::size_t> trials,
                                          std::span<const std::size_t> attempts,
                                          const stats::BootstrapOptions& bootstrap);

// Joules of each trial, over these attempts; NaN where those of one of them are unknown.
std::vector<double> joules_by_trial(const RunColumns& run, std::span<const std::size_t> attempts);

}  // namespace costwar::analysis
