// The rate limits that an answer's headers tell, in the two styles that vendors use. Values only: nobody
// waits here.
//
// x-ratelimit-{limit,remaining,reset}-{requests,tokens}: OpenAI, and most that copy it; the reset is a
// duration
// ("1s", "6m0s", "120ms"). anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,
// reset}: the reset is an instant (RFC 3339). Sources: OpenAI's guide on rate limits, Anthropic's API
// reference on rate limits.
#pragma once

#include <optional>
#include <string_view>

#include "core/attempt.h"
#include "core/time.h"
#include "system/http.h"

namespace costwar::wire {

// What cannot be read is not told. So is a limit of 0 or less, and what remains of it, since Azure prints -1
// and 0 where it does not count. An instant counts from the answer's own Date header where it has one, else
// from `now`; one that has passed is 0 away.
RateLimits read_rate_limits(const HttpHead& head, Wall now);

// "1s", "6m0s", "120ms", "1h2m", "2m59.56s", "1d": numbers with their units, the larger unit first. nullopt
// for anything else, for a bare number, and for more than 31 days.
std::optional<Nanos> parse_limit_duration(std::string_view text);

}  // namespace costwar::wire
