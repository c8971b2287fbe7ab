// The parts of a zip archive in memory, for tests of the formats that are one.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace costwar::testing {

// By name. Throws std::runtime_error where the bytes are no archive, or a part's checksum is wrong.
std::map<std::string, std::string> unzip(std::string_view bytes);

}  // namespace costwar::testing
