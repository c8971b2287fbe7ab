// What the two halves of the GGUF reader share: gguf.cpp (typed access) and gguf_parser.cpp. Not for other
// files.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "providers/local/gguf.h"

namespace costwar::local::detail {

// A number at an address of any alignment.
template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// Bytes of one value in the file; 0 for strings, arrays and unknown types.
std::size_t scalar_bytes(GgufType type);

// A value that scalar_bytes() knows, at an address of any alignment.
GgufValue scalar_value(GgufType type, const std::byte* at);

// Printable form of a name out of an untrusted file.
std::string quoted(std::string_view text);

}  // namespace costwar::local::detail
