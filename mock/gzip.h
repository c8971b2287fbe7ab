// A reply as a server that compresses would send it: nothing until the generation is over, then everything in
// one gzip member (RFC 1952). The blocks within are stored, not deflated: that is gzip all the same, and
// needs no library. Pure.
#pragma once

#include <string>
#include <string_view>

#include "mock/reply.h"

namespace costwar::mock {

std::string gzip_stored(std::string_view bytes);

// `reply` is whole: its head, and a body with a length or in chunks.
void compress(Reply& reply);

}  // namespace costwar::mock
