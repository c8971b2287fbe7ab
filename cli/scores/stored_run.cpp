#include "cli/scores/stored_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <vector>

#include "cli/project.h"
#include "cli/suite.h"
#include "core/error.h"
#include "core/suggest.h"

namespace costwar::cli {

const harness::ScorerRow& require_scorer(const std::string& name) {
  if (const harness::ScorerRow* const row = harness::find_scorer(name)) return *row;
  std::vector<std::string_view> names;
  for (const harness::ScorerRow& row : harness::scorers()) names.push_back(row.name);
  const auto near = nearest_name(name, std::span<const std::string_view>(names));
  throw Error(ErrorKind::usage, fmt::format("there is no scorer \"{}\"", name),
              near ? fmt::format("did you mean {}?", *near) : "costwar scores lists them");
}

std::filesystem::path require_store(const Environment& environment, const std::string& store,
                                    const std::string& run) {
  auto path = store_path(environment, store);
  if (!std::filesystem::exists(path))
    throw Error(ErrorKind::usage, fmt::format("there is no run {}: {} does not exist", run, path.string()),
                "costwar compare makes one");
  return path;
}

RunHeader require_run(const harness::Store& store, const std::string& run) {
  if (auto header = store.find_run(run)) return *std::move(header);
  throw Error(ErrorKind::usage, fmt::format("there is no run {}", run), "costwar runs lists them");
}

std::size_t require_model(const RunHeader& header, const std::string& name) {
  std::vector<std::size_t> ends;
  std::vector<std::string_view> names;
  for (std::size_t m = 0; m < header.models.size(); ++m) {
    const std::string& known = header.models[m].name;
    if (known == name) return m;
    names.push_back(known);
    if (known.ends_with("/" + name) || known.ends_with("#" + name)) ends.push_back(m);
  }
  if (ends.size() == 1) return ends.front();
  throw Error(ErrorKind::usage,
              fmt::format("\"{}\" {} of run {}", name,
                          ends.empty() ? "is none of the models" : "could be several models", header.id),
              fmt::format("it has {}", fmt::join(names, ", ")));
}

harness::PlanInput input_of_run(const RunColumns& run, const Environment& environment) {
  const RunHeader& header = run.header;
  if (header.evidence != Evidence::measured)
    throw Error(ErrorKind::input,
                fmt::format("run {} was imported: what its tasks were is not known here", header.id),
                "only runs that were measured here can be scored again");
  std::vector<std::set<std::uint32_t>> items(header.tasks.size());
  harness::PlanInput input;
  for (std::size_t trial = 0; trial < run.trials.size(); ++trial) {
    items[run.trials.task[trial]].insert(run.trials.item[trial]);
    input.repeats = std::max(input.repeats, run.trials.repeat[trial] + 1);
  }
  input.seed = header.seed;
  for (const ModelCard& card : header.models) input.models.push_back({card, {}, {}, {}});
  for (std::size_t task = 0; task < items.size(); ++task) {
    auto made = resolve_tasks({header.tasks[task].name}, header.seed, items[task].size(), environment);
    if (made.size() != 1)
      throw Error(ErrorKind::input, fmt::format("the task {} of run {} is a set of tasks by now",
                                                header.tasks[task].name, header.id));
    input.tasks.push_back(std::move(made.front()));
  }
  return input;
}

std::vector<harness::PlannedTrial> trials_of_run(const RunColumns& run, const std::vector<std::string>& ids,
                                                 const harness::PlanInput& input) {
  std::vector<std::unordered_map<std::string, std::uint32_t>> places(input.tasks.size());
  for (std::size_t task = 0; task < input.tasks.size(); ++task) {
    const harness::ItemList& items = input.tasks[task].items;
    for (std::uint32_t item = 0; item < items.size(); ++item) places[task].emplace(items[item].id, item);
  }
  std::vector<harness::PlannedTrial> trials;
  trials.reserve(run.trials.size());
  for (std::size_t trial = 0; trial < run.trials.size(); ++trial) {
    const std::uint32_t task = run.trials.task[trial];
    const std::string& id = ids[trial];
    const auto found = places[task].find(id);
    if (found == places[task].end())
      throw Error(ErrorKind::input,
                  fmt::format("run {}: item {} of {} is not among the items that this task gives now",
                              run.header.id, id, input.tasks[task].task.name),
                  "the task, its files or this program have changed since; measure it anew");
    trials.push_back({run.trials.model[trial], task, found->second, run.trials.repeat[trial]});
  }
  return trials;
}

std::vector<std::string> item_ids(const harness::Store& store, const std::string& run) {
  std::vector<std::string> ids;
  store.read_rows(run, [&](const RunRow& row) {
    if (const auto* trial = std::get_if<TrialRow>(&row)) ids.push_back(trial->item);
  });
  return ids;
}

}  // namespace costwar::cli
