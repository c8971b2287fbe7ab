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

}  // namespace costwar::cli
