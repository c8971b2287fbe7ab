// One GET of a file, for verbs that take an address as well as a file name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace costwar::cli {

// "http://..." or "https://...".
bool is_address(std::string_view text);

// The body of a 200 answer. Plain http only to loopback; no redirects; at most `limit` bytes. Error{usage}
// for an address that may not be asked, Error{provider} for anything that goes wrong on the way.
std::string download(const std::string& url, std::uint64_t limit);

}  // namespace costwar::cli
