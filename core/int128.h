// The 128-bit integers that exact money needs, under names that -Wpedantic accepts.
#pragma once

namespace costwar {
__extension__ using int128 = __int128;
__extension__ using uint128 = unsigned __int128;
}  // namespace costwar
