// The machine that runs costwar, as an accelerator: its memory, and its bandwidth and arithmetic measured on
// the spot.
#pragma once

#include "pricing/hardware/accelerator.h"

namespace costwar::cli {

// Measures for less than a second what is asked for; what is not asked for stays unknown.
pricing::Accelerator describe_this_machine(bool measure_bandwidth, bool measure_arithmetic);

}  // namespace costwar::cli
