// A part of a run that is a run itself: some of its models, and of their trials those that are wanted. Items,
// clusters and tasks keep their numbers, so that parts of one run can be compared. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "analysis/attempt_cost.h"
#include "core/columns.h"

namespace costwar::analysis {

struct RunPart {
  RunColumns run;
  CostColumns costs;  // one per attempt, or none
};

// `models`: indices, in their new order. `costs`: one per attempt of the run, or none.
RunPart part_of(const RunColumns& run, const CostColumns& costs, std::span<const std::size_t> models,
                const std::function<bool(std::size_t trial)>& wanted);

// Makes tasks of one name one task, whatever their scorers are: an item of both is the same item then, of one
// cluster.
void unite_tasks(RunColumns& run);

}  // namespace costwar::analysis
