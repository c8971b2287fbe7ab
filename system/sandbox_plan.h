// From a job to a ChildPlan: what of this system the program sees, and its limits. Reads the file system,
// starts nothing.
#pragma once

#include <string>
#include <vector>

#include "system/sandbox_child.h"

namespace costwar::sandbox {

// What every program sees of the system, in both tiers: programs and libraries, the loader's tables, three
// devices. No configuration, no accounts, nobody's files.
std::vector<std::string> system_paths();

// Folders, mounts, limits, arguments and variables; descriptors and the start folder are the caller's.
ChildPlan make_plan(SandboxJob job, SandboxTier tier);

// Throws Error{internal} for a job that is wrong in itself.
void check_job(const SandboxJob& job);

}  // namespace costwar::sandbox
