#include "reports/views/decision_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "reports/render/cell_text.h"
#include "reports/views/decision_charts.h"
#include "reports/views/decision_words.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::Candidate;
using analysis::CandidateResult;
using analysis::Decision;
using analysis::DecisionVerdict;
using analysis::Standing;

Cell label_of(const Decision& decision, const std::optional<std::size_t>& candidate) {
  return candidate ? Cell{TextCell{decision.candidates[*candidate].label}} : Cell{Unknown{}};
}

Cell utility_cell(const CandidateResult& result) {
  return IntervalCell{result.utility_known() ? result.utility : std::nan(""), result.interval.low,
                      result.interval.high, 2, NumberStyle::plain};
}

Table candidates_table(const Decision& decision) {
  TableBuilder table("candidates", "Candidates");
  table.text("candidate", "Candidate").text("place", "Place").number("utility", "Utility");
  table.number("best_of_draws", "Best, of draws").number("best_of_weightings", "Best, of all weightings");
  table.text("not_kept", "Limits not kept").text("evidence", "Evidence");
  for (const char* key : {"standing", "model", "best_case", "base", "strong", "strong_share"})
    table.data(key);
  for (const std::size_t i : decision.order) {
    const Candidate& candidate = decision.candidates[i];
    const CandidateResult& result = decision.results[i];
    const auto& mix = candidate.mix;
    table.row(
        {TextCell{candidate.label}, TextCell{place_words(decision, i)}, utility_cell(result),
         number_cell(result.best_share, 1, NumberStyle::share),
         number_cell(result.weighting_share, 1, NumberStyle::share), text_cell(broken_names(decision, i)),
         TextCell{std::string(evidence_kind_name(candidate.evidence))},
         TextCell{std::string(standing_name(result.standing))}, text_cell(candidate.model),
         NumberCell{result.best_case, 4}, label_of(decision, mix ? std::optional(mix->base) : std::nullopt),
         label_of(decision, mix ? std::optional(mix->strong) : std::nullopt),
         number_cell(mix ? std::optional(mix->share) : std::nullopt, 2, NumberStyle::share)});
  }
  return table.build();
}

std::vector<std::string> shown_figures(const Decision& decision) {
  std::vector<std::string> names{"quality", "usd_per_thousand_tasks"};
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const analysis::PolicyWeight& weight : decision.policy.weights) add(weight.figure);
  for (const analysis::PolicyLimit& limit : decision.policy.limits)
    if (!limit.fact) add(limit.subject);
  return names;
}

std::string_view unit_name(analysis::FigureUnit unit) {
  switch (unit) {
    case analysis::FigureUnit::share:
      return "share";
    case analysis::FigureUnit::money:
      return "USD";
    case analysis::FigureUnit::seconds:
      return "seconds";
    case analysis::FigureUnit::joules:
      break;
  }
  return "joules";
}

Table figures_table(const Decision& decision) {
  TableBuilder table("figures", "Figures, and what they are worth");
  table.shown("Figure", Align::left).text("candidate", "Candidate").number("value", "Value");
  table.number("n", "n").text("evidence", "Evidence").number("utility", "Utility").number("weight", "Weight");
  table.number("contribution", "Worth");
  for (const char* key : {"figure", "title", "unit", "unknown", "doubt", "source"}) table.data(key);
  const std::vector<double> weights = normalised_weights(decision.policy);
  for (const std::string& name : shown_figures(decision)) {
    std::optional<std::size_t> weight;
    for (std::size_t j = 0; j < weights.size(); ++j)
      if (decision.policy.weights[j].figure == name) weight = j;
    for (const std::size_t i : decision.order) {
      const auto found = decision.candidates[i].figures.find(name);
      if (found == decision.candidates[i].figures.end()) continue;
      const analysis::SeenFigure& figure = found->second;
      const analysis::UtilityPart part =
          weight ? decision.results[i].parts[*weight] : analysis::UtilityPart{};
      const std::string title = figure_title(name);
      const std::string unit(unit_name(analysis::find_figure_row(name)->unit));
      const bool told = unit == "seconds" || unit == "joules";  // by no sign of the value's own
      table.row({TextCell{told ? fmt::format("{}, {}", title, unit) : title},
                 TextCell{decision.candidates[i].label}, figure_cell(name, figure.seen),
                 IntegerCell{figure.seen.n}, TextCell{std::string(evidence_kind_name(figure.evidence))},
                 number_cell(part.utility, 2),
                 number_cell(weight ? std::optional(weights[*weight]) : std::nullopt, 2),
                 number_cell(part.utility ? std::optional(part.contribution) : std::nullopt, 3),
                 TextCell{name}, TextCell{title}, TextCell{unit}, text_cell(figure.seen.unknown),
                 text_cell(figure.seen.doubt), text_cell(figure.source)});
    }
  }
  return table.build();
}

