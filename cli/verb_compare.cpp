// costwar compare: the main job. Runs what is missing, prices it, analyses it, prints the comparison.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "analysis/comparison.h"
#include "cli/costing.h"
#include "cli/exit_code.h"
#include "cli/measure.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/suite.h"
#include "cli/verb.h"
#include "core/error.h"
#include "harness/scoring/judge.h"
#include "reports/views/comparison_view.h"

namespace costwar::cli {
namespace {

class Compare final : public Verb {
 public:
  void declare(CLI::App& app) override {
    declare_measure_flags(app, measure_);
    app.add_option("--run", run_, "Report on this run (its id, or the beginning) and measure nothing");
    declare_costing_flags(app, costing_);
    app.add_flag("--strict", strict_, "Exit with 7 when anything is incomplete or unpriced");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    const Wall now = SystemClock().wall();
    check_output_flags(output_);
    const pricing::PriceBook book = load_price_book(costing_.books, environment);
    check_costing_flags(costing_, book, now);
    if (!run_.empty() && !(measure_.models.empty() && measure_.tasks.empty() && !measure_.fresh &&
                           !any_request_flag(measure_.request) && !measure_.record && !measure_.budget.any()))
      throw Error(
          ErrorKind::usage, "--run reports on a run that exists, with its own models, tasks and settings",
          "leave out the models, --tasks, --fresh, --record, --budget and how models are asked, or --run");
    Measured measured;
    if (run_.empty()) measured = measure(measure_, book, environment);
    const RunColumns columns = read_run(environment, run_.empty() ? measured.run : run_);
    Costing costing = cost_run(columns, costing_, book, now);
    analysis::ComparisonOptions options;
    options.suite = suite_name(columns.header.tasks);
    const analysis::Comparison comparison = analysis::compare_models(
        columns, std::move(costing.costs), costing.pricing, options, std::move(costing.cold));
    Document document = reports::comparison_document(comparison);
    add_batch_notes(document, environment, columns.header);
    add_notes(document, measured, columns);
    emit(document, output_, environment);
    return strict_ && !is_complete(comparison) ? kIncomplete : kOk;
  }

 private:
  // A part of the suite is not called the suite.
  static std::string suite_name(const std::vector<RunTask>& tasks) {
    if (tasks.size() == 1) return tasks.front().name;
    const std::vector<RunTask> suite = builtin_suite().tasks();
    const std::size_t all = suite.size();
    if (!std::all_of(tasks.begin(), tasks.end(), [&](const RunTask& task) {
          return std::any_of(suite.begin(), suite.end(),
                             [&](const RunTask& known) { return known.name == task.name; });
        }))
      return fmt::format("{} tasks", tasks.size());
    return tasks.size() == all ? "the built-in suite"
                               : fmt::format("{} of the {} built-in tasks", tasks.size(), all);
  }

  RunColumns read_run(const Environment& environment, const std::string& run) const {
    const auto path = store_path(environment, measure_.store);
    if (!std::filesystem::exists(path))
      throw Error(ErrorKind::usage, fmt::format("there is no run {}: {} does not exist", run, path.string()),
                  "costwar compare makes one");
    const auto store = harness::Store::open_existing(path);
    const auto header = store->find_run(run);
    if (!header)
      throw Error(ErrorKind::usage, fmt::format("there is no run {}", run), "costwar runs lists them");
    return store->read_columns(header->id);
  }

  // A batch has no latency; what it has is a turnaround.
  void add_batch_notes(Document& document, const Environment& environment, const RunHeader& header) const {
    const auto store = harness::Store::open_existing(store_path(environment, measure_.store));
    struct Sum {
      std::int64_t batches = 0;
      std::int64_t requests = 0;
      std::optional<Nanos> longest;
    };
    std::map<std::uint32_t, Sum> sums;
    for (const harness::BatchRow& batch : store->read_batches(header.id)) {
      Sum& sum = sums[batch.model];
      ++sum.batches;
      sum.requests += batch.requests;
      if (batch.ended) sum.longest = std::max(sum.longest.value_or(Nanos{}), *batch.ended - batch.submitted);
    }
    for (const auto& [model, sum] : sums)
      document.notes.push_back(
          {NoteKind::note,
           fmt::format("{} was asked in {} of {} requests{}: latency has no meaning there.",
                       header.models.at(model).name,
                       sum.batches == 1 ? "one batch" : fmt::format("{} batches", sum.batches), sum.requests,
                       sum.longest ? fmt::format(", turnaround {:.0f} s{}", sum.longest->seconds(),
                                                 sum.batches == 1 ? "" : " at most")
                                   : "")});
  }

  void add_notes(Document& document, const Measured& measured, const RunColumns& columns) const {
    const std::string store = measure_.store.empty() ? "" : fmt::format(" --store {}", measure_.store);
    if (measured.trials > 0 && measured.measured_now < measured.trials)
      document.notes.push_back(
          {NoteKind::note,
           measured.measured_now == 0
               ? fmt::format(
                     "Nothing was measured now: the store holds this plan since {}. --fresh measures again.",
                     format_wall(columns.header.created).substr(0, 19))
               : fmt::format("{} of {} trials were measured now, the others by an earlier, unfinished call.",
                             measured.measured_now, measured.trials)});
    add_family_warnings(document, columns.header);
    for (const ModelCard& card : columns.header.models)
      if (card.replay_of)
        document.notes.push_back(
            {NoteKind::note,
             fmt::format(
                 "{} is a replay of run {}, recorded on {}: answers, times and token counts are of then.",
                 card.name, card.replay_of->run, format_wall(card.replay_of->recorded).substr(0, 10))});
    document.notes.push_back(
        {NoteKind::next_step, fmt::format("costwar runs show {} --failed{}   (the answers that were wrong)",
                                          columns.header.id, store)});
    document.notes.push_back(
        {NoteKind::next_step,
         fmt::format("costwar compare --run {} --format json{}   (for a spreadsheet or a script)",
                     columns.header.id, store)});
  }

  // Judges favour their own kind.
  static void add_family_warnings(Document& document, const RunHeader& header) {
    const bool judged = std::any_of(header.tasks.begin(), header.tasks.end(), [](const RunTask& task) {
      const harness::ScorerRow* const scorer = harness::find_scorer(task.scorer);
      return scorer != nullptr && scorer->kind == harness::ScorerKind::judge;
    });
    if (!judged || !header.judge) return;
    for (const ModelCard& card : header.models)
      if (harness::same_family(*header.judge, card))
        document.notes.push_back(
            {NoteKind::warning,
             fmt::format("The judge {} is of the family of {}, as far as their names tell: judges favour "
                         "their own kind. Have another one judge, or check it against labels (costwar scores "
                         "agreement).",
                         header.judge->name, card.name)});
  }

  static bool is_complete(const analysis::Comparison& comparison) {
    const bool not_needed = comparison.early_stop && comparison.early_stop->decided();
    return std::all_of(comparison.models.begin(), comparison.models.end(),
                       [&](const analysis::ModelFinding& model) {
                         return (model.missing() == 0 || not_needed) && model.cost.unpriced == 0;
                       });
  }

  MeasureFlags measure_;
  CostingFlags costing_;
  OutputFlags output_;
  std::string run_;
  bool strict_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_compare() {
  return std::make_unique<Compare>();
}

}  // namespace costwar::cli
