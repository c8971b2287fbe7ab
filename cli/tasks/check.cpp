// costwar tasks check: a task's scorer over its reference answers, or over answers of the user's, without any
// model. Reads every record of the task's files, so it also says whether they can be read.
#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/output.h"
#include "cli/suite.h"
#include "cli/task_library.h"
#include "cli/tasks/commands.h"
#include "cli/tasks/scoring.h"
#include "core/error.h"
#include "core/text.h"
#include "harness/procedural/registry.h"
#include "harness/tasks/given_answers.h"
#include "reports/views/table_builder.h"
#include "system/byte_file.h"

namespace costwar::cli {
namespace {

struct AnswerTally {
  std::int64_t items = 0;
  std::int64_t scored = 0;
  std::int64_t passed = 0;
  std::int64_t missing = 0;   // without an answer
  std::int64_t disagree = 0;  // the two ways of reading an answer
};

class TasksCheck final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("TASK", task_, "Name of the task, or NAME/SUBSET")->required();
    app.add_option("--answers", answers_, "reference, or a file of JSON Lines {item|id|index, answer}")
        ->type_name("reference|FILE")
        ->capture_default_str();
    app.add_option("--n", items_,
                   "At most so many items of each set (default: all; 200 of a task that makes them)")
        ->check(CLI::Range(1, 1'000'000'000));
    app.add_option("--seed", seed_, "Seed of items that are made, and of permuted choices")
        ->check(kWholeNumber)
        ->capture_default_str();
    app.add_flag("--unsafe-code", unsafe_code_,
                 "Run answers that are programs with your own rights where there is no sandbox");
    app.add_option("--limit", limit_, "Show at most so many failures")->capture_default_str();
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    if (answers_ != "reference") given_ = harness::GivenAnswers::read(open_bytes(answers_), answers_);
    const harness::BuiltinSuite suite = builtin_suite();
    const bool generated = harness::find_procedural(task_) != nullptr ||
                           std::any_of(suite.tasks().begin(), suite.tasks().end(),
                                       [&](const RunTask& task) { return task.name == task_; });
    if (generated)
      check_generated(environment);
    else
      check_manifest(environment);
    emit(document(), output_, environment);
    if (all_.passed == all_.scored) return kOk;
    fmt::print(environment.err, "costwar: {} of {} answers do not pass\n", all_.scored - all_.passed,
               all_.scored);
    return kGateFailed;
  }

 private:
  void check_generated(const Environment& environment) {
    constexpr std::size_t kMade = 200;
    const harness::TaskItems task =
        resolve_tasks({task_}, seed_, items_ == 0 ? kMade : items_, environment).front();
    const ScoringWay way = way_of(task.task.scorer, environment);
    AnswerTally tally;
    for (const harness::Item& item : task.items) {
      harness::LoadedItem loaded;
      loaded.item = item;
      loaded.number = tally.items;
      if (!item.expected.empty()) loaded.reference = harness::Reply{item.expected, {}, {item.expected}};
      score(task.task.name, way, loaded, tally);
    }
    add(task.task.name, tally, way);
  }

  void check_manifest(const Environment& environment) {
    const TaskLibrary library(environment);
    const LibraryTask& task = library.require(task_);
    for (const harness::TaskPart* part : TaskLibrary::parts(task, task_)) {
      const harness::OpenTaskFile open = library.opener(task.manifest);
      (void)open(part->file);  // a missing file comes before a missing scorer
      harness::TaskReader reader(task.manifest, *part, open);
      const ScoringWay way = way_of(harness::run_task(*part).scorer, environment);
      AnswerTally tally;
      reader.each(seed_, [&](harness::LoadedItem&& loaded) {
        score(part->name, way, loaded, tally);
        return items_ == 0 || tally.items < static_cast<std::int64_t>(items_);
      });
      if (items_ == 0 && part->items && *part->items != tally.items)
        throw Error(ErrorKind::input, fmt::format("{}: it has {} records, and its manifest says {}",
                                                  part->file, tally.items, *part->items));
      add(part->name, tally, way);
    }
  }

  ScoringWay way_of(const std::string& scorer, const Environment& environment) const {
    return scoring_way(*harness::find_scorer(scorer), environment, unsafe_code_);
  }

  void score(const std::string& task, const ScoringWay& way, const harness::LoadedItem& loaded,
             AnswerTally& tally) {
    ++tally.items;
    const harness::Reply* reply = nullptr;
    if (given_) {
      reply = given_->find(task, loaded);
    } else if (loaded.reference) {
      reply = &*loaded.reference;
    }
    if (reply == nullptr || !way.score) {
      ++tally.missing;
      return;
    }
    const auto result = way.score(*reply, loaded.item);
    if (!result) {
      ++tally.missing;
      return;
    }
    ++tally.scored;
    if (result->second_value && *result->second_value != result->value) ++tally.disagree;
    if (result->solved) {
      ++tally.passed;
    } else if (failures_.rows() < limit_) {
      failures_.row({TextCell{task}, TextCell{loaded.place.empty() ? loaded.item.id : loaded.place},
                     reports::text_cell(loaded.key), reports::text_cell(result->detail),
                     TextCell{loaded.item.id}});
    }
  }

  void add(const std::string& task, const AnswerTally& tally, const ScoringWay& way) {
    all_.items += tally.items;
    all_.scored += tally.scored;
    all_.passed += tally.passed;
    all_.missing += tally.missing;
    if (!way.why.empty()) why_ = way.why;
    if (!way.sandbox.empty()) sandbox_ = way.sandbox;
    parts_.row({TextCell{task}, IntegerCell{tally.items}, IntegerCell{tally.scored},
                IntegerCell{tally.passed}, IntegerCell{tally.scored - tally.passed},
                IntegerCell{tally.missing}, IntegerCell{tally.disagree}});
  }

  Document document() {
    Document document;
    document.kind = "task_check";
    document.headline =
        all_.scored > 0
            ? fmt::format("{} of {} {} of {} pass.", with_commas(all_.passed), with_commas(all_.scored),
                          given_ ? "given answers" : "reference answers", task_)
            : fmt::format("{} items of {} were read; none was scored.", with_commas(all_.items), task_);
    document.facts = {{"task", TextCell{task_}},
                      {"items", IntegerCell{all_.items}},
                      {"scored", IntegerCell{all_.scored}},
                      {"passed", IntegerCell{all_.passed}}};
    document.tables.push_back(parts_.build());
    const std::size_t shown = failures_.rows();
    document.tables.push_back(failures_.build());
    const auto failed = static_cast<std::size_t>(all_.scored - all_.passed);
    if (failed > shown)
      document.notes.push_back(
          {NoteKind::note, fmt::format("{} more fail; --limit shows more.", failed - shown)});
    if (!sandbox_.empty()) document.notes.push_back({NoteKind::note, "Of the code here: " + sandbox_ + "."});
    if (!why_.empty()) {
      document.notes.push_back({NoteKind::note, why_ + "."});
    } else if (all_.missing > 0) {
      document.notes.push_back({NoteKind::note, fmt::format("{} items have no {} answer.", all_.missing,
                                                            given_ ? "given" : "reference")});
    }
    return document;
  }

  static reports::TableBuilder parts_table() {
    reports::TableBuilder table("tasks", "");
    table.text("task", "Task").number("items", "Items").number("scored", "Scored").number("passed", "Passed");
    table.number("failed", "Failed")
        .number("without", "Without answer")
        .number("disagree", "Readings disagree");
    return table;
  }
  static reports::TableBuilder failures_table() {
    reports::TableBuilder table("failures", "Answers that do not pass");
    table.text("task", "Task")
        .text("place", "Record")
        .text("id", "Its id")
        .text("detail", "Scored as")
        .data("item");
    return table;
  }

  std::string task_;
  std::string answers_ = "reference";
  std::size_t items_ = 0;
  std::uint64_t seed_ = 1;
  std::size_t limit_ = 20;
  bool unsafe_code_ = false;
  OutputFlags output_;
  std::optional<harness::GivenAnswers> given_;
  AnswerTally all_;
  std::string why_;
  std::string sandbox_;
  reports::TableBuilder parts_ = parts_table();
  reports::TableBuilder failures_ = failures_table();
};

}  // namespace

std::unique_ptr<Verb> make_tasks_check() {
  return std::make_unique<TasksCheck>();
}

}  // namespace costwar::cli
