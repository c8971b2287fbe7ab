#include "core/run_merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <type_traits>
#include <variant>

#include "core/error.h"

namespace costwar {
namespace {

constexpr std::int64_t kNotChosen = -1;

std::string shown_run(const RunHeader& header) {
  return header.label.empty() ? header.id : header.label;
}

// Index of a task that is the same, or of a new one.
std::uint32_t united(std::vector<RunTask>& tasks, const RunTask& task) {
  const auto same = std::find_if(tasks.begin(), tasks.end(), [&](const RunTask& known) {
    return known.name == task.name && known.scorer == task.scorer &&
           known.scorer_version == task.scorer_version;
  });
  if (same == tasks.end()) {
    tasks.push_back(task);
    return static_cast<std::uint32_t>(tasks.size() - 1);
  }
  return static_cast<std::uint32_t>(same - tasks.begin());
}

}  // namespace

RunMerge::RunMerge(std::vector<RunChoice> runs) {
  if (runs.empty()) throw Error(ErrorKind::internal, "no run to read");
  header_ = runs.front().header;
  header_.models.clear();
  header_.tasks.clear();
  header_.id.clear();
  std::map<std::string, int> uses;  // of a model's name
  std::set<std::pair<std::string, std::uint32_t>> seen;
  std::vector<std::string> run_names;  // per merged model
  for (RunChoice& run : runs) {
    Source source;
    source.whole = run.models.empty();
    if (source.whole)
      for (std::uint32_t model = 0; model < run.header.models.size(); ++model) run.models.push_back(model);
    source.models.resize(run.header.models.size());
    for (const std::uint32_t model : run.models) {
      const ModelCard& card = run.header.models.at(model);
      if (!seen.insert({run.header.id, model}).second)
        throw Error(ErrorKind::input, fmt::format("{} of run {} is named twice", card.name, run.header.id));
      source.models[model] = static_cast<std::uint32_t>(header_.models.size());
      header_.models.push_back(card);
      ++uses[card.name];
      run_names.push_back(shown_run(run.header));
      header_.origins.push_back({run.header.id, run.header.label, run.header.created, run.header.evidence,
                                 run.header.seed, run.header.settings, run.header.judge,
                                 run.header.simulated_user, card.name});
    }
    source.tasks.reserve(run.header.tasks.size());
    for (const RunTask& task : run.header.tasks) source.tasks.push_back(united(header_.tasks, task));
    if (!header_.id.ends_with(run.header.id)) header_.id += (header_.id.empty() ? "" : "+") + run.header.id;
    header_.items_per_task = std::max(header_.items_per_task, run.header.items_per_task);
    source.header = std::move(run.header);
    sources_.push_back(std::move(source));
  }
  for (std::size_t i = 0; i < header_.models.size(); ++i) {
    ModelCard& card = header_.models[i];
    if (uses[card.name] < 2) continue;
    // Two runs may have one label.
    const bool told =
        std::count_if(header_.origins.begin(), header_.origins.end(), [&](const RunOrigin& origin) {
          return origin.model == header_.origins[i].model && origin.label == header_.origins[i].label;
        }) == 1;
    const std::string& run = told ? run_names[i] : header_.origins[i].run;
    card.name += fmt::format(" ({})", run);
    if (!card.title.empty()) card.title += fmt::format(" ({})", run);
  }
  if (sources_.size() == 1) header_.origins.clear();
}

std::optional<std::int64_t> RunMerge::merged_trial(const Source& source, std::int64_t trial) const {
  if (source.whole) {
    if (trial < 0 || trial >= source.count)
      throw Error(ErrorKind::input, fmt::format("run {}: there is no trial {}", source.header.id, trial));
    return source.first + trial;
  }
  if (trial < 0 || static_cast<std::size_t>(trial) >= source.trials.size())
    throw Error(ErrorKind::input, fmt::format("run {}: there is no trial {}", source.header.id, trial));
  const std::int64_t merged = source.trials[static_cast<std::size_t>(trial)];
  return merged == kNotChosen ? std::nullopt : std::optional(merged);
}

std::optional<RunRow> RunMerge::map(std::size_t run, RunRow row) {
  Source& source = sources_.at(run);
  if (run != reading_) {
    reading_ = run;
    source.first = next_trial_;
  }
  if (auto* trial = std::get_if<TrialRow>(&row)) {
    if (trial->model >= source.models.size() || trial->task >= source.tasks.size())
      throw Error(ErrorKind::input, fmt::format("run {}: trial {} is of no model or task of the run",
                                                source.header.id, trial->trial));
    const auto model = source.models[trial->model];
    if (source.whole) {
      if (trial->trial != source.count)
        throw Error(ErrorKind::input, fmt::format("run {}: trial {} stands in the place of {}",
                                                  source.header.id, trial->trial, source.count));
    } else {
      source.trials.resize(std::max(source.trials.size(), static_cast<std::size_t>(trial->trial) + 1),
                           kNotChosen);
      if (!model) return std::nullopt;
      source.trials[static_cast<std::size_t>(trial->trial)] = source.first + source.count;
      source.chosen.push_back(trial->trial);
    }
    trial->trial = source.first + source.count++;
    next_trial_ = std::max(next_trial_, source.first + source.count);
    trial->model = *model;
    trial->task = source.tasks[trial->task];
    return row;
  }
  std::optional<std::int64_t> merged;
  std::visit(
      [&](auto& known) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(known)>, TrialRow>) {
          merged = merged_trial(source, known.trial);
          if (merged) known.trial = *merged;
        }
      },
      row);
  if (!merged) return std::nullopt;
  return row;
}

std::pair<std::size_t, std::int64_t> RunMerge::origin(std::int64_t trial) const {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    if (trial < source.first || trial >= source.first + source.count) continue;
    const std::int64_t within = trial - source.first;
    return {i, source.whole ? within : source.chosen[static_cast<std::size_t>(within)]};
  }
  throw Error(ErrorKind::internal, fmt::format("no run has the merged trial {}", trial));
}

}  // namespace costwar
