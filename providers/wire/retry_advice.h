// What an answer's headers say about trying again. Values only: nobody waits here.
#pragma once

#include <optional>
#include <string_view>

#include "core/attempt.h"
#include "core/time.h"
#include "system/http.h"

namespace costwar {

// retry-after-ms first, then Retry-After as seconds (a fraction allowed) or as an HTTP date, which counts
// from the answer's own Date header where it has one, else from `now`; a date that has passed is a wait of 0.
// x-should-retry true or false, and the rate limits (rate_limits.h). What cannot be read, or is longer than a
// day, is not told. Sources: RFC 9110 section 10.2.3, and the headers that OpenAI's servers send.
RetryAdvice read_retry_advice(const HttpHead& head, Wall now);

// IMF-fixdate only: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<Wall> parse_http_date(std::string_view text);

// Error codes that say that the account's money or quota is used up, which no waiting changes.
bool is_quota_code(std::string_view code);

// Error codes inside a stream that say what 429, 503 or 529 says: too much at once.
bool is_overload_code(std::string_view code);

}  // namespace costwar
