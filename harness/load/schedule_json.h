// Stages and sessions as JSON: in saved schedules, and wherever a stage is stored.
#pragma once

#include <vector>

#include "core/json.h"
#include "core/load.h"
#include "harness/load/schedule.h"

namespace costwar::harness {

// What is at its default is left out.
Json stage_to_json(const LoadStage& stage);

// Error{input} on anything that check_stage() refuses. Members that are not known are passed over, as newer
// minor versions may have them (docs/formats.md).
LoadStage stage_from_json(const JsonIn& in);

// One call, without its texts.
Json call_to_json(const PlannedCall& call);
PlannedCall call_from_json(const JsonIn& in);

}  // namespace costwar::harness
