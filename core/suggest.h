// "Did you mean": the nearest of a set of names.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace costwar {

// The candidate with the smallest Damerau-Levenshtein distance (optimal string alignment), if that is at most
// a third of the typed length plus one; the earliest wins a tie.
std::optional<std::string> nearest_name(std::string_view typed, std::span<const std::string_view> candidates);
std::optional<std::string> nearest_name(std::string_view typed, std::span<const std::string> candidates);

}  // namespace costwar
