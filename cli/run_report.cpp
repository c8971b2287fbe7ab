#include "cli/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "analysis/comparison.h"
#include "cli/model_prices.h"
#include "cli/run_items.h"
#include "cli/suite.h"
#include "harness/scoring/judge.h"
#include "reports/views/comparison_view.h"
#include "reports/views/cost_view.h"
#include "reports/views/server_view.h"

namespace costwar::cli {
namespace {

// A part of the suite is not called the suite.
std::string suite_name(const std::vector<RunTask>& tasks) {
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

// A batch has no latency; what it has is a turnaround.
void add_batch_notes(Document& document, const OpenRun& run) {
  const RunHeader& header = run.choice.header;
  struct Sum {
    std::int64_t batches = 0;
    std::int64_t requests = 0;
    std::optional<Nanos> longest;
  };
  std::map<std::uint32_t, Sum> sums;
  for (const harness::BatchRow& batch : run.store->read_batches(header.id)) {
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

// Judges favour their own kind.
void add_family_warnings(Document& document, const RunHeader& header) {
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

void add_replay_notes(Document& document, const RunHeader& header) {
  for (const ModelCard& card : header.models)
    if (card.replay_of)
      document.notes.push_back(
          {NoteKind::note,
           fmt::format(
               "{} is a replay of run {}, recorded on {}: answers, times and token counts are of then.",
               card.name, card.replay_of->run, format_wall(card.replay_of->recorded).substr(0, 10))});
}

// Of several runs, the first one's table has the place; each keeps its own.
void add_servers(Document& document, const RunHeader& header) {
  auto table = reports::server_table(header.machine);
  if (!table) return;
  const auto same = [](const Table& other) { return other.key == "servers"; };
  const auto there = std::find_if(document.tables.begin(), document.tables.end(), same);
  if (there == document.tables.end())
    document.tables.push_back(*std::move(table));
  else
    for (auto& row : table->rows) there->rows.push_back(std::move(row));
  for (Note& note : reports::server_notes(header.machine)) document.notes.push_back(std::move(note));
}

void add_next_steps(Document& document, const OpenRuns& runs, const std::string& store_flag) {
  const std::string store = store_flag.empty() ? "" : fmt::format(" --store {}", store_flag);
  std::string texts;
  for (const OpenRun& run : runs.runs()) texts += " " + run.text;
  const std::string& first = runs.runs().front().choice.header.id;
  document.notes.push_back(
      {NoteKind::next_step,
       fmt::format("costwar runs show {} --failed{}   (the answers that were wrong)", first, store)});
  document.notes.push_back(
      {NoteKind::next_step,
       fmt::format("costwar report{} -o report.html -o report.xlsx{}   (to look into, to calculate with)",
                   runs.runs().size() == 1 ? " " + first : texts, store)});
}

bool is_complete(const analysis::Comparison& comparison) {
  const bool not_needed = comparison.early_stop && comparison.early_stop->decided();
  return std::all_of(comparison.models.begin(), comparison.models.end(),
                     [&](const analysis::ModelFinding& model) {
                       return (model.missing() == 0 || not_needed) && model.cost.unpriced == 0;
                     });
}

}  // namespace

RunReport report_on(OpenRuns& runs, const ReportSettings& settings, bool items) {
  RunReport report;
  const RunColumns columns = runs.read_columns();
  analysis::CostLines lines;
  Costing costing = cost_run(columns, *settings.costing, *settings.book, settings.known_at,
                             settings.cost_lines ? &lines : nullptr);
  analysis::CostColumns costs;
  if (items) costs = costing.costs;
  analysis::ComparisonOptions options;
  options.suite = suite_name(columns.header.tasks);
  options.energy = settings.energy;
  options.bootstrap = settings.bootstrap;
  const analysis::Comparison comparison = analysis::compare_models(
      columns, std::move(costing.costs), costing.pricing, options, std::move(costing.cold));
  report.document = reports::comparison_document(
      comparison, model_prices(columns.header, *settings.book, settings.known_at));
  report.complete = is_complete(comparison);
  std::vector<std::string> models;
  for (const ModelCard& card : columns.header.models) models.push_back(card.name);
  for (Table& table : reports::cost_tables(lines, models)) report.document.tables.push_back(std::move(table));
  for (const OpenRun& run : runs.runs()) {
    add_batch_notes(report.document, run);
    add_family_warnings(report.document, run.choice.header);
    add_servers(report.document, run.choice.header);
  }
  if (const auto stopped = runs.stopped_when_decided(); runs.runs().size() > 1 && !stopped.empty())
    report.document.notes.insert(report.document.notes.begin(), stopped_note(stopped));
  add_replay_notes(report.document, columns.header);
  add_next_steps(report.document, runs, settings.store);
  if (items) {
    std::vector<std::string> labels;
    for (const analysis::ModelFinding& model : comparison.models) labels.push_back(model.label);
    report.items = run_items(runs, columns, costs, std::move(labels));
  }
  return report;
}

void add_measured_note(Document& document, const Measured& measured, const RunHeader& header) {
  if (measured.trials == 0 || measured.measured_now >= measured.trials) return;
  document.notes.push_back(
      {NoteKind::note,
       measured.measured_now == 0
           ? fmt::format(
                 "Nothing was measured now: the store holds this plan since {}. --fresh measures again.",
                 format_wall(header.created).substr(0, 19))
           : fmt::format("{} of {} trials were measured now, the others by an earlier, unfinished call.",
                         measured.measured_now, measured.trials)});
}

}  // namespace costwar::cli
