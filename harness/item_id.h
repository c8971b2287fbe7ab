// The identity of an item. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace costwar::harness {

// 16 hex digits that stay the same for the same task, version, parameters and seed.
std::string item_id(std::string_view task, int version, std::string_view parameters, std::uint64_t seed);

}  // namespace costwar::harness
