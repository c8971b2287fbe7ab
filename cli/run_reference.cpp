#include "cli/run_reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <system_error>

#include "analysis/published/published_scores.h"
#include "cli/project.h"
#include "cli/runs/run_file.h"
#include "core/error.h"
#include "core/json.h"
#include "core/suggest.h"
#include "system/event_loop.h"
#include "system/private_folder.h"

namespace costwar::cli {
namespace {

// The store of a file's run; the folder outlives it.
struct FileStore {
  PrivateFolder folder;
  std::unique_ptr<harness::Store> store;
};

std::pair<std::shared_ptr<harness::Store>, RunHeader> open_file(const std::string& file) {
  auto opened = std::make_shared<FileStore>();
  const std::filesystem::path path = opened->folder.path() / "store.db";
  RunHeader header;
  {
    const auto loop = make_event_loop();
    header = import_run_file(file, *harness::Store::open(path, *loop));
  }
  opened->store = harness::Store::open_existing(path);
  return {std::shared_ptr<harness::Store>(opened, opened->store.get()), std::move(header)};
}

std::uint32_t model_named(const RunHeader& header, std::string_view name) {
  std::vector<std::string_view> names;
  for (std::uint32_t i = 0; i < header.models.size(); ++i) {
    if (header.models[i].name == name || header.models[i].model == name) return i;
    names.push_back(header.models[i].name);
  }
  const auto near = nearest_name(name, std::span<const std::string_view>(names));
  std::string list;
  for (const std::string_view each : names) list += (list.empty() ? "" : ", ") + std::string(each);
  throw Error(ErrorKind::usage, fmt::format("run {} has no model {}", header.id, name),
              near ? fmt::format("did you mean {}?", *near) : fmt::format("its models are {}", list));
}

// Finds runs by what people write; the store, where there is one, is opened once.
class Finder {
 public:
  explicit Finder(const std::filesystem::path& path) {
    if (std::filesystem::exists(path)) store_ = harness::Store::open_existing(path);
    path_ = path.string();
  }

  // The run itself, and the model behind '#'. A name may have a '#' of its own: the longest that is a run
  // wins.
  std::optional<OpenRun> open_run(const std::string& text) const {
    if (auto found = find(text))
      return OpenRun{std::move(found->first), {std::move(found->second), {}}, text};
    for (std::size_t hash = text.rfind('#'); hash != std::string::npos && hash > 0;
         hash = text.rfind('#', hash - 1)) {
      auto found = find(text.substr(0, hash));
      if (!found) continue;
      const std::uint32_t model = model_named(found->second, text.substr(hash + 1));
      return OpenRun{std::move(found->first), {std::move(found->second), {model}}, text};
    }
    return std::nullopt;
  }

  // What is no run is a model, of which its newest run is meant; of several that are named together, the
  // newest run that has all of them.
  OpenRun open_model(const std::string& text, std::span<const std::string> together) const {
    if (auto run = newest_of(text, together)) return *std::move(run);
    if (auto run = newest_of(text, std::span(&text, 1))) return *std::move(run);
    complain(text);
  }

 private:
  using Found = std::pair<std::shared_ptr<harness::Store>, RunHeader>;

  static std::optional<std::uint32_t> place_of(const RunHeader& header, std::string_view name) {
    for (std::uint32_t i = 0; i < header.models.size(); ++i)
      if (header.models[i].name == name || header.models[i].model == name) return i;
    return std::nullopt;
  }

  std::optional<OpenRun> newest_of(const std::string& text, std::span<const std::string> models) const {
    if (!store_) return std::nullopt;
    if (!listed_) summaries_ = store_->list_runs(), listed_ = true;
    for (auto run = summaries_.rbegin(); run != summaries_.rend(); ++run) {
      const auto model = place_of(run->header, text);
      const bool has_all = std::all_of(models.begin(), models.end(), [&](const std::string& name) {
        return place_of(run->header, name).has_value();
      });
      if (model && has_all && run->complete > 0) return OpenRun{store_, {run->header, {*model}}, text};
    }
    return std::nullopt;
  }

  std::optional<Found> find(const std::string& name) const {
    if (store_) {
      if (auto header = store_->find_run_by_label(name)) return Found{store_, std::move(*header)};
      // An ambiguous beginning of an id may still be a file's name.
      std::error_code unknown;
      if (!std::filesystem::is_regular_file(name, unknown))
        if (auto header = store_->find_run(name)) return Found{store_, std::move(*header)};
    }
    std::error_code unknown;
    if (std::filesystem::is_regular_file(name, unknown)) return open_file(name);
    return std::nullopt;
  }

