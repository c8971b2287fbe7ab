// What a run that is taken up again has to do, with the answers that were paid for already: a dialogue that
// was cut off goes on from them, and so does the scoring of an answer that a judge or a sandbox had not
// scored.
#pragma once

#include <string_view>
#include <vector>

#include "harness/store/store.h"
#include "harness/work.h"

namespace costwar::harness {

// work_left() of the run's columns, its answers read from the store.
std::vector<TrialWork> work_left(const Store& store, std::string_view run);

}  // namespace costwar::harness
