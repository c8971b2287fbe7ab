// The beginning of a byte source, read to see what it is, and the source as if nothing had been read. One
// thread.
#pragma once

#include <cstddef>
#include <exception>
#include <string>

#include "core/bytes.h"

namespace costwar::pricing {

struct Head {
  std::string text;
  bool whole = false;         // the source has no more
  std::exception_ptr failed;  // what the source said where it broke off; behind() throws it again
};

inline constexpr std::size_t kPeek = 64 * 1024;

Head read_ahead(const ByteSource& source);  // kPeek bytes, or all there are

// Gives back what was read ahead, then goes on.
ByteSource behind(Head head, ByteSource source);

}  // namespace costwar::pricing
