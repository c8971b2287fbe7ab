// Shares and differences of shares as people write them.
#pragma once

#include <string>
#include <string_view>

namespace costwar::cli {

// "3pts", "3 points", "3 %" and "0.03" are 0.03. Error{usage} with `flag` for anything else, and outside
// 0..1.
double parse_points(std::string_view text, std::string_view flag);

// "85%", "85 %" and "0.85" are 0.85. Error{usage} with `flag` for anything else, and outside 0..1.
double parse_share(std::string_view text, std::string_view flag);

}  // namespace costwar::cli
