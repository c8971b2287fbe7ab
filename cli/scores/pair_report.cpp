#include "cli/scores/pair_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/pairwise.h"
#include "reports/views/table_builder.h"
#include "stats/clustered.h"
#include "stats/paired.h"

namespace costwar::cli {
namespace {

double share(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

Cell share_cell(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return Unknown{};
  return NumberCell{share(part, whole), 1, NumberStyle::share};
}

Table verdict_table(const PairReport& report) {
  const PairedPreferences& found = report.preferences;
  reports::TableBuilder table("pairs", "");
  table.text("first", "First").text("second", "Second").number("pairs", "Pairs").number("wins", "Wins");
  table.number("ties", "Ties").number("losses", "Losses").number("preferred", "Wins + ties/2");
  table.number("difference", "Wins − losses").number("p", "p").number("contradictions", "Orders contradict");
  table.number("contradiction_share", "of all");
  Cell difference = Unknown{};
  if (found.interval)
    difference =
        IntervalCell{found.difference, found.interval->low, found.interval->high, 1, NumberStyle::points};
  table.row({TextCell{report.first}, TextCell{report.second}, IntegerCell{found.pairs()},
             IntegerCell{found.wins}, IntegerCell{found.ties}, IntegerCell{found.losses},
             share_cell(2 * found.wins + found.ties, 2 * found.pairs()), difference,
             reports::number_cell(found.p, 4), IntegerCell{found.contradictions},
             share_cell(found.contradictions, found.pairs())});
  return table.build();
}

Table spend_table(const PairReport& report) {
  reports::TableBuilder table("judge", "The judge, as measurement: never a model's cost");
  table.text("judge", "Judge").number("calls", "Answers").number("attempts", "Attempts");
  table.number("unpriced", "Unpriced").number("cost", "Cost");
  table.row({TextCell{report.judge}, IntegerCell{report.spend.calls}, IntegerCell{report.spend.attempts},
             IntegerCell{report.spend.unpriced}, reports::money_cell(report.spend.amount)});
  return table.build();
}

std::string headline(const PairReport& report) {
  const PairedPreferences& found = report.preferences;
  if (found.pairs() == 0) return fmt::format("No pair of replies of run {} was judged.", report.run);
  const bool resolved = found.interval && (found.interval->low > 0 || found.interval->high < 0);
  const bool first = found.difference > 0;
  return fmt::format("{} prefers {} in {} of {} pairs, {} in {}, neither in {}: {}.", report.judge,
                     report.first, found.wins, found.pairs(), report.second, found.losses, found.ties,
                     resolved ? fmt::format("{} is preferred", first ? report.first : report.second)
                              : "which is better is not resolved");
}

void add_notes(std::vector<Note>& notes, const PairReport& report) {
  const auto say = [&](NoteKind kind, std::string text) { notes.push_back({kind, std::move(text)}); };
  for (const std::string& model : report.same_family)
    say(NoteKind::warning,
        fmt::format(
            "The judge {} is of the family of {}, as far as their names tell: judges favour their own "
            "kind.",
            report.judge, model));
  const PairedPreferences& found = report.preferences;
  if (found.contradictions > 0)
    say(found.contradictions * 5 > found.pairs() ? NoteKind::warning : NoteKind::note,
        fmt::format(
            "In {} of {} pairs the judge's two orders contradict each other; these count as ties. Their "
            "share says how far it goes by place.",
            found.contradictions, found.pairs()));
  if (found.clusters > 0 && found.clusters < found.pairs())
    say(NoteKind::note, fmt::format("The interval is over {} clusters of related pairs.", found.clusters));
  const LeftOut& left = report.left_out;
  if (left.first_unanswered + left.second_unanswered > 0)
    say(NoteKind::note,
        fmt::format("Left out, because there is no answer to judge: {} of {}, {} of {}.",
                    left.first_unanswered, report.first, left.second_unanswered, report.second));
  if (left.incomplete > 0)
    say(NoteKind::note, fmt::format("Left out, because the run has no result yet: {}.", left.incomplete));
  if (left.undecided > 0)
    say(NoteKind::warning,
        fmt::format("{} pairs have no verdict; the same command asks again for them.", left.undecided));
  if (report.judged_now == 0 && found.pairs() > 0)
    say(NoteKind::note, "Nothing was asked now: the store has these verdicts.");
}

}  // namespace

PairedPreferences find_preferences(const RunColumns& run, const std::vector<double>& value,
                                   const std::vector<bool>& contradicts) {
  PairedPreferences found;
  std::vector<double> differences;
  std::vector<std::int64_t> clusters;
  for (std::size_t trial = 0; trial < value.size(); ++trial) {
    if (std::isnan(value[trial])) continue;
    const double difference = 2 * value[trial] - 1;
    differences.push_back(difference);
    clusters.push_back(run.trials.cluster[trial]);
    ++(difference > 0 ? found.wins : difference < 0 ? found.losses : found.ties);
    if (contradicts[trial]) ++found.contradictions;
  }
  if (differences.empty()) return found;
  found.difference = share(found.wins - found.losses, found.pairs());
  const auto totals = stats::cluster_totals(differences, clusters);
  found.clusters = static_cast<std::int64_t>(totals.size());
  if (found.clusters < 2) return found;
  if (found.clusters == found.pairs()) {
    // A tie says as much as an item that both solved or neither did: the interval needs their sum alone.
    found.interval = stats::tango_interval({0, found.wins, found.losses, found.ties});
    found.p = stats::mcnemar_exact_p(found.wins, found.losses);
  } else if (const auto mean = stats::clustered_mean(totals)) {
    found.interval = stats::clustered_difference_interval(*mean);
    found.p = stats::clustered_difference_p(*mean);
  }
  return found;
}

JudgeSpend find_judge_spend(const RunColumns& run, const analysis::CostColumns& costs, std::size_t first,
                            std::size_t second) {
  JudgeSpend spend;
  for (std::size_t i = 0; i < run.attempts.size(); ++i) {
    if (run.trials.model[run.attempts.trial[i]] != first ||
        !harness::is_pairwise_turn(run.attempts.role[i], run.attempts.turn[i], second))
      continue;
    ++spend.attempts;
    if (is_answered(run.attempts.outcome[i])) ++spend.calls;
    const analysis::AttemptCost cost = costs[i];
    const auto& amount = cost.amount ? cost.amount : cost.high;
    if (cost.unpriced || !amount) {
      ++spend.unpriced;
      continue;
    }
    if (!spend.amount || spend.amount->is_zero())
      spend.amount = *amount;
    else if (!amount->is_zero())
      *spend.amount += *amount;
  }
  return spend;
}

Document pair_document(const PairReport& report) {
  Document document;
  document.kind = "pairwise";
  document.headline = headline(report);
  document.facts = {
      {"run", TextCell{report.run}},
      {"judge", TextCell{report.judge}},
      {"same_family", BooleanCell{!report.same_family.empty()}},
      {"judged_now", IntegerCell{report.judged_now}},
      {"incomplete", IntegerCell{report.left_out.incomplete}},
      {"unanswered", IntegerCell{report.left_out.first_unanswered + report.left_out.second_unanswered}},
      {"undecided", IntegerCell{report.left_out.undecided}}};
  document.tables.push_back(verdict_table(report));
  document.tables.push_back(spend_table(report));
  add_notes(document.notes, report);
  return document;
}

}  // namespace costwar::cli
