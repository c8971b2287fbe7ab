// Factors, ratios and percentages: decimal text of at most six digits after the point as a whole number of
// millionths, and back. Exact; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace costwar {

inline constexpr std::int64_t kMillionthsInOne = 1'000'000;

// "1.05" is 1,050,000. nullopt for what is no decimal number, has more digits after the point, or is beyond
// 64 bits.
std::optional<std::int64_t> parse_millionths(std::string_view decimal);

// 1,050,000 is "1.05".
std::string millionths_text(std::int64_t millionths);

}  // namespace costwar
