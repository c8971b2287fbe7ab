// The families of procedural tasks: each file gives its rows, and registry.cpp puts them together.
#pragma once

#include <span>

#include "harness/procedural/registry.h"

namespace costwar::harness {}  // namespace costwar::harness