Table limits_table(const Decision& decision) {
  TableBuilder table("limits", "Hard limits");
  table.text("candidate", "Candidate").shown("Limit", Align::left).text("state", "State");
  table.text("observed", "Observed").text("required", "Required").text("missing", "Missing");
  table.number("items_to_resolve", "Items to resolve");
  for (const char* key :
       {"limit", "value", "bound", "distance", "relaxed_to", "n", "evidence", "source", "message"})
    table.data(key);
  const auto amount = [](const analysis::PolicyLimit& limit, const std::optional<analysis::Amount>& of) {
    if (!of) return Cell{Unknown{}};
    if (const auto* money = std::get_if<Money>(&*of)) return Cell{MoneyCell{*money, true}};
    return limit.fact ? Cell{IntegerCell{std::llround(std::get<double>(*of))}}
                      : Cell{NumberCell{std::get<double>(*of), 4}};
  };
  for (const std::size_t i : decision.order) {
    for (std::size_t k = 0; k < decision.policy.limits.size(); ++k) {
      const analysis::PolicyLimit& limit = decision.policy.limits[k];
      const analysis::LimitResult& result = decision.results[i].limits[k];
      const bool fact = limit.fact;
      const bool number = limit.bound.has_value();
      table.row(
          {TextCell{decision.candidates[i].label},
           TextCell{fact ? fact_title(limit.subject) : figure_title(limit.subject)},
           TextCell{std::string(rule_state_name(result.state))},
           TextCell{fact ? fact_words(result.fact) : figure_words(limit.subject, result.figure.seen)},
           TextCell{required_words(limit)},
           result.missing
               ? TextCell{fact ? grouped(std::llround(analysis::plain_number(*result.missing)))
                               : figure_difference(limit.subject, analysis::plain_number(*result.missing))}
           : result.not_allowed.empty()
               ? Cell{Unknown{}}
               : Cell{TextCell{fmt::format("{}", fmt::join(result.not_allowed, ", "))}},
           integer_cell(result.items_to_resolve), TextCell{limit.name},
           fact ? fact_cell(result.fact) : figure_cell(limit.subject, result.figure.seen),
           bound_cell_of(limit), number ? amount(limit, result.missing) : Cell{Unknown{}},
           number ? amount(limit, result.relaxed_to) : Cell{Unknown{}},
           fact ? Cell{Unknown{}} : Cell{IntegerCell{result.figure.seen.n}},
           fact ? Cell{Unknown{}} : Cell{TextCell{std::string(evidence_kind_name(result.figure.evidence))}},
           text_cell(fact ? result.fact.source : result.figure.source),
           TextCell{fmt::format("{}: {}.", limit.name, result_words(limit, result))}});
    }
  }
  return table.build();
}

Table sensitivity_table(const Decision& decision) {
  TableBuilder table("sensitivity",
                     "Weights, one at a time with the others rescaled, and where they turn the answer");
  table.text("figure", "Figure").number("weight", "Weight").number("worst", "Worst").number("best", "Best");
  table.number("below", "Turns below").text("below_to", "To").number("above", "Turns above");
  table.text("above_to", "To").data("logarithmic");
  const std::vector<double> weights = normalised_weights(decision.policy);
  const auto at = [](const std::optional<analysis::WeightFlip>& flip) {
    return flip ? Cell{NumberCell{flip->at, 3}} : Cell{Unknown{}};
  };
  const auto to = [&](const std::optional<analysis::WeightFlip>& flip) {
    return flip ? label_of(decision, flip->to) : Cell{Unknown{}};
  };
  for (std::size_t j = 0; j < weights.size(); ++j) {
    const analysis::PolicyWeight& weight = decision.policy.weights[j];
    const analysis::WeightSensitivity& flips = decision.sensitivity[j];
    table.row({TextCell{weight.figure}, NumberCell{weights[j], 3},
               TextCell{figure_number(weight.figure, weight.worst)},
               TextCell{figure_number(weight.figure, weight.best)}, at(flips.below), to(flips.below),
               at(flips.above), to(flips.above), BooleanCell{weight.logarithmic}});
  }
  return table.build();
}

std::string_view change_kind_name(analysis::ChangeKind kind) {
  switch (kind) {
    case analysis::ChangeKind::improve:
      return "improve";
    case analysis::ChangeKind::worsen:
      return "worsen";
    case analysis::ChangeKind::relax:
      break;
  }
  return "relax";
}

