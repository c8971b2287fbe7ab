// How much a model solves: shares of its trials with the interval that their dependence allows, by task and
// by group, repeats of an item told apart. Internal to analysis; the types are in comparison.h.
#pragma once

#include <cstddef>
#include <span>

#include "analysis/comparison.h"

namespace costwar::analysis {

// The share of these completed trials that are solved.
SolveRate solve_rate(const RunColumns& run, std::span<const std::size_t> trials, double level);

// Fills quality, tasks, groups, missing_bounds, repeats and variance of a model whose `items` is set.
// `completed`: its trials with a result.
void add_quality(ModelFinding& model, const RunColumns& run, std::span<const std::size_t> completed,
                 double level);

}  // namespace costwar::analysis
