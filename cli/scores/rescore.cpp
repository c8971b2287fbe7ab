// costwar scores rescore: the replies that a run has in the store, scored again without asking a model.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "cli/code_sandbox.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/scores/commands.h"
#include "cli/scores/stored_run.h"
#include "core/error.h"
#include "harness/stored_replies.h"
#include "harness/trial_end.h"
#include "reports/views/table_builder.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

// Before: by the run's own scorer; after: by the one that scores now.
struct RescoreTally {
  std::int64_t trials = 0;
  std::int64_t before = 0;  // solved
  std::int64_t after = 0;
  std::int64_t gained = 0;
  std::int64_t lost = 0;
  std::int64_t values = 0;  // values that differ
  double sum_before = 0;
  double sum_after = 0;
};

// Scores one reply after another; those that are programs in a sandbox, each awaited.
class ScoreNow {
 public:
  ScoreNow(EventLoop& loop, const Environment& environment, bool unsafe_code)
      : loop_(loop), environment_(environment), unsafe_code_(unsafe_code) {}

  harness::ScoreResult score(const harness::ScorerRow& row, const harness::Reply& reply,
                             const harness::Item& item) {
    if (row.kind == harness::ScorerKind::text) return row.score(reply, item);
    std::optional<harness::ScoreResult> result;
    code_->scoring()(row, reply, item, [&](harness::ScoreResult scored) { result = std::move(scored); });
    loop_.run([&] { return result.has_value(); });
    return *std::move(result);
  }

  // Before anything is scored. Error{input} where there is no sandbox.
  void need_sandbox() {
    if (!code_) code_ = std::make_unique<CodeSandbox>(loop_, environment_, unsafe_code_);
  }

 private:
  EventLoop& loop_;
  const Environment& environment_;
  bool unsafe_code_;
  std::unique_ptr<CodeSandbox> code_;
};