Table changes_table(const Decision& decision) {
  TableBuilder table("changes", "What would change the answer");
  table.text("change", "Change");
  for (const char* key : {"kind", "candidate", "figure", "from", "to", "then", "limits"}) table.data(key);
  for (const analysis::Change& change : decision.changes) {
    const bool figure = change.kind != analysis::ChangeKind::relax;
    std::string limits;
    for (const std::size_t limit : change.limits)
      limits += (limits.empty() ? "" : ", ") + decision.policy.limits[limit].name;
    table.row({TextCell{change_words(decision, change)}, TextCell{std::string(change_kind_name(change.kind))},
               label_of(decision, change.candidate),
               figure ? Cell{TextCell{decision.policy.weights[change.weight].figure}} : Cell{Unknown{}},
               number_cell(figure ? std::optional(change.from) : std::nullopt, 6),
               number_cell(figure ? std::optional(change.to) : std::nullopt, 6),
               label_of(decision, change.then), text_cell(limits)});
  }
  return table.build();
}

Table facts_table(const Decision& decision) {
  std::set<std::string> wanted;
  for (const analysis::PolicyLimit& limit : decision.policy.limits)
    if (limit.fact) wanted.insert(limit.subject);
  TableBuilder table("facts", "Facts");
  table.text("candidate", "Candidate").text("fact", "Fact").text("value", "Value").text("source", "Source");
  for (const std::size_t i : decision.order)
    for (const auto& [name, fact] : decision.candidates[i].facts)
      if (wanted.count(name) > 0)
        table.row({TextCell{decision.candidates[i].label}, TextCell{name}, TextCell{fact_words(fact)},
                   TextCell{fact.known() ? fact.source : fact.unknown}});
  return table.detail().build();
}

void remark(Document& document, NoteKind kind, std::string text) {
  document.notes.push_back({kind, std::move(text)});
}

void add_evidence_notes(Document& document, const Decision& decision) {
  std::set<std::string> kinds;
  for (const Candidate& candidate : decision.candidates)
    for (const auto& [name, figure] : candidate.figures)
      if (figure.seen.value) kinds.insert(std::string(evidence_kind_name(figure.evidence)));
  if (kinds.size() > 1)
    remark(document, NoteKind::warning,
           fmt::format("Figures are of different kinds ({}): the column Evidence says which is which.",
                       fmt::join(kinds, ", ")));
  std::set<std::string> told;
  for (const std::size_t i : decision.order) {
    for (const auto& [name, figure] : decision.candidates[i].figures) {
      if (!figure.seen.unknown.empty() && told.insert(name + figure.seen.unknown).second)
        remark(document, NoteKind::note,
               fmt::format("{}: the {} is not known, because {}.", decision.candidates[i].label,
                           figure_title(name), figure.seen.unknown));
      if (!figure.seen.doubt.empty() && told.insert(figure.seen.doubt).second)
        remark(document, NoteKind::warning,
               fmt::format("The interval of the {} of {} may be too narrow: {}.", figure_title(name),
                           decision.candidates[i].label, figure.seen.doubt));
    }
  }
}

void add_tie_notes(Document& document, const Decision& decision) {
  for (const analysis::DecisionDoubt& doubt : decision.doubts) {
    if (doubt.kind != analysis::DoubtKind::tied) continue;
    std::vector<std::string> beyond;
    for (std::size_t j = 0; j < decision.policy.weights.size(); ++j) {
      const auto& utility = decision.results[doubt.candidate].parts[j].utility;
      if (utility == 0.0 || utility == 1.0) beyond.push_back(figure_title(decision.policy.weights[j].figure));
    }
    remark(document, NoteKind::warning,
           fmt::format("The ranges of the policy do not separate {} and {}: both lie at or beyond an end of "
                       "the range of {}. Move \"worst\" or \"best\", if what is beyond matters.",
                       decision.candidates[*decision.recommendation].label,
                       decision.candidates[doubt.candidate].label, fmt::join(beyond, ", ")));
  }
}

void add_method_notes(Document& document, const Decision& decision) {
  const bool mixed = std::any_of(decision.candidates.begin(), decision.candidates.end(),
                                 [](const Candidate& candidate) { return candidate.mix.has_value(); });
  if (mixed)
    remark(
        document, NoteKind::note,
        "A mix sends each call to one of both at random, with the smallest share to the strong one that "
        "keeps "
        "the limits on quality. Its quality, cost and failures are averages of both; of its times only the "
        "slower one's are claimed. Choosing which calls the strong one gets could do better.");
  else if (decision.policy.mix)
    remark(
        document, NoteKind::note,
        "No mix of two models helps: it would need a dear one that keeps the limits on quality and a cheaper "
        "one that does not.");
  remark(
      document, NoteKind::note,
      fmt::format(
          "Utility adds up {}; figures that move together are drawn together. Limits are decided on "
          "{:g} % intervals, the recommendation on a chance of at most {:g} % that another one is "
          "better{}.",
          decision.policy.weights.size() == 1 ? "one figure, worth 0 to 1 on its range"
                                              : "the figures by weight, each worth 0 to 1 on its range",
          decision.options.level * 100, (1 - decision.options.level) * 100,
          decision.policy.indifference > 0 ? fmt::format(" by more than {:g}", decision.policy.indifference)
                                           : ""));
}

