// The built-in suite out of the embedded catalogue, and the choice of tasks by name among all there are.
#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"
#include "harness/builtin_tasks.h"

namespace costwar::cli {

harness::BuiltinSuite builtin_suite();

// The named tasks in the order given, or all; items of each. Error{usage} with a suggestion for an unknown
// name, or for one named twice.
std::vector<harness::TaskItems> suite_items(const harness::BuiltinSuite& suite,
                                            const std::vector<std::string>& names, std::uint64_t seed,
                                            std::size_t items_per_task);

// The same among every task: the built-in suite (which no name stands for), procedural tasks with their
// parameters ("needle:length=128k"), and those of manifests ("gsm8k", "bfcl/simple"; "bfcl" is all its
// subsets). A finite set is sampled, and where it has fewer items than asked for, all are taken and standard
// error says so once. Error{input} for a set that was not pulled yet.
std::vector<harness::TaskItems> resolve_tasks(const std::vector<std::string>& names, std::uint64_t seed,
                                              std::size_t items_per_task, const Environment& environment);

}  // namespace costwar::cli
