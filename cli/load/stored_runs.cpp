// costwar load runs and delete.
#include "cli/load/stored_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/exit_code.h"
#include "cli/load/commands.h"
#include "cli/load/stored_load.h"
#include "cli/output.h"
#include "cli/project.h"
#include "reports/views/table_builder.h"

namespace costwar::cli {
namespace {

std::string state_of(const harness::LoadRunSummary& run) {
  if (run.live) return "running";
  if (run.stages == 0) return "empty";
  return run.interrupted() ? "interrupted" : "complete";
}

class LoadRunsVerb final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    std::vector<harness::LoadRunSummary> runs;
    if (std::filesystem::exists(store_path(environment, store_)))
      runs = open_loads(environment, store_)->list();
    emit(load_runs_document(runs), output_, environment);
    return kOk;
  }

 private:
  std::string store_;
  OutputFlags output_;
};

class LoadDeleteVerb final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("RUN", run_, "Label or id of the run, or the id's beginning")->required();
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)");
  }

  int run(Environment& environment) override {
    delete_load_run(*open_loads(environment, store_), run_, environment);
    return kOk;
  }

 private:
  std::string run_;
  std::string store_;
};

}  // namespace

Document load_runs_document(const std::vector<harness::LoadRunSummary>& runs) {
  Document document;
  document.kind = "load_run_list";
  document.headline = runs.empty()       ? "The store holds no load run yet."
                      : runs.size() == 1 ? "1 load run."
                                         : fmt::format("{} load runs.", runs.size());
  reports::TableBuilder table("runs", "");
  table.text("run", "Run").text("label", "Label").text("model", "Model").text("mode", "Mode");
  table.number("stages", "Stages").number("complete", "Complete").number("calls", "Calls");
  table.number("failed", "Failed").text("ledger", "Ledger").text("state", "State");
  bool interrupted = false;
  for (const harness::LoadRunSummary& run : runs) {
    interrupted = interrupted || run.interrupted();
    table.row({TextCell{run.header.id}, reports::text_cell(run.header.label), TextCell{run.header.model.name},
               TextCell{run.header.mode}, IntegerCell{run.stages}, IntegerCell{run.complete},
               IntegerCell{run.calls}, IntegerCell{run.failed}, reports::text_cell(run.ledger.value_or("")),
               TextCell{state_of(run)}});
  }
  document.tables.push_back(table.build());
  if (interrupted)
    document.notes.push_back(
        {NoteKind::next_step, "costwar load resume RUN   (goes on with an interrupted one)"});
  document.notes.push_back(
      {NoteKind::next_step, runs.empty() ? "costwar load MODEL" : "costwar load report RUN"});
  return document;
}

void delete_load_run(harness::LoadStore& store, const std::string& run, const Environment& environment) {
  const LoadHeader header = store.require(run);
  const auto ledger = store.ledger_of(header.id);
  store.delete_run(header.id);
  fmt::print(environment.err, "Deleted load run {}.\n", header.id);
  if (ledger) fmt::print(environment.err, "What it spent stays in the ledger {}.\n", ledger->name);
}

std::unique_ptr<Verb> make_load_runs() {
  return std::make_unique<LoadRunsVerb>();
}

std::unique_ptr<Verb> make_load_delete() {
  return std::make_unique<LoadDeleteVerb>();
}

}  // namespace costwar::cli
