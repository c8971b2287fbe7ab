#include "reports/views/gate_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/render/cell_text.h"
#include "reports/views/gate_words.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::Difference;
using analysis::GateFinding;
using analysis::ModelGate;
using analysis::RuleResult;
using analysis::RuleState;

std::string_view against_name(analysis::Against against) {
  switch (against) {
    case analysis::Against::difference:
      return "difference";
    case analysis::Against::ratio:
      return "ratio";
    case analysis::Against::nothing:
      break;
  }
  return "absolute";
}

VerdictKind kind_of(const RuleResult& result, analysis::OnUnresolved on_unresolved) {
  switch (result.outcome.state) {
    case RuleState::passed:
      return VerdictKind::passed;
    case RuleState::failed:
      return VerdictKind::failed;
    case RuleState::incomparable:
      return VerdictKind::not_comparable;
    case RuleState::unresolved:
      break;
  }
  return counted(result, on_unresolved) == RuleState::failed ? VerdictKind::failed : VerdictKind::undecided;
}

// A column that tells models apart is for people only where there are several.
void model_column(TableBuilder& table, const GateFinding& finding) {
  finding.models.size() > 1 ? table.text("model", "Model") : table.data("model");
}

Table rules_table(const GateFinding& finding) {
  TableBuilder table("rules", "Rules");
  model_column(table, finding);
  table.text("rule", "Rule").text("state", "State").number("observed", "Observed");
  table.shown("Required", Align::left).number("n", "n").number("items_to_resolve", "Items to resolve");
  for (const char* key : {"baseline_model", "quantity", "task", "against", "side", "bound", "quantile",
                          "exact", "counts_as", "doubt", "message"})
    table.data(key);
  std::vector<RowVerdict> verdicts;
  for (const ModelGate& model : finding.models) {
    for (const RuleResult& result : model.results) {
      const analysis::GateRule& rule = result.rule;
      const std::string words = result_words(model, result) + ".";
      const bool latency = rule.quantity == analysis::Quantity::latency;
      table.row({TextCell{model.head}, TextCell{rule.name},
                 TextCell{std::string(rule_state_name(result.outcome.state))}, observed_cell(result),
                 TextCell{bound_symbol(rule)}, IntegerCell{result.seen.n},
                 integer_cell(result.outcome.items_to_resolve), TextCell{model.baseline},
                 TextCell{std::string(quantity_name(rule.quantity))}, text_cell(rule.task),
                 TextCell{std::string(against_name(rule.against))},
                 TextCell{std::string(side_name(rule.bound.side))}, bound_cell(rule),
                 latency ? Cell{NumberCell{rule.quantile, 2}} : Cell{Unknown{}},
                 BooleanCell{result.seen.exact},
                 TextCell{std::string(rule_state_name(counted(result, finding.rules.on_unresolved)))},
                 text_cell(result.seen.doubt), TextCell{words}});
      verdicts.push_back({kind_of(result, finding.rules.on_unresolved), rule.name, model.head, words});
    }
  }
  Table built = table.build();
  built.verdicts = std::move(verdicts);
  return built;
}

Table coverage_table(const GateFinding& finding) {
  TableBuilder table("coverage", "Items");
  model_column(table, finding);
  table.number("shared", "Shared").number("only_baseline", "Only in the baseline");
  table.number("only_head", "Only in the head").number("paired", "Compared");
  table.number("baseline_missing", "No result, baseline").number("head_missing", "No result, head");
  for (const ModelGate& model : finding.models) {
    const analysis::Coverage& coverage = model.comparability.coverage;
    table.row({TextCell{model.head}, IntegerCell{coverage.shared}, IntegerCell{coverage.only_baseline},
               IntegerCell{coverage.only_head}, IntegerCell{coverage.paired},
               IntegerCell{coverage.baseline_missing}, IntegerCell{coverage.head_missing}});
  }
  return table.detail().build();
}

Table differences_table(const GateFinding& finding) {
  TableBuilder table("differences", "What differs");
  model_column(table, finding);
  table.text("field", "What").text("baseline", "Baseline").text("head", "Head");
  table.text("accepted", "Accepted").data("words");
  for (const ModelGate& model : finding.models)
    for (const Difference& difference : model.comparability.differences)
      table.row({TextCell{model.head}, TextCell{difference.field}, text_cell(difference.baseline),
                 text_cell(difference.head), BooleanCell{difference.accepted}, TextCell{difference.words}});
  return table.build();
}

void add(Document& document, NoteKind kind, std::string text) {
  document.notes.push_back({kind, std::move(text)});
}

