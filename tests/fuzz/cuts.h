// Cutting fuzzed bytes into pieces, as a network would.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace costwar::fuzz {

// Pieces of 1 to 17 bytes; the seed decides which.
inline std::vector<std::string_view> cut(std::string_view bytes, std::uint32_t seed) {
  std::vector<std::string_view> pieces;
  while (!bytes.empty()) {
    seed = seed * 1664525U + 1013904223U;
    const std::string_view piece = bytes.substr(0, 1 + (seed >> 24) % 17);
    pieces.push_back(piece);
    bytes.remove_prefix(piece.size());
  }
  return pieces;
}

}  // namespace costwar::fuzz
