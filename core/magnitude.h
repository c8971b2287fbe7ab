// The absolute value of a 128-bit integer, of the smallest one too.
#pragma once

#include "core/int128.h"

namespace costwar {

constexpr uint128 magnitude(int128 value) {
  return value < 0 ? uint128{0} - static_cast<uint128>(value) : static_cast<uint128>(value);
}

}  // namespace costwar
