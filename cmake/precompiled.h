// The headers of others that most files read, precompiled where COSTWAR_PRECOMPILE is on. No header of ours:
// a change to one would build everything anew.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#ifdef DOCTEST_CONFIG_SUPER_FAST_ASSERTS  // as every suite is compiled
#include <doctest/doctest.h>
#endif
