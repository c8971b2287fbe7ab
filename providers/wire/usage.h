// The end of every dialect's account of what an answer used. Pure.
#pragma once

#include <string_view>

#include "core/attempt.h"
#include "core/usage/normalise.h"

namespace costwar::wire {

// Sets attempt.usage, or notes the two numbers that disagree. any_payload: something was answered, so that 0
// output tokens are worth a note.
void count_usage(Attempt& attempt, UsageDialect dialect, const RawUsage& raw, bool any_payload,
                 Provenance provenance = Provenance::reported);

// The service class that OpenAI's APIs mean by a service_tier: "default" is standard, and "auto" is what was
// asked for, which says nothing of what was used.
std::string_view service_class_of(std::string_view tier);

}  // namespace costwar::wire
