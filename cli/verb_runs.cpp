// costwar runs: what the store holds.

#include <fmt/format.h>

#include <optional>

#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/load/load_file.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/runs/run_file.h"
#include "cli/runs_ledger.h"
#include "cli/verb.h"
#include "core/error.h"
#include "harness/store/store.h"
#include "reports/views/table_builder.h"
#include "reports/views/trial_view.h"

namespace costwar::cli {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

class Runs final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.require_subcommand(0, 1);
    app.fallthrough();
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)");
    declare_output_flags(app, output_);
    app.add_subcommand("list", "Every run, oldest first (the default)");
    show_ = app.add_subcommand("show", "The trials of a run with answers and scores");
    show_->add_option("RUN", run_, "Id of the run, or its beginning")->required();
    show_->add_flag("--failed", only_failed_, "Only trials that are not solved");
    show_
        ->add_option("--trial", trial_,
                     "One trial: every attempt with what answered, waits, tokens and notes")
        ->type_name("N")
        ->check(kWholeNumber)
        ->excludes("--failed");
    show_->add_option("--limit", limit_, "At most so many trials")->capture_default_str();
    export_ = app.add_subcommand("export",
                                 "A run as JSON Lines: its header, then rows (docs/schema/run.schema.json); "
                                 "also a load run (docs/schema/load-run.schema.json)");
    export_->add_option("RUN", run_, "Id of the run, or its beginning")->required();
    export_->add_flag("--recording", recording_,
                      "Its recording instead, for replay/FILE.jsonl (docs/schema/recording.schema.json)");
    import_ = app.add_subcommand("import",
                                 "A run that was exported into the store (results of other tools: "
                                 "costwar import)");
    import_->add_option("FILE", file_, "A run as `runs export` writes it; also gzip")->required();
    delete_ = app.add_subcommand("delete", "Delete a run from the store");
    delete_->add_option("RUN", run_, "Id of the run, or its beginning")->required();
    settle_ = app.add_subcommand("settle",
                                 "What a run holds of a budget without a known charge: list or settle it");
    settle_->add_option("RUN", run_, "Id of the run, or its beginning; whole for one that was deleted")
        ->required();
    declare_settle_flags(*settle_, settle_flags_);
    ledgers_ = app.add_subcommand("ledgers", "Every ledger of budgets: limits, charges, holds");
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    if (import_->parsed()) return import_exported(environment);
    const auto path = store_path(environment, store_);
    if (!std::filesystem::exists(path)) {
      if (!run_.empty())
        throw Error(ErrorKind::usage, fmt::format("{}: there is no store yet", path.string()),
                    "costwar compare makes one");
      emit(list_document({}), output_, environment);
      return kOk;
    }
    const auto store = harness::Store::open_existing(path);
    if (show_->parsed()) {
      const RunHeader header = require(*store);
      emit(trial_ ? one_trial_document(*store, header, *trial_) : show_document(*store, header), output_,
           environment);
    } else if (export_->parsed()) {
      if (!recording_ && !find(*store))
        export_load(path, environment);
      else
        export_run(*store, require(*store), environment);
    } else if (delete_->parsed()) {
      const RunHeader header = require(*store);
      const auto open = store->open_batches(header.id);
      const auto ledger = store->ledger_of(header.id);
      store->delete_run(header.id);
      fmt::print(environment.err, "Deleted run {}.\n", header.id);
      if (ledger) fmt::print(environment.err, "What it spent stays in the ledger {}.\n", ledger->name);
      for (const harness::OpenBatch& batch : open)
        fmt::print(environment.err, "Its batch {} may still go on at the vendor, and be billed.\n",
                   batch.row.vendor_id.empty() ? batch.row.tag : batch.row.vendor_id);
    } else if (settle_->parsed()) {
      const auto header = store->find_run(run_);
      emit(settle(*store, header ? header->id : run_, settle_flags_, environment), output_, environment);
    } else if (ledgers_->parsed()) {
      emit(ledgers_document(store->ledgers()), output_, environment);
    } else {
      emit(list_document(store->list_runs()), output_, environment);
    }
    return kOk;
  }

 private:
  int import_exported(const Environment& environment) const {
    if (const auto load = import_load_file(file_, store_path(environment, store_))) {
      fmt::print(environment.out, "{}\n", load->id);
      return kOk;
    }
    const auto loop = make_event_loop();
    const auto store = harness::Store::open(store_path(environment, store_), *loop);
    fmt::print(environment.out, "{}\n", import_run_file(file_, *store).id);
    return kOk;
  }

  std::optional<RunHeader> find(const harness::Store& store) const {
    if (auto header = store.find_run_by_label(run_)) return header;
    return store.find_run(run_);
  }

  RunHeader require(const harness::Store& store) const {
    if (auto header = find(store)) return *std::move(header);
    throw Error(ErrorKind::usage, fmt::format("there is no run {}", run_), "costwar runs lists them");
  }

  static Document list_document(const std::vector<harness::RunSummary>& runs) {
    Document document;
    document.kind = "run_list";
    document.headline = runs.empty() ? "The store holds no run yet." : fmt::format("{} runs.", runs.size());
    if (runs.size() == 1) document.headline = "1 run.";
    Table table{"runs",
                "",
                {{"run", "Run", Align::left},
                 {"label", "Label", Align::left},
                 {"models", "Models", Align::left},
                 {"tasks", "Tasks", Align::left, Show::data_only},
                 {"trials", "Trials"},
                 {"complete", "Complete"},
                 {"attempts", "Attempts"},
                 {"in_doubt", "In doubt"},
                 {"in_batch", "In a batch"},
                 {"state", "State", Align::left}},
                {}};
    bool incomplete = false;
    for (const harness::RunSummary& run : runs) {
      std::vector<std::string> models;
      for (const ModelCard& card : run.header.models) models.push_back(card.name);
      std::vector<std::string> tasks;
      for (const RunTask& task : run.header.tasks) tasks.push_back(task.name);
      const bool complete = run.complete == run.trials;
      const bool imported = run.header.evidence == Evidence::imported;
      incomplete = incomplete || (!complete && !imported);
      table.rows.push_back({TextCell{run.header.id}, reports::text_cell(run.header.label),
                            TextCell{joined(models)}, TextCell{joined(tasks)}, IntegerCell{run.trials},
                            IntegerCell{run.complete}, IntegerCell{run.attempts}, IntegerCell{run.in_doubt},
                            IntegerCell{run.in_batch},
                            TextCell{run.live           ? "running"
                                     : imported         ? "imported"
                                     : run.in_batch > 0 ? "in a batch"
                                     : complete         ? "complete"
                                                        : "incomplete"}});
    }
    document.tables.push_back(std::move(table));
    if (incomplete)
      document.notes.push_back(
          {NoteKind::next_step, "The command that began an incomplete run, typed again, completes it."});
    if (runs.empty()) document.notes.push_back({NoteKind::next_step, "costwar compare"});
    return document;
  }

  Document show_document(const harness::Store& store, const RunHeader& header) const {
    const RunColumns columns = store.read_columns(header.id);
    Document document;
    document.kind = "run";
    Table table{"trials",
                "",
                {{"trial", "Trial"},
                 {"model", "Model", Align::left},
                 {"task", "Task", Align::left},
                 {"prompt", "Prompt", Align::left},
                 {"expected", "Expected", Align::left},
                 {"answer", "Answer", Align::left},
                 {"attempts", "Attempts"},
                 {"outcome", "Outcome", Align::left},
                 {"solved", "Solved", Align::left},
                 {"detail", "Scored as", Align::left}},
                {}};
    std::size_t matching = 0;
    for (std::size_t i = 0; i < columns.trials.size(); ++i) {
      if (only_failed_ && (columns.trials.complete[i] == 0 || columns.trials.solved[i] != 0)) continue;
      if (++matching > limit_) continue;
      table.rows.push_back(trial_row(header, store.read_trial(header.id, static_cast<std::int64_t>(i))));
    }
    document.headline =
        fmt::format("Run {}: {} of {} trials shown.", header.id, table.rows.size(), columns.trials.size());
    document.tables.push_back(std::move(table));
    const auto batches = store.read_batches(header.id);
    if (!batches.empty()) document.tables.push_back(batches_table(header, batches));
    if (const auto ledger = store.ledger_of(header.id)) add_ledger(document, *ledger, header.id);
    document.notes.push_back(
        {NoteKind::next_step, fmt::format("costwar runs show {} --trial N{}   (its attempts, one by one)",
                                          header.id, store_.empty() ? "" : " --store " + store_)});
    if (matching > limit_)
      document.notes.push_back(
          {NoteKind::note, fmt::format("{} more match; --limit shows more.", matching - limit_)});
    return document;
  }

  static void add_ledger(Document& document, const harness::LedgerState& ledger, const std::string& run) {
    document.tables.push_back(ledger_table(ledger));
    if (ledger.breaches > 0)
      document.notes.push_back(
          {NoteKind::warning,
           fmt::format("{} attempt{} cost more than could be held for {} (a breach).", ledger.breaches,
                       ledger.breaches == 1 ? "" : "s", ledger.breaches == 1 ? "it" : "them")});
    if (ledger.in_doubt > 0)
      document.notes.push_back(
          {NoteKind::next_step, fmt::format("costwar runs settle {}   (what is held in doubt)", run)});
  }

  static Table batches_table(const RunHeader& header, const std::vector<harness::BatchRow>& batches) {
    Table table{"batches",
                "Batches",
                {{"batch", "Batch", Align::left},
                 {"tag", "Tag", Align::left},
                 {"model", "Model", Align::left},
                 {"state", "State", Align::left},
                 {"requests", "Requests"},
                 {"submitted", "Submitted", Align::left},
                 {"ended", "Ended", Align::left},
                 {"turnaround_s", "Turnaround, s"},
                 {"error", "Error", Align::left}},
                {}};
    for (const harness::BatchRow& batch : batches)
      table.rows.push_back(
          {reports::text_cell(batch.vendor_id), TextCell{batch.tag},
           TextCell{header.models.at(batch.model).name},
           TextCell{std::string(batch_state_row(batch.state).name)}, IntegerCell{batch.requests},
           TextCell{format_wall(batch.submitted)},
           batch.ended ? Cell{TextCell{format_wall(*batch.ended)}} : Cell{Unknown{}},
           batch.ended ? Cell{NumberCell{(*batch.ended - batch.submitted).seconds(), 1}} : Cell{Unknown{}},
           reports::text_cell(batch.error)});
    return table;
  }

  static Document one_trial_document(const harness::Store& store, const RunHeader& header,
                                     std::int64_t trial) {
    const harness::TrialRecord record = store.read_trial(header.id, trial);
    return reports::trial_document(header, record.trial, record.attempts, record.scores);
  }

  static std::vector<Cell> trial_row(const RunHeader& header, const harness::TrialRecord& record) {
    const AttemptRow* last = record.attempts.empty() ? nullptr : &record.attempts.back();
    const ScoreRow* score = nullptr;  // of its task's scorer: others are kept beside it
    const RunTask& task = header.tasks.at(record.trial.task);
    for (const ScoreRow& each : record.scores)
      if (each.scorer == task.scorer && (score == nullptr || each.version == task.scorer_version))
        score = &each;
    return {IntegerCell{record.trial.trial},
            TextCell{header.models.at(record.trial.model).name},
            TextCell{header.tasks.at(record.trial.task).name},
            reports::text_cell(record.trial.prompt),
            reports::text_cell(record.trial.expected),
            last ? reports::text_cell(last->attempt.text) : Cell{Unknown{}},
            IntegerCell{static_cast<std::int64_t>(record.attempts.size())},
            last ? Cell{TextCell{std::string(outcome_row(last->attempt.outcome).name)}} : Cell{Unknown{}},
            score ? Cell{TextCell{score->solved ? "yes" : "no"}} : Cell{Unknown{}},
            score ? reports::text_cell(score->detail) : Cell{Unknown{}}};
  }

  // Lines to where they are to go, in large pieces.
  class Lines {
   public:
    Lines(const OutputFlags& flags, const Environment& environment) : output_(flags, environment) {}
    void add(std::string_view line) {
      constexpr std::size_t kPiece = 256 * 1024;
      text_.append(line) += '\n';
      if (text_.size() < kPiece) return;
      output_.write(text_);
      text_.clear();
    }
    void end() { output_.write(text_); }

   private:
    LineOutput output_;
    std::string text_;
  };

  void export_load(const std::filesystem::path& path, const Environment& environment) const {
    std::optional<Lines> lines;  // no file is made for a run that is not there
    const bool found = export_load_run(path, run_, [&](std::string_view line) {
      if (!lines) lines.emplace(output_, environment);
      lines->add(line);
    });
    if (!found)
      throw Error(ErrorKind::usage, fmt::format("there is no run {}", run_),
                  "costwar runs and costwar load runs list them");
    lines->end();
  }

  void export_run(const harness::Store& store, const RunHeader& header,
                  const Environment& environment) const {
    if (recording_ && !store.has_recording(header.id))  // before a file is made
      throw Error(ErrorKind::input, fmt::format("run {} was not recorded", header.id),
                  "--record records what is measured");
    Lines lines(output_, environment);
    const auto add = [&](std::string_view line) { lines.add(line); };
    if (recording_) {
      store.read_recording(header.id, add);
    } else {
      add(to_json_line(header));
      RowCounts counts;
      store.read_rows(header.id, [&](const RunRow& row) {
        add(to_json_line(row));
        counts.add(row);
      });
      add(counts.line());
    }
    lines.end();
  }

  CLI::App* show_ = nullptr;
  CLI::App* export_ = nullptr;
  CLI::App* import_ = nullptr;
  CLI::App* delete_ = nullptr;
  CLI::App* settle_ = nullptr;
  CLI::App* ledgers_ = nullptr;
  SettleFlags settle_flags_;
  std::string file_;
  std::string store_;
  std::string run_;
  bool only_failed_ = false;
  bool recording_ = false;
  std::optional<std::int64_t> trial_;
  std::size_t limit_ = 50;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_runs() {
  return std::make_unique<Runs>();
}

}  // namespace costwar::cli
