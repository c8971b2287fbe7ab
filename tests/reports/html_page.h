// HTML reports as tests look at them.
#pragma once

#include <string>
#include <vector>

#include "core/json.h"

namespace costwar::testing {

// The page without its style sheet and scripts, and without their hashes: what a golden file keeps.
std::string without_assets(std::string page);

// The items in the page's blocks, in their order.
std::vector<Json> items_of(const std::string& page);

// What stands between the first `begin` and the next `end`; empty where either is missing.
std::string between(const std::string& page, const std::string& begin, const std::string& end);

std::size_t times_in(const std::string& page, const std::string& what);

}  // namespace costwar::testing
