// The built-in suite out of the embedded catalogue, and the choice of tasks in it.
#pragma once

#include <string>
#include <vector>

#include "harness/builtin_tasks.h"

namespace costwar::cli {

harness::BuiltinSuite builtin_suite();

// The named tasks in the order given, or all; items of each. Error{usage} with a suggestion for an unknown
// name, or for one named twice.
std::vector<harness::TaskItems> suite_items(const harness::BuiltinSuite& suite,
                                            const std::vector<std::string>& names, std::uint64_t seed,
                                            std::size_t items_per_task);

}  // namespace costwar::cli
