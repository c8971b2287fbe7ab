#include "reports/views/decision_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/gate.h"
#include "reports/render/cell_text.h"
#include "reports/views/gate_words.h"

namespace costwar::reports {
namespace {

using analysis::FigureUnit;
using analysis::PolicyLimit;
using analysis::RuleState;
using analysis::Side;

constexpr double kManyTimes = 3;  // more is told as a multiple, not in percent

FigureUnit unit_of_figure(const std::string& figure) {
  return analysis::find_figure_row(figure)->unit;
}

std::string_view unit_suffix(FigureUnit unit) {
  return unit == FigureUnit::seconds ? " s" : unit == FigureUnit::joules ? " J" : "";
}

// A gate's rule about the same kind of number, whose words then serve.
analysis::GateRule rule_like(const std::string& figure, const analysis::Bound& bound) {
  analysis::GateRule rule;
  rule.bound = bound;
  const FigureUnit unit = unit_of_figure(figure);
  if (unit == FigureUnit::seconds || unit == FigureUnit::joules) rule.quantity = analysis::Quantity::latency;
  return rule;
}

analysis::Bound zero_of(FigureUnit unit) {
  return {Side::at_least, unit == FigureUnit::money ? analysis::Amount(Money()) : analysis::Amount(0.0)};
}

std::string three_digits(double value) {
  const double size = std::abs(value);
  const int decimals = size >= 100 || size == 0 ? 0 : 2 - static_cast<int>(std::floor(std::log10(size)));
  return fmt::format("{:.{}f}", value, std::clamp(decimals, 0, 9));
}

std::string dollars(double value) {
  const Money money = Money::from_statistic(Currency(), value);
  return money_text(money, money_decimals(money));
}

std::string bound_text_of(const PolicyLimit& limit, const analysis::Amount& amount) {
  if (limit.fact) return fmt::format("{} tokens", grouped(std::llround(analysis::plain_number(amount))));
  const analysis::Bound bound{limit.bound->side, amount};
  return joined(cell_text(bound_cell(rule_like(limit.subject, bound)))) +
         std::string(unit_suffix(unit_of_figure(limit.subject)));
}

// A bound that the figure keeps, with few digits; a share is rounded so that it is kept.
std::string relaxed_text(const PolicyLimit& limit, const analysis::Amount& amount) {
  if (limit.fact) return bound_text_of(limit, amount);
  if (unit_of_figure(limit.subject) != FigureUnit::share)
    return figure_number(limit.subject, analysis::plain_number(amount));
  constexpr double kTenthsOfAPoint = 1000;
  const double value = analysis::plain_number(amount) * kTenthsOfAPoint;
  const double rounded = limit.bound->side == Side::at_least ? std::floor(value) : std::ceil(value);
  return figure_number(limit.subject, rounded / kTenthsOfAPoint);
}

std::string missing_words(const PolicyLimit& limit, const analysis::Amount& missing) {
  if (limit.fact) return fmt::format("{} tokens", grouped(std::llround(analysis::plain_number(missing))));
  return figure_difference(limit.subject, analysis::plain_number(missing));
}

std::string figure_result_words(const PolicyLimit& limit, const analysis::LimitResult& result) {
  const analysis::Observation& seen = result.figure.seen;
  std::string text;
  if (!seen.value && !seen.low && !seen.high)
    text = fmt::format("not known, because {}", seen.unknown.empty() ? "nothing was measured" : seen.unknown);
  else
    text =
        fmt::format("{} ({})", figure_words(limit.subject, seen), evidence_kind_name(result.figure.evidence));
  text += fmt::format("; {} is required", required_words(limit));
  if (result.missing)
    text += fmt::format(", {}{} {}", result.state == RuleState::unresolved ? "its interval ends " : "",
                        missing_words(limit, *result.missing),
                        limit.bound->side == Side::at_least ? "short" : "too much");
  if (result.items_to_resolve)
    text += fmt::format(", about {} items would resolve it", grouped(*result.items_to_resolve));
  else if (result.state == RuleState::unresolved && !result.unknown && (!seen.low || !seen.high))
    text += ", and so few items give no interval";
  return text;
}

std::string share_words(double share) {
  return share > 0.995 && share < 1 ? "over 99 %" : fmt::format("{:.0f} %", share * 100);
}

std::string name_of(const analysis::Decision& decision, std::size_t candidate) {
  return decision.candidates[candidate].label;
}

std::string utility_words(const analysis::CandidateResult& result) {
  const std::string value = result.utility_known() ? fmt::format("{:.2f}", result.utility)
                                                   : fmt::format("at least {:.2f}", result.utility);
  return fmt::format("{} [{:.2f}, {:.2f}]", value, result.interval.low, result.interval.high);
}

std::string limits_kept(const analysis::Decision& decision) {
  const std::size_t limits = decision.policy.limits.size();
  if (limits == 0) return "there is no hard limit";
  return limits == 1 ? "it keeps the hard limit" : fmt::format("it keeps all {} hard limits", limits);
}

// The first limit that a candidate does not keep, and how many more there are.
std::string first_broken(const analysis::Decision& decision, std::size_t candidate, RuleState state) {
  std::string first;
  int more = -1;
  for (std::size_t i = 0; i < decision.policy.limits.size(); ++i) {
    const analysis::LimitResult& result = decision.results[candidate].limits[i];
    if (result.state != state) continue;
    if (++more == 0)
      first = fmt::format("{}: {}", decision.policy.limits[i].name,
                          result_words(decision.policy.limits[i], result));
  }
  return more > 0 ? fmt::format("{} (and {} more)", first, more) : first;
}

std::string none_headline(const analysis::Decision& decision) {
  std::string text =
      fmt::format("No candidate keeps the hard limits of the policy “{}”.", decision.policy.name);
  constexpr std::size_t kNamed = 3;
  for (std::size_t i = 0; i < std::min(kNamed, decision.order.size()); ++i) {
    const std::size_t candidate = decision.order[i];
    std::string why = first_broken(decision, candidate, RuleState::failed);
    if (why.empty()) why = first_broken(decision, candidate, RuleState::unresolved);
    text += fmt::format(" {} breaks {}.", name_of(decision, candidate), why);
  }
  if (decision.order.size() > kNamed)
    text += fmt::format(" {} more do not either.", decision.order.size() - kNamed);
  return text;
}

std::string unresolved_headline(const analysis::Decision& decision) {
  const std::size_t best = *decision.recommendation;
  const std::string name = name_of(decision, best);
  if (decision.results[best].standing == analysis::Standing::open)
    return fmt::format(
        "The data do not decide the policy “{}”: no candidate is known to keep its hard limits. {} leads "
        "among those that may keep them; not resolved is {}.",
        decision.policy.name, name, first_broken(decision, best, RuleState::unresolved));
  const analysis::DecisionDoubt& doubt = decision.doubts.front();
  std::string text = fmt::format(
      "The data do not decide the policy “{}”: {} {}leads with a utility of {}, but {} ",
      decision.policy.name, name, decision.policy.limits.empty() ? "" : "keeps the hard limits and ",
      utility_words(decision.results[best]), name_of(decision, doubt.candidate));
  if (doubt.kind == analysis::DoubtKind::tied)
    return text + "has the same: the ranges of the weights do not separate them.";
  if (doubt.unknown_figure)
    text += "may be better, because a weighted figure is not known";
  else if (doubt.kind == analysis::DoubtKind::limits_open)
    text += fmt::format("may be better (in {} of draws) if it keeps {}", share_words(doubt.better),
                        broken_names(decision, doubt.candidate));
  else
    text += fmt::format("is better in {} of draws", share_words(doubt.better));
  if (doubt.items) text += fmt::format("; about {} items would tell", grouped(*doubt.items));
  return text + ".";
}

std::string relax_words(const analysis::Decision& decision, const analysis::Change& change) {
  std::string what;
  bool figures = true;
  for (const std::size_t limit : change.limits) {
    const PolicyLimit& of = decision.policy.limits[limit];
    const analysis::LimitResult& result = decision.results[change.candidate].limits[limit];
    what += what.empty() ? "" : " and ";
    if (result.relaxed_to) {
      what += fmt::format("{} were {}", of.name, relaxed_text(of, *result.relaxed_to));
    } else {
      figures = false;
      what += result.unknown ? fmt::format("{} were known to be kept", of.name)
              : result.not_allowed.empty()
                  ? fmt::format("{} were not required", of.name)
                  : fmt::format("{} allowed {}", of.name, fmt::join(result.not_allowed, ", "));
    }
  }
  const std::string name = name_of(decision, change.candidate);
  const bool kept = decision.recommendation &&
                    decision.results[*decision.recommendation].standing == analysis::Standing::kept;
  const bool leads = kept && change.then == change.candidate;
  const bool behind = kept && !leads && figures;
  return fmt::format(
      "{} would {} if {}{}", name, leads ? "lead" : "keep the limits", what,
      behind ? fmt::format(", and {} would still be ahead", name_of(decision, change.then)) : "");
}

}  // namespace

std::string place_words(const analysis::Decision& decision, std::size_t candidate) {
  if (decision.recommendation == candidate)
    return decision.verdict == analysis::DecisionVerdict::recommended ? "recommended" : "leads, not decided";
  if (decision.runner_up == candidate)
    return decision.results[candidate].standing == analysis::Standing::open ? "runner-up, limits not resolved"
                                                                            : "runner-up";
  switch (decision.results[candidate].standing) {
    case analysis::Standing::kept:
      return "keeps the limits";
    case analysis::Standing::open:
      return "limits not resolved";
    case analysis::Standing::failed:
      break;
  }
  return "fails";
}

std::string figure_title(const std::string& figure) {
  const std::string_view part = analysis::figure_part(figure);
  if (!part.empty()) return fmt::format("share solved of {}", part);
  return std::string(analysis::find_figure_row(figure)->title);
}

std::string fact_title(const std::string& fact) {
  std::string title = fact;
  std::replace(title.begin(), title.end(), '_', ' ');
  return title;
}

Cell figure_cell(const std::string& figure, const analysis::Observation& seen) {
  analysis::RuleResult result;
  result.rule = rule_like(figure, zero_of(unit_of_figure(figure)));
  result.seen = seen;
  return observed_cell(result);
}

std::string figure_words(const std::string& figure, const analysis::Observation& seen) {
  const CellText text = cell_text(figure_cell(figure, seen));
  const std::string_view unit = unit_suffix(unit_of_figure(figure));
  return text.has_bounds() ? fmt::format("{}{} [{}, {}]", text.text, unit, text.low, text.high)
                           : fmt::format("{}{}", text.text, unit);
}

std::string figure_number(const std::string& figure, double value) {
  const FigureUnit unit = unit_of_figure(figure);
  if (unit == FigureUnit::money) return dollars(value);
  if (unit == FigureUnit::share) return fmt::format("{:.1f} %", value * 100);
  return three_digits(value) + std::string(unit_suffix(unit));
}

std::string figure_difference(const std::string& figure, double value) {
  if (unit_of_figure(figure) == FigureUnit::share) return fmt::format("{:.1f} points", value * 100);
  return figure_number(figure, value);
}

Cell fact_cell(const analysis::Fact& fact) {
  if (!fact.known()) return Unknown{};
  if (const auto* number = std::get_if<std::int64_t>(&fact.value)) return IntegerCell{*number};
  if (const auto* yes = std::get_if<bool>(&fact.value)) return BooleanCell{*yes};
  return TextCell{fact_words(fact)};
}

std::string fact_words(const analysis::Fact& fact) {
  if (!fact.known()) return "not known";
  if (const auto* number = std::get_if<std::int64_t>(&fact.value)) return grouped(*number);
  if (const auto* yes = std::get_if<bool>(&fact.value)) return *yes ? "yes" : "no";
  return fmt::format("{}", fmt::join(std::get<std::vector<std::string>>(fact.value), ", "));
}

Cell bound_cell_of(const PolicyLimit& limit) {
  if (!limit.allowed.empty()) return TextCell{fmt::format("{}", fmt::join(limit.allowed, ", "))};
  if (!limit.bound) return BooleanCell{true};
  if (limit.fact) return IntegerCell{std::llround(analysis::plain_number(limit.bound->amount))};
  return bound_cell(rule_like(limit.subject, *limit.bound));
}

std::string required_words(const PolicyLimit& limit) {
  if (limit.allowed.size() == 1) return limit.allowed.front();
  if (!limit.allowed.empty()) return fmt::format("one of {}", fmt::join(limit.allowed, ", "));
  if (!limit.bound) return "yes";
  return fmt::format("{} {}", limit.bound->side == Side::at_least ? "at least" : "at most",
                     bound_text_of(limit, limit.bound->amount));
}

std::string limit_words(const PolicyLimit& limit) {
  return fmt::format("{} {}", limit.fact ? fact_title(limit.subject) : figure_title(limit.subject),
                     required_words(limit));
}

std::string weight_words(const analysis::PolicyWeight& weight) {
  return fmt::format("{} {:g}, from {} to {}{}", figure_title(weight.figure), weight.weight,
                     figure_number(weight.figure, weight.worst), figure_number(weight.figure, weight.best),
                     weight.logarithmic ? " (logarithmic)" : "");
}

std::string result_words(const PolicyLimit& limit, const analysis::LimitResult& result) {
  if (!limit.fact) return figure_result_words(limit, result);
  if (!result.fact.known())
    return fmt::format("the {} is not known, because {}; {} is required", fact_title(limit.subject),
                       result.fact.unknown, required_words(limit));
  std::string text = fmt::format("{} ({}); {} is required", fact_words(result.fact), result.fact.source,
                                 required_words(limit));
  if (result.missing) text += fmt::format(", {} short", missing_words(limit, *result.missing));
  return text;
}

std::string broken_names(const analysis::Decision& decision, std::size_t candidate) {
  std::string names;
  for (std::size_t i = 0; i < decision.policy.limits.size(); ++i)
    if (decision.results[candidate].limits[i].state != RuleState::passed)
      names += (names.empty() ? "" : ", ") + decision.policy.limits[i].name;
  return names;
}

std::string change_words(const analysis::Decision& decision, const analysis::Change& change) {
  if (change.kind == analysis::ChangeKind::relax) return relax_words(decision, change) + ".";
  const std::string& figure = decision.policy.weights[change.weight].figure;
  const double step = change.to - change.from;
  const bool share = unit_of_figure(figure) == FigureUnit::share;
  const double factor = change.from > 0 ? change.to / change.from : 0;
  const std::string direction = step < 0 ? "down" : "up";
  const std::string by =
      share                 ? fmt::format("{} by {}", direction, figure_difference(figure, std::abs(step)))
      : factor <= 0         ? fmt::format("{} by {}", direction, figure_number(figure, std::abs(step)))
      : factor > kManyTimes ? fmt::format("{} times as much", three_digits(factor))
                            : fmt::format("{} by {} %", direction, three_digits(std::abs(factor - 1) * 100));
  const std::string moved = fmt::format("{} ({}, from {})", figure_number(figure, change.to), by,
                                        figure_number(figure, change.from));
  if (change.kind == analysis::ChangeKind::improve)
    return fmt::format("{} would lead with a {} of {}.", name_of(decision, change.candidate),
                       figure_title(figure), moved);
  return fmt::format("{} leads until its {} is {}; then {} does.", name_of(decision, change.candidate),
                     figure_title(figure), moved, name_of(decision, change.then));
}

std::string decision_headline(const analysis::Decision& decision) {
  if (decision.verdict == analysis::DecisionVerdict::none) return none_headline(decision);
  if (decision.verdict == analysis::DecisionVerdict::unresolved) return unresolved_headline(decision);
  const std::size_t best = *decision.recommendation;
  std::string text = fmt::format("By the policy “{}”, {} is recommended: {}", decision.policy.name,
                                 name_of(decision, best), limits_kept(decision));
  if (!decision.runner_up)
    return text + (decision.policy.limits.empty() ? ", and it is the only candidate."
                                                  : " and is the only candidate that does.");
  const analysis::CandidateResult& next = decision.results[*decision.runner_up];
  text +=
      fmt::format("{} has the highest utility, {}, before {} with {}",
                  decision.policy.limits.empty() ? ", and it" : " and", utility_words(decision.results[best]),
                  name_of(decision, *decision.runner_up), utility_words(next));
  return text +
         (next.standing == analysis::Standing::open
              ? fmt::format(", for which {} is not resolved.", broken_names(decision, *decision.runner_up))
              : ".");
}

}  // namespace costwar::reports