  [[noreturn]] void complain(const std::string& text) const {
    if (analysis::is_published_reference(text))
      throw Error(ErrorKind::usage, fmt::format("{} is a published score, and this takes runs", text),
                  "costwar frontier, claim and decide take published scores; costwar scores shows and "
                  "compares them");
    std::vector<std::string> names;
    if (store_) {
      for (const harness::RunSummary& run : store_->list_runs()) {
        names.push_back(run.header.id);
        if (!run.header.label.empty()) names.push_back(run.header.label);
        for (const ModelCard& model : run.header.models) names.push_back(model.name);
      }
    }
    const auto near = nearest_name(text, std::span<const std::string>(names));
    throw Error(
        ErrorKind::usage,
        store_
            ? fmt::format("there is no run {}, by id, by label or as a file, nor one of such a model", text)
            : fmt::format("there is no run {}: {} does not exist, nor does such a file", text, path_),
        near     ? fmt::format("did you mean {}?", *near)
        : store_ ? "costwar runs lists them"
                 : "costwar compare makes one");
  }

  std::shared_ptr<harness::Store> store_;
  std::string path_;
  mutable bool listed_ = false;
  mutable std::vector<harness::RunSummary> summaries_;  // oldest first
};

}  // namespace

OpenRuns::OpenRuns(const Environment& environment, const std::string& store,
                   std::span<const std::string> references) {
  const Finder finder(store_path(environment, store));
  std::vector<std::optional<OpenRun>> found;
  std::vector<std::string> models;
  for (const std::string& reference : references) {
    found.push_back(finder.open_run(reference));
    if (!found.back()) models.push_back(reference);
  }
  std::vector<RunChoice> choices;
  for (std::size_t i = 0; i < references.size(); ++i) {
    runs_.push_back(found[i] ? *std::move(found[i]) : finder.open_model(references[i], models));
    choices.push_back(runs_.back().choice);
  }
  merge_ = std::make_unique<RunMerge>(std::move(choices));
}

bool OpenRuns::is_one() const {
  return runs_.size() == 1 && runs_[0].choice.models.empty();
}

std::vector<std::string> OpenRuns::stopped_when_decided() const {
  std::vector<std::string> stopped;
  for (const OpenRun& run : runs_) {
    const RunHeader& header = run.choice.header;
    if (header.settings.empty()) continue;
    const std::string source = "settings of run " + header.id;
    const Json settings = parse_json(header.settings, source);
    if (JsonIn(settings, source).find("until_decided")) stopped.push_back(run.text);
  }
  return stopped;
}

Note stopped_note(const std::vector<std::string>& stopped) {
  return {NoteKind::warning,
          fmt::format(
              "{} stopped when it was decided: intervals and tests here are as if its number of items had "
              "been fixed, and are too sure of themselves. costwar report of that run alone has the "
              "intervals that hold.",
              fmt::join(stopped, ", "))};
}

std::vector<analysis::ServedAnswer> OpenRuns::served_answers() const {
  std::vector<analysis::ServedAnswer> served;
  std::size_t first = 0;
  for (const OpenRun& run : runs_) {
    std::vector<std::uint32_t> chosen = run.choice.models;
    if (chosen.empty()) {
      chosen.resize(run.choice.header.models.size());
      std::iota(chosen.begin(), chosen.end(), 0U);
    }
    for (harness::ServedAnswer& answer : run.store->served_answers(run.choice.header.id)) {
      const auto at = std::find(chosen.begin(), chosen.end(), answer.model);
      if (at != chosen.end())
        served.push_back({first + static_cast<std::size_t>(at - chosen.begin()),
                          std::move(answer.served_model), std::move(answer.fingerprint)});
    }
    first += chosen.size();
  }
  return served;
}

RunColumns OpenRuns::read_columns() {
  if (is_one()) return runs_[0].store->read_columns(runs_[0].choice.header.id);
  RunColumnsBuilder builder(merge_->header());
  for (std::size_t i = 0; i < runs_.size(); ++i)
    runs_[i].store->read_rows(
        runs_[i].choice.header.id,
        [&](const RunRow& row) {
          if (const auto merged = merge_->map(i, row)) builder.add(*merged);
        },
        false);
  return builder.finish();
}

std::pair<std::size_t, std::int64_t> OpenRuns::origin(std::int64_t trial) const {
  return is_one() ? std::pair(std::size_t{0}, trial) : merge_->origin(trial);
}

harness::TrialRecord OpenRuns::read_trial(std::int64_t trial) const {
  const auto [run, within] = origin(trial);
  return runs_[run].store->read_trial(runs_[run].choice.header.id, within);
}

}  // namespace costwar::cli
