// Every call of a load run as JSON Lines, for other programs: stamps in nanoseconds of CLOCK_MONOTONIC, and
// the arrival of each chunk (docs/load.md).
#pragma once

#include <string>

#include "core/load.h"

namespace costwar::cli {

// One line, with its end.
std::string call_line(const LoadCall& call);

}  // namespace costwar::cli
