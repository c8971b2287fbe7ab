// The rows of the tasks with dialogues, for the registry of procedural tasks.
#pragma once

#include <span>

#include "harness/procedural/registry.h"

namespace costwar::harness {

std::span<const ProceduralRow> agent_rows();   // agent, injection
std::span<const ProceduralRow> memory_rows();  // memory

}  // namespace costwar::harness
