#include "cli/suite.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/catalogue.h"
#include "cli/task_library.h"
#include "core/error.h"
#include "harness/procedural/registry.h"

namespace costwar::cli {
namespace {

bool in_suite(const harness::BuiltinSuite& suite, const std::string& name) {
  return std::any_of(suite.tasks().begin(), suite.tasks().end(),
                     [&](const RunTask& task) { return task.name == name; });
}

void add_parts(const TaskLibrary& library, const std::string& name, std::uint64_t seed, std::size_t n,
               const Environment& environment, std::vector<harness::TaskItems>& into) {
  const LibraryTask& task = library.require(name);
  for (const harness::TaskPart* part : TaskLibrary::parts(task, name)) {
    harness::TaskReader reader(task.manifest, *part, library.opener(task.manifest));
    harness::SampledItems sampled = reader.sample(seed, n);
    if (sampled.available < n)
      fmt::print(environment.err, "{} has {} items, all of them are taken\n", part->name, sampled.available);
    into.push_back(std::move(sampled.task));
  }
}

}  // namespace

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

std::vector<harness::TaskItems> resolve_tasks(const std::vector<std::string>& names, std::uint64_t seed,
                                              std::size_t items_per_task, const Environment& environment) {
  const harness::BuiltinSuite suite = builtin_suite();
  if (names.empty()) return suite_items(suite, names, seed, items_per_task);
  std::vector<harness::TaskItems> tasks;
  std::unique_ptr<const TaskLibrary> library;  // read only where a name asks for it
  for (const std::string& name : names) {
    if (in_suite(suite, name)) {
      tasks.push_back(suite.items(name, seed, items_per_task));
    } else if (harness::find_procedural(name) != nullptr) {
      tasks.push_back(harness::make_procedural(name, seed, items_per_task));
    } else {
      if (!library) library = std::make_unique<const TaskLibrary>(environment);
      add_parts(*library, name, seed, items_per_task, environment, tasks);
    }
  }
  for (const harness::TaskItems& task : tasks)
    if (std::count_if(tasks.begin(), tasks.end(),
                      [&](const harness::TaskItems& other) { return other.task.name == task.task.name; }) > 1)
      throw Error(ErrorKind::usage, fmt::format("the task {} is named twice", task.task.name),
                  "name each task once");
  return tasks;
}

}  // namespace costwar::cli
