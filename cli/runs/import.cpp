#include "cli/runs/import.h"

#include <fmt/format.h>

#include <vector>

#include "cli/exit_code.h"
#include "cli/project.h"
#include "cli/runs/run_file.h"
#include "cli/version.h"
#include "core/error.h"
#include "core/suggest.h"
#include "harness/import/imports.h"
#include "harness/store/store.h"
#include "system/byte_file.h"

namespace costwar::cli {
namespace {

constexpr std::string_view kOwn = "costwar";

std::string format_names() {
  std::string names(kOwn);
  for (const harness::ImportRow& row : harness::run_imports()) names += fmt::format(", {}", row.name);
  return names;
}

std::string base_name(const std::string& file) {
  return std::filesystem::path(file).filename().string();
}

}  // namespace

void RunsImport::declare(CLI::App& flags) {
  flags.add_option("FILE", file_, "A run as `runs export` writes it, or results of another tool; also gzip")
      ->required();
  flags.add_option("--as", as_, fmt::format("What the file is: {}", format_names()))->capture_default_str();
  flags.add_option("--label", label_, "A name for the run");
  flags.add_option("--model", model_, "Whose results these are, where the file does not say (tau-bench)");
  flags.add_option("--task", task_, "Of which task, where the file does not say");
}

int RunsImport::run(const Environment& environment, const std::string& store) {
  if (as_ == kOwn) {
    if (!(label_.empty() && model_.empty() && task_.empty()))
      throw Error(ErrorKind::usage, "an exported run has its own label, models and tasks",
                  "leave out --label, --model and --task, or say --as");
    import_exported(environment, store);
  } else {
    import_results(environment, store);
  }
  return kOk;
}

void RunsImport::import_exported(const Environment& environment, const std::string& store_flag) const {
  const auto loop = make_event_loop();
  const auto store = harness::Store::open(store_path(environment, store_flag), *loop);
  const RunHeader header = import_run_file(file_, *store);
  fmt::print(environment.out, "{}\n", header.id);
}

void RunsImport::import_results(const Environment& environment, const std::string& store_flag) const {
  const harness::ImportRow* format = harness::find_import(as_);
  if (format == nullptr) {
    std::vector<std::string_view> names{kOwn};
    for (const harness::ImportRow& row : harness::run_imports()) names.push_back(row.name);
    const auto near = nearest_name(as_, std::span<const std::string_view>(names));
    throw Error(ErrorKind::usage, fmt::format("--as: '{}' is not one of {}", as_, format_names()),
                near ? fmt::format("did you mean {}?", *near) : "");
  }
  const auto records = harness::Records::open(open_bytes(file_), file_, format->spec);
  harness::ImportedRun run = format->read(*records, {base_name(file_), model_, task_});
  const auto loop = make_event_loop();
  const auto store = harness::Store::open(store_path(environment, store_flag), *loop);
  for (const std::string& said : run.said) fmt::print(environment.err, "{}\n", said);
  if (const auto there = store->find_run_by_plan(run.header.plan)) {
    fmt::print(environment.err, "The store holds these results already.\n");
    fmt::print(environment.out, "{}\n", there->id);
    return;
  }
  run.header.created = loop->clock().wall();
  std::string stamp = format_wall(Wall{run.header.created.ns / 1'000'000'000 * 1'000'000'000});
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  run.header.id = fmt::format("{}-{}", stamp, run.header.plan.substr(0, 6));
  run.header.label = label_.empty() ? base_name(file_) : label_;
  run.header.costwar_version = kVersion;
  std::size_t next = 0;
  store->import_run(run.header, [&](RunRow& row) {
    if (next >= 2 * run.trials.size()) return false;
    if (next < run.trials.size())
      row = std::move(run.trials[next]);
    else
      row = std::move(run.scores[next - run.trials.size()]);
    ++next;
    return true;
  });
  fmt::print(environment.err, "{} results of {} models as a run without attempts and cost.\n",
             run.scores.size(), run.header.models.size());
  fmt::print(environment.out, "{}\n", run.header.id);
}

}  // namespace costwar::cli
