#include "cli/suite.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/catalogue.h"
#include "core/error.h"

namespace costwar::cli {

harness::BuiltinSuite builtin_suite() {
  return harness::BuiltinSuite::parse(catalogue_file("tasks/builtin.json"), "tasks/builtin.json");
}

std::vector<harness::TaskItems> suite_items(const harness::BuiltinSuite& suite,
                                            const std::vector<std::string>& names, std::uint64_t seed,
                                            std::size_t items_per_task) {
  std::vector<std::string> chosen = names;
  if (chosen.empty())
    for (const RunTask& task : suite.tasks()) chosen.push_back(task.name);
  std::vector<harness::TaskItems> items;
  for (const std::string& name : chosen) {
    if (std::count(chosen.begin(), chosen.end(), name) > 1)
      throw Error(ErrorKind::usage, fmt::format("the task {} is named twice", name), "name each task once");
    items.push_back(suite.items(name, seed, items_per_task));
  }
  return items;
}

}  // namespace costwar::cli