void add_differences(Document& document, const ModelGate& model) {
  for (const Difference& difference : model.comparability.differences) {
    if (!difference.accepted) continue;
    if (difference.field == "items")
      add(document, NoteKind::warning,
          fmt::format("The items of {} differ, and only the {} shared ones are compared (--intersect).",
                      model.head, grouped(model.comparability.coverage.shared)));
    else
      add(document, NoteKind::warning,
          fmt::format("Accepted by the rules: {}. Figures against the baseline hold the effect of that too.",
                      difference.words));
  }
}

void add_doubts(Document& document, const ModelGate& model) {
  const analysis::Coverage& coverage = model.comparability.coverage;
  if (coverage.baseline_missing + coverage.head_missing > 0)
    add(document, NoteKind::warning,
        fmt::format(
            "{} trials of the baseline and {} of the head have no result: they count neither as solved "
            "nor as failed.",
            grouped(coverage.baseline_missing), grouped(coverage.head_missing)));
  if (model.unpriced > 0)
    add(document, NoteKind::warning,
        fmt::format("{} attempt{} of {} or its baseline {} no price: what rests on them is not known, and "
                    "never passes.",
                    grouped(model.unpriced), model.unpriced == 1 ? "" : "s", model.head,
                    model.unpriced == 1 ? "has" : "have"));
  std::set<std::string> told;
  for (const RuleResult& result : model.results)
    if (!result.seen.unknown.empty() && told.insert(result.seen.unknown).second)
      add(document, NoteKind::note, fmt::format("{} rests on: {}.", result.rule.name, result.seen.unknown));
  for (const RuleResult& result : model.results)
    if (!result.seen.doubt.empty())
      add(document, NoteKind::warning,
          fmt::format("The interval of {} may be too narrow: {}.", result.rule.name, result.seen.doubt));
}

std::int64_t most_items(const GateFinding& finding) {
  std::int64_t most = 0;
  for (const ModelGate& model : finding.models)
    for (const RuleResult& result : model.results)
      most = std::max(most, result.outcome.items_to_resolve.value_or(0));
  return most;
}

void add_next(Document& document, const GateFinding& finding, const GateView& view) {
  switch (finding.verdict()) {
    case RuleState::incomparable: {
      std::string fields;
      bool items = false;
      for (const Difference& difference : finding.models.front().comparability.differences) {
        items = items || (difference.field == "items" && !difference.accepted);
        if (!difference.accepted && difference.field != "items")
          fields += fmt::format("{}\"{}\"", fields.empty() ? "" : ", ", difference.field);
      }
      add(document, NoteKind::next_step, "Measure the baseline again in the way of the head.");
      if (!fields.empty())
        add(document, NoteKind::next_step,
            fmt::format("\"accept\": [{}] in the rules, where the difference is meant.", fields));
      if (items) add(document, NoteKind::next_step, "--intersect, to compare the shared items alone.");
      return;
    }
    case RuleState::failed:
      add(document, NoteKind::next_step,
          fmt::format("costwar diff {} {}   (which items flipped)", view.baseline, view.head));
      break;
    case RuleState::unresolved:
    case RuleState::passed:
      break;
  }
  if (const std::int64_t items = most_items(finding); items > 0)
    add(document, NoteKind::next_step,
        fmt::format(
            "Measure about {} items, if they are like these, to resolve every rule; costwar plan says "
            "what that costs.",
            grouped(items)));
}

}  // namespace

Document gate_document(const GateFinding& finding, const GateView& view) {
  Document document;
  document.kind = "gate";
  document.headline = gate_headline(finding);
  document.facts = {{"verdict", TextCell{std::string(rule_state_name(finding.verdict()))}},
                    {"baseline", TextCell{view.baseline}},
                    {"head", TextCell{view.head}},
                    {"baseline_run", text_cell(view.baseline_run)},
                    {"head_run", text_cell(view.head_run)},
                    {"rules_from", text_cell(view.rules)},
                    {"on_unresolved", TextCell{std::string(on_unresolved_name(finding.rules.on_unresolved))}},
                    {"intersect", BooleanCell{finding.options.intersect}},
                    {"level", NumberCell{finding.options.level, 2}}};
  document.tables.push_back(rules_table(finding));
  document.tables.push_back(differences_table(finding));
  document.tables.push_back(coverage_table(finding));
  if (view.rules.empty())
    add(document, NoteKind::note,
        "No rules were given, so these are the built-in ones. \"gate\" in costwar.json, or --rules FILE, "
        "sets "
        "your own.");
  for (const ModelGate& model : finding.models) {
    add_differences(document, model);
    add_doubts(document, model);
  }
  add_next(document, finding, view);
  return document;
}

}  // namespace costwar::reports
