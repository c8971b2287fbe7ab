#include "reports/views/gate_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <variant>
#include <vector>

#include "reports/render/cell_text.h"
#include "reports/views/comparison_parts.h"

namespace costwar::reports {
namespace {

using analysis::Against;
using analysis::Amount;
using analysis::GateRule;
using analysis::ModelGate;
using analysis::Observation;
using analysis::Quantity;
using analysis::RuleResult;
using analysis::RuleState;
using analysis::Side;

NumberStyle style_of(const GateRule& rule) {
  if (rule.against == Against::ratio) return NumberStyle::factor;
  if (rule.quantity == Quantity::latency) return NumberStyle::plain;
  return rule.against == Against::difference ? NumberStyle::points : NumberStyle::share;
}

double number_in(const std::optional<Amount>& amount) {
  const auto* number = amount ? std::get_if<double>(&*amount) : nullptr;
  return number != nullptr ? *number : std::nan("");
}

std::optional<Money> money_in(const std::optional<Amount>& amount) {
  const auto* money = amount ? std::get_if<Money>(&*amount) : nullptr;
  return money != nullptr ? std::optional(*money) : std::nullopt;
}

// As many as the interval supports, and no fewer than the bound is usually written with.
int decimals_of(const GateRule& rule, const Observation& seen) {
  const NumberStyle style = style_of(rule);
  const bool percent = style == NumberStyle::points || style == NumberStyle::share;
  const double width = (number_in(seen.high) - number_in(seen.low)) * (percent ? 100 : 1);
  const int usual = percent ? 1 : 2;
  return std::isfinite(width) && width > 0 ? std::max(usual, supported_decimals(width)) : usual;
}

// "3.0", "1.10", "80.0": digits that the bound was written with, at least the usual ones.
int bound_decimals(const GateRule& rule) {
  const auto* number = std::get_if<double>(&rule.bound.amount);
  if (number == nullptr) return 0;
  const NumberStyle style = style_of(rule);
  const bool percent = style == NumberStyle::points || style == NumberStyle::share;
  const double shown = percent ? *number * 100 : *number;
  int decimals = percent ? 1 : 2;
  const auto digits_left = [&] {
    const double scaled = shown * std::pow(10, decimals);
    return std::abs(scaled - std::round(scaled)) > 1e-6;
  };
  while (decimals < 6 && digits_left()) ++decimals;
  return decimals;
}

std::string unit_of(const GateRule& rule) {
  if (std::holds_alternative<Money>(rule.bound.amount)) return "";
  switch (style_of(rule)) {
    case NumberStyle::points:
      return " points";
    case NumberStyle::plain:
      return " s";
    case NumberStyle::share:
    case NumberStyle::factor:
      break;
  }
  return "";
}

std::string bound_text(const GateRule& rule) {
  return joined(cell_text(bound_cell(rule))) + unit_of(rule);
}

// "−10.0 points [−14.4, −5.8]"
std::string observed_words(const RuleResult& result) {
  const CellText text = cell_text(observed_cell(result));
  const std::string unit = unit_of(result.rule);
  return text.has_bounds() ? fmt::format("{}{} [{}, {}]", text.text, unit, text.low, text.high)
                           : text.text + unit;
}

// What a rule looks at.
std::string figure_words(const GateRule& rule) {
  std::string figure;
  switch (rule.quantity) {
    case Quantity::quality:
      figure = "the solve rate";
      break;
    case Quantity::cost_per_task:
      figure = "the cost of a task";
      break;
    case Quantity::cost_per_solved:
      figure = "the cost of a solved task";
      break;
    case Quantity::latency:
      figure = rule.quantile == 0.5
                   ? std::string("the median time of an item")
                   : fmt::format("the {:g}th percentile of the time of an item", rule.quantile * 100);
      break;
    case Quantity::failures:
      figure = "the share of failures";
      break;
    case Quantity::spend:
      figure = "what the run cost";
      break;
  }
  if (!rule.task.empty()) figure += " of " + rule.task;
  if (rule.against == Against::nothing) return figure;
  return rule.against == Against::ratio ? figure + " against the baseline's"
                                        : figure + " minus the baseline's";
}

std::string items_words(std::int64_t items) {
  return fmt::format("{} item{}", grouped(items), items == 1 ? "" : "s");
}

std::string rules_words(std::int64_t rules) {
  return rules == 1 ? "the only rule" : fmt::format("all {} rules", rules);
}

// Of several models, whose rule it is.
std::string of_model(const analysis::GateFinding& finding, const ModelGate& model) {
  return finding.models.size() > 1 ? fmt::format("{}: ", model.head) : "";
}

// The first result in a state, in words, and how many more there are.
std::string first_of(const analysis::GateFinding& finding, RuleState state) {
  std::string first;
  std::int64_t count = 0;
  for (const ModelGate& model : finding.models) {
    for (const RuleResult& result : model.results) {
      if (counted(result, finding.rules.on_unresolved) != state) continue;
      if (count++ == 0) first = of_model(finding, model) + result_words(model, result);
    }
  }
  return count > 1 ? fmt::format("{} (and {} more)", first, count - 1) : first;
}

std::int64_t rule_count(const analysis::GateFinding& finding) {
  std::int64_t count = 0;
  for (const ModelGate& model : finding.models) count += static_cast<std::int64_t>(model.results.size());
  return count;
}

std::int64_t count_in(const analysis::GateFinding& finding, RuleState state) {
  std::int64_t count = 0;
  for (const ModelGate& model : finding.models)
    count += std::count_if(model.results.begin(), model.results.end(), [&](const RuleResult& result) {
      return counted(result, finding.rules.on_unresolved) == state;
    });
  return count;
}

}  // namespace

Cell observed_cell(const RuleResult& result) {
  const Observation& seen = result.seen;
  const bool money = std::holds_alternative<Money>(result.rule.bound.amount);
  if (money) {
    const auto amount = money_in(seen.value);
    const auto low = money_in(seen.low);
    const auto high = money_in(seen.high);
    if (!amount && !low && !high) return Unknown{};
    const Currency currency = amount ? amount->currency() : low ? low->currency() : high->currency();
    if (seen.exact && amount && low == amount && high == amount) return CostCell{currency, amount, {}, {}};
    return CostCell{currency, amount, low, high};
  }
  if (!seen.value && !seen.low && !seen.high) return Unknown{};
  const double none = std::nan("");
  return IntervalCell{number_in(seen.value), seen.exact ? none : number_in(seen.low),
                      seen.exact ? none : number_in(seen.high), decimals_of(result.rule, seen),
                      style_of(result.rule)};
}

Cell bound_cell(const GateRule& rule) {
  if (const auto* money = std::get_if<Money>(&rule.bound.amount)) return MoneyCell{*money, true};
  return NumberCell{std::get<double>(rule.bound.amount), bound_decimals(rule), style_of(rule)};
}

std::string bound_symbol(const GateRule& rule) {
  return fmt::format("{} {}", rule.bound.side == Side::at_least ? "≥" : "≤", bound_text(rule));
}

std::string bound_words(const GateRule& rule) {
  return fmt::format("{} {}", rule.bound.side == Side::at_least ? "at least" : "at most", bound_text(rule));
}

std::string difference_words(const ModelGate& model) {
  std::string first;
  std::int64_t more = -1;
  for (const analysis::Difference& difference : model.comparability.differences) {
    if (difference.accepted) continue;
    if (first.empty()) first = difference.words;
    ++more;
  }
  return more > 0 ? fmt::format("{} (and {} more difference{})", first, more, more == 1 ? "" : "s") : first;
}

std::string result_words(const ModelGate& model, const RuleResult& result) {
  const GateRule& rule = result.rule;
  if (result.outcome.state == RuleState::incomparable)
    return fmt::format("{} compares what cannot be compared: {}", rule.name, difference_words(model));
  const Observation& seen = result.seen;
  if (std::holds_alternative<Unknown>(observed_cell(result)))
    return fmt::format("{}: {} is not known, because {}; {} is required", rule.name, figure_words(rule),
                       seen.unknown.empty() ? "nothing was measured" : seen.unknown, bound_words(rule));
  std::string text =
      fmt::format("{}: {} is {}{} (n = {}); {} is required", rule.name, figure_words(rule),
                  observed_words(result), seen.unknown.empty() ? "" : fmt::format(", since {}", seen.unknown),
                  grouped(seen.n), bound_words(rule));
  if (result.outcome.state != RuleState::unresolved) return text;
  if (!seen.low && !seen.high && !result.outcome.unknown) text += ", and so few items give no interval";
  if (result.outcome.items_to_resolve)
    text += fmt::format(", which about {} would resolve", items_words(*result.outcome.items_to_resolve));
  return text;
}

std::string gate_headline(const analysis::GateFinding& finding) {
  const std::int64_t rules = rule_count(finding);
  switch (finding.verdict()) {
    case RuleState::incomparable:
      for (const ModelGate& model : finding.models)
        if (!model.comparability.comparable())
          return fmt::format("The gate cannot compare{}: {}.",
                             finding.models.size() > 1 ? " " + model.head : "", difference_words(model));
      return "The gate cannot compare.";
    case RuleState::failed: {
      const std::int64_t failed = count_in(finding, RuleState::failed);
      if (const std::int64_t broken = finding.rules_in(RuleState::failed); broken == 0)
        return fmt::format("The gate fails: {} unresolved, and on_unresolved says that this fails: {}.",
                           failed == 1 ? "a rule is" : fmt::format("{} rules are", failed),
                           first_of(finding, RuleState::failed));
      const std::string part =
          rules == 1 ? "its rule is not kept"
                     : fmt::format("{} of {} rules {} not kept", failed, rules, failed == 1 ? "is" : "are");
      return fmt::format("The gate fails, {}: {}.", part, first_of(finding, RuleState::failed));
    }
    case RuleState::unresolved: {
      const std::int64_t open = count_in(finding, RuleState::unresolved);
      const std::string part =
          rules == 1      ? std::string("its rule is not")
          : open == rules ? fmt::format("none of its {} rules is", rules)
                          : fmt::format("{} of {} rules {} not", open, rules, open == 1 ? "is" : "are");
      return fmt::format("The gate is not resolved, {} decided by what was measured: {}.", part,
                         first_of(finding, RuleState::unresolved));
    }
    case RuleState::passed:
      break;
  }
  std::string text =
      fmt::format("The gate passes: {} {} kept", rules_words(rules), rules == 1 ? "is" : "are");
  const std::int64_t open = finding.rules_in(RuleState::unresolved);
  if (open > 0)
    return fmt::format("The gate passes: of {} {} kept, and {} unresolved, which on_unresolved lets pass.",
                       rules_words(rules),
                       fmt::format("{} {}", rules - open, rules - open == 1 ? "is" : "are"),
                       fmt::format("{} {}", open, open == 1 ? "is" : "are"));
  if (finding.models.size() == 1 && !finding.models[0].results.empty())
    text += "; " + result_words(finding.models[0], finding.models[0].results.front());
  return text + ".";
}

}  // namespace costwar::reports
