// The end of every dialect's account of what an answer used. Pure.
#pragma once

#include "core/attempt.h"
#include "core/usage/normalise.h"

namespace costwar::wire {

// Sets attempt.usage, or notes the two numbers that disagree. any_payload: something was answered, so that 0
// output tokens are worth a note.
void count_usage(Attempt& attempt, UsageDialect dialect, const RawUsage& raw, bool any_payload,
                 Provenance provenance = Provenance::reported);

}  // namespace costwar::wire