void add_next_steps(Document& document, const Decision& decision) {
  std::int64_t items = 0;
  for (const analysis::DecisionDoubt& doubt : decision.doubts)
    items = std::max(items, doubt.items.value_or(0));
  std::set<std::string> unknown;
  for (std::size_t i = 0; i < decision.results.size(); ++i) {
    if (decision.results[i].standing != Standing::open) continue;
    for (std::size_t k = 0; k < decision.results[i].limits.size(); ++k) {
      const analysis::LimitResult& limit = decision.results[i].limits[k];
      items = std::max(items, limit.items_to_resolve.value_or(0));
      if (limit.unknown && decision.policy.limits[k].fact) unknown.insert(decision.policy.limits[k].subject);
    }
  }
  if (decision.verdict != DecisionVerdict::unresolved) return;
  if (items > 0)
    remark(document, NoteKind::next_step,
           fmt::format("Measure about {} items, if they are like these; costwar plan says what that costs.",
                       grouped(items)));
  if (!unknown.empty())
    remark(document, NoteKind::next_step,
           fmt::format("Say what holds under \"facts\" in the policy, with its source: {}.",
                       fmt::join(unknown, ", ")));
}

}  // namespace

Document decision_document(const Decision& decision, const DecisionView& view) {
  Document document;
  document.kind = "decision";
  document.headline = decision_headline(decision);
  const analysis::Policy& policy = decision.policy;
  document.facts = {{"verdict", TextCell{std::string(decision_verdict_name(decision.verdict))}},
                    {"recommendation", decision.verdict == DecisionVerdict::recommended
                                           ? label_of(decision, decision.recommendation)
                                           : Cell{Unknown{}}},
                    {"leader", label_of(decision, decision.recommendation)},
                    {"runner_up", label_of(decision, decision.runner_up)},
                    {"policy", TextCell{policy.name}},
                    {"policy_from", TextCell{view.policy_from}},
                    {"runs", TextCell{fmt::format("{}", fmt::join(view.runs, " "))}},
                    {"on_unresolved", TextCell{std::string(on_unresolved_name(policy.on_unresolved))}},
                    {"indifference", NumberCell{policy.indifference, 4}},
                    {"mix", BooleanCell{policy.mix}},
                    {"level", NumberCell{decision.options.level, 4}},
                    {"seed", IntegerCell{static_cast<std::int64_t>(decision.options.seed)}},
                    {"draws", IntegerCell{decision.options.draws}}};
  document.tables = {candidates_table(decision),  figures_table(decision), limits_table(decision),
                     sensitivity_table(decision), changes_table(decision), facts_table(decision)};
  add_decision_charts(document, decision);
  for (const std::string& words : view.differences) remark(document, NoteKind::warning, words);
  add_tie_notes(document, decision);
  add_evidence_notes(document, decision);
  for (const std::string& words : view.pricing) remark(document, NoteKind::note, words);
  for (const std::string& name : view.no_candidate)
    remark(document, NoteKind::warning,
           fmt::format("The policy states facts of {}, which is no candidate.", name));
  add_method_notes(document, decision);
  add_next_steps(document, decision);
  return document;
}

Document policy_list_document(const std::vector<ListedPolicy>& policies) {
  Document document;
  document.kind = "policy_list";
  document.headline = fmt::format("{} policies are ready to use, or to start from.", policies.size());
  TableBuilder table("policies", "");
  table.text("policy", "Policy")
      .text("requires", "Requires")
      .text("weighs", "Weighs")
      .data("description")
      .data("mix");
  for (const ListedPolicy& each : policies) {
    std::vector<std::string> limits;
    for (const analysis::PolicyLimit& limit : each.policy.limits) limits.push_back(limit_words(limit));
    std::vector<std::string> weights;
    for (const analysis::PolicyWeight& weight : each.policy.weights) weights.push_back(weight_words(weight));
    table.row({TextCell{each.name}, TextCell{fmt::format("{}", fmt::join(limits, "; "))},
               TextCell{fmt::format("{}", fmt::join(weights, "; "))}, TextCell{each.policy.description},
               BooleanCell{each.policy.mix}});
  }
  document.tables.push_back(table.build());
  document.notes.push_back(
      {NoteKind::note,
       "Their numbers are to start from: what is good enough, and what it may cost, is yours to say."});
  document.notes.push_back(
      {NoteKind::next_step, "costwar decide --show hybrid > policy.json   (a copy to change)"});
  document.notes.push_back({NoteKind::next_step, "costwar decide high-volume-batch RUN"});
  return document;
}

}  // namespace costwar::reports
