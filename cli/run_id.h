// Names of runs that are made here.
#pragma once

#include <string>

#include "core/time.h"

namespace costwar::cli {

// "20261123T194500Z-4f21c0": when, and enough chance that two runs of one second differ.
std::string new_run_id(Wall now);

}  // namespace costwar::cli
