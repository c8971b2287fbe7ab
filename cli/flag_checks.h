// Checks of flag values that CLI11 lacks.
#pragma once

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <string>

namespace costwar::cli {

// CLI::Range and CLI::NonNegativeNumber let "nan" pass, since it compares with nothing; the latter also
// "inf". What is no number at all is left to CLI11, which names it.
inline const CLI::Validator kNumber(
    [](std::string& text) {
      return std::isfinite(std::strtod(text.c_str(), nullptr)) ? std::string()
                                                               : "'" + text + "' is not a finite number";
    },
    "");

// Whole numbers from 0 on, written in digits: without it CLI11 takes -1 for the largest seed there is, and
// its own checks speak of 0.000000 and 1.8e308.
inline const CLI::Validator kWholeNumber(
    [](std::string& text) {
      const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
      return digits ? std::string() : "'" + text + "' is not a whole number";
    },
    "");

// The same from 1 on.
inline const CLI::Validator kPositiveWholeNumber(
    [](std::string& text) {
      const bool counts = text.find_first_not_of("0123456789") == std::string::npos &&
                          text.find_first_not_of('0') != std::string::npos;
      return counts ? std::string() : "'" + text + "' is not a whole number of at least 1";
    },
    "");

// Finite numbers above 0.
inline const CLI::Validator kPositiveNumber(
    [](std::string& text) {
      const double value = std::strtod(text.c_str(), nullptr);
      return std::isfinite(value) && value > 0 ? std::string() : "'" + text + "' is not a number above 0";
    },
    "");

}  // namespace costwar::cli
