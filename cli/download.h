// One GET of a file, for verbs that take an address as well as a file name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "system/http.h"

namespace costwar::cli {

// "http://..." or "https://...".
bool is_address(std::string_view text);

// The body of a 200 answer. Plain http as the options say; no redirects; at most `limit` bytes. Error{usage}
// for an address that may not be asked, Error{provider} for anything that goes wrong on the way.
std::string download(const std::string& url, std::uint64_t limit, const HttpOptions& options);

}  // namespace costwar::cli
