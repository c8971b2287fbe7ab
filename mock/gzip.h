// Content codings, written with stored blocks alone (RFC 1951 section 3.2.4): valid for every reader, and
// nothing to link. Pure.
#pragma once

#include <string>
#include <string_view>

#include "mock/options.h"

namespace costwar::mock {

// identity: the bytes as they are. gzip: RFC 1952. deflate: RFC 1950, as HTTP means it.
std::string encode(ContentCoding coding, std::string_view bytes);

// The header line, or nothing for identity.
std::string_view coding_header(ContentCoding coding);

}  // namespace costwar::mock