class ScoresRescore final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("RUN", run_, "Id of the run, or its beginning")->required();
    app.add_option("--scorer", scorer_,
                   "By this scorer instead of each task's own; the comparison stays with the task's own")
        ->type_name("NAME");
    app.add_option("--tasks", tasks_, "Only these tasks of the run, comma-separated")->delimiter(',');
    app.add_option("--limit", limit_, "Show at most so many trials that changed")->capture_default_str();
    app.add_flag("--unsafe-code", unsafe_code_,
                 "Run what models wrote with your own rights where there is no sandbox");
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)")
        ->type_name("FILE");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    if (!scorer_.empty()) (void)usable(require_scorer(scorer_));
    const auto path = require_store(environment, store_, run_);
    const auto loop = make_event_loop();
    const auto store = harness::Store::open(path, *loop);
    header_ = require_run(*store, run_);
    const RunColumns columns = store->read_columns(header_.id);
    choose_scorers();
    harness::PlanInput input = input_of_run(columns, environment);
    std::vector<harness::PlannedTrial> trials = trials_of_run(columns, item_ids(*store, header_.id), input);
    const harness::Plan plan(std::move(input), std::move(trials));
    ScoreNow now(*loop, environment, unsafe_code_);
    check_items(plan, now);
    store->resume_run(header_.id);
    const auto sink = store->sink(header_.id);
    tallies_.resize(header_.models.size() * header_.tasks.size());
    for (std::size_t trial = 0; trial < columns.trials.size(); ++trial) {
      if (chosen_[columns.trials.task[trial]] == nullptr) continue;
      if (columns.trials.complete[trial] == 0) {
        ++undecided_;
        continue;
      }
      rescore(*store, *sink, plan, static_cast<std::int64_t>(trial), now);
    }
    store->flush();
    emit(document(), output_, environment);
    return kOk;
  }

 private:
  static const harness::ScorerRow& usable(const harness::ScorerRow& row) {
    if (row.kind == harness::ScorerKind::judge)
      throw Error(ErrorKind::usage, fmt::format("{} asks a model, and rescore asks none", row.name),
                  row.name == harness::kPairwiseScorer
                      ? "costwar scores judge RUN compares two models of a run"
                      : "leave the task out with --tasks, or name another --scorer");
    return row;
  }

  // Of each task of the run; null: it is left out.
  void choose_scorers() {
    std::set<std::string> wanted(tasks_.begin(), tasks_.end());
    for (const RunTask& task : header_.tasks) {
      const bool in = tasks_.empty() || wanted.erase(task.name) > 0;
      chosen_.push_back(!in ? nullptr : &usable(require_scorer(scorer_.empty() ? task.scorer : scorer_)));
    }
    if (!wanted.empty())
      throw Error(ErrorKind::usage, fmt::format("run {} has no task {}", header_.id, *wanted.begin()),
                  "costwar runs show lists its trials");
  }

  // Items that the scorer cannot use are found before anything is written.
  void check_items(const harness::Plan& plan, ScoreNow& now) const {
    const auto& tasks = plan.input().tasks;
    for (std::size_t task = 0; task < tasks.size(); ++task) {
      if (chosen_[task] == nullptr) continue;
      if (chosen_[task]->kind == harness::ScorerKind::code) now.need_sandbox();
      for (const harness::Item& item : tasks[task].items) harness::check_item(*chosen_[task], item);
    }
  }

  ScoreRow score_now(const harness::Plan& plan, const harness::TrialRecord& record, std::int64_t trial,
                     ScoreNow& now) const {
    const harness::ScorerRow& scorer = *chosen_[record.trial.task];
    const auto dialogue = plan.dialogue(trial);
    const harness::StoredReply stored = harness::stored_reply(*dialogue, record.attempts);
    if (!stored.reply || (stored.last != Outcome::ok && !harness::scores_refusal(scorer, stored.last)))
      return harness::score_without_answer(trial, scorer, stored.last);
    return harness::score_row(trial, scorer, now.score(scorer, *stored.reply, plan.item(trial)));
  }

  void rescore(const harness::Store& store, harness::RunSink& sink, const harness::Plan& plan,
               std::int64_t trial, ScoreNow& now) {
    const harness::TrialRecord record = store.read_trial(header_.id, trial);
    const ScoreRow after = score_now(plan, record, trial, now);
    const RunTask& task = header_.tasks[record.trial.task];
    const ScoreRow* before = nullptr;
    bool kept = false;
    for (const ScoreRow& score : record.scores) {
      const bool same = score.scorer == after.scorer && score.version == after.version;
      kept = kept || same;
      if (score.scorer == task.scorer && (before == nullptr || score.version == task.scorer_version))
        before = &score;
    }
    if (!kept) {
      sink.scored(after, [] {});
      ++written_;
    }
    if (before != nullptr) count(record, *before, after);
  }

  void count(const harness::TrialRecord& record, const ScoreRow& before, const ScoreRow& after) {
    RescoreTally& tally = tallies_[record.trial.model * header_.tasks.size() + record.trial.task];
    ++tally.trials;
    tally.before += before.solved ? 1 : 0;
    tally.after += after.solved ? 1 : 0;
    tally.gained += after.solved && !before.solved ? 1 : 0;
    tally.lost += before.solved && !after.solved ? 1 : 0;
    tally.sum_before += before.value;
    tally.sum_after += after.value;
    if (before.value == after.value && before.solved == after.solved) return;
    ++tally.values;
    ++changed_;
    if (changes_.rows() >= limit_) return;
    changes_.row({IntegerCell{record.trial.trial}, TextCell{header_.models[record.trial.model].name},
                  TextCell{header_.tasks[record.trial.task].name}, NumberCell{before.value, 2},
                  NumberCell{after.value, 2}, reports::text_cell(before.detail),
                  reports::text_cell(after.detail)});
  }

  Document document() {
    Document document;
    document.kind = "rescore";
    std::int64_t trials = 0;
    reports::TableBuilder table("scores", "");
    table.text("model", "Model")
        .text("task", "Task")
        .text("own", "Scored by")
        .text("scorer", "Scored again by");
    table.number("trials", "Trials").number("solved_before", "Solved before").number("solved_after", "After");
    table.number("gained", "Gained").number("lost", "Lost").number("changed", "Changed");
    table.number("mean_before", "Mean before").number("mean_after", "Mean after");
    for (std::size_t place = 0; place < tallies_.size(); ++place) {
      const RescoreTally& tally = tallies_[place];
      if (tally.trials == 0) continue;
      trials += tally.trials;
      const RunTask& task = header_.tasks[place % header_.tasks.size()];
      const harness::ScorerRow& scorer = *chosen_[place % header_.tasks.size()];
      const auto n = static_cast<double>(tally.trials);
      table.row({TextCell{header_.models[place / header_.tasks.size()].name}, TextCell{task.name},
                 TextCell{fmt::format("{} v{}", task.scorer, task.scorer_version)},
                 TextCell{fmt::format("{} v{}", scorer.name, scorer.version)}, IntegerCell{tally.trials},
                 IntegerCell{tally.before}, IntegerCell{tally.after}, IntegerCell{tally.gained},
                 IntegerCell{tally.lost}, IntegerCell{tally.values}, NumberCell{tally.sum_before / n, 3},
                 NumberCell{tally.sum_after / n, 3}});
    }
    document.headline = fmt::format("{} replies of run {} were scored again; {} scores differ.", trials,
                                    header_.id, changed_ == 0 ? "no" : std::to_string(changed_));
    document.facts = {{"run", TextCell{header_.id}},
                      {"trials", IntegerCell{trials}},
                      {"changed", IntegerCell{changed_}},
                      {"written", IntegerCell{written_}},
                      {"undecided", IntegerCell{undecided_}}};
    document.tables.push_back(table.build());
    const auto shown = static_cast<std::int64_t>(changes_.rows());
    document.tables.push_back(changes_.build());
    if (changed_ > shown)
      document.notes.push_back(
          {NoteKind::note, fmt::format("{} more differ; --limit shows more.", changed_ - shown)});
    if (undecided_ > 0)
      document.notes.push_back(
          {NoteKind::note,
           fmt::format("{} trials have no score yet and were left as they are.", undecided_)});
    document.notes.push_back(
        {NoteKind::note,
         written_ > 0 ? "The new scores are kept beside the old ones; the run's own decide its comparison."
                      : "The store has scores of this scorer and version already; nothing was written."});
    return document;
  }

  static reports::TableBuilder changes_table() {
    reports::TableBuilder table("changes", "Scores that differ");
    table.number("trial", "Trial").text("model", "Model").text("task", "Task").number("before", "Before");
    table.number("after", "After").text("detail_before", "Scored as, before").text("detail_after", "After");
    return table;
  }

  std::string run_;
  std::string scorer_;
  std::vector<std::string> tasks_;
  std::size_t limit_ = 20;
  bool unsafe_code_ = false;
  std::string store_;
  OutputFlags output_;
  RunHeader header_;
  std::vector<const harness::ScorerRow*> chosen_;  // by task
  std::vector<RescoreTally> tallies_;              // by model, then task
  std::int64_t changed_ = 0;
  std::int64_t written_ = 0;
  std::int64_t undecided_ = 0;
  reports::TableBuilder changes_ = changes_table();
};

}  // namespace

std::unique_ptr<Verb> make_scores_rescore() {
  return std::make_unique<ScoresRescore>();
}

}  // namespace costwar::cli
