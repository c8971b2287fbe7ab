#include "analysis/decision_mix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "analysis/decision_draws.h"

namespace costwar::analysis {
namespace {

constexpr int kSteps = 100;  // shares in whole percent

Amount average(const Amount& base, const Amount& strong, double share) {
  if (const auto* money = std::get_if<Money>(&base)) {
    const auto percent = static_cast<std::int64_t>(std::lround(share * kSteps));
    return money->scaled(kSteps - percent, kSteps) + std::get<Money>(strong).scaled(percent, kSteps);
  }
  return (1 - share) * std::get<double>(base) + share * std::get<double>(strong);
}

std::optional<Amount> average(const std::optional<Amount>& base, const std::optional<Amount>& strong,
                              double share) {
  if (!base || !strong) return std::nullopt;
  return average(*base, *strong, share);
}

double reach_of(const SeenFigure& figure, double score) {
  const auto& end = score < 0 ? figure.seen.low : figure.seen.high;
  const auto centre = centre_of(figure);
  return end && centre ? std::abs(plain_number(*end) - *centre) : 0;
}

EvidenceKind weaker(EvidenceKind a, EvidenceKind b) {
  return std::max(a, b);
}

Observation not_known_of_mix(const Observation& base, const Observation& strong, std::string why) {
  Observation seen;
  seen.n = std::min(base.n, strong.n);
  seen.unknown = std::move(why);
  return seen;
}

// Ends are averages too, as if both figures were wrong in the same direction: never too narrow.
SeenFigure average_figure(const SeenFigure& base, const SeenFigure& strong, double share) {
  SeenFigure figure;
  figure.evidence = weaker(base.evidence, strong.evidence);
  const Observation& first = base.seen;
  const Observation& second = strong.seen;
  Observation& seen = figure.seen;
  seen.n = std::min(first.n, second.n);
  seen.value = average(first.value, second.value, share);
  seen.low = average(first.low, second.low, share);
  seen.high = average(first.high, second.high, share);
  seen.exact = first.exact && second.exact;
  seen.unknown = first.unknown.empty() ? second.unknown : first.unknown;
  seen.doubt = first.doubt.empty() ? second.doubt : first.doubt;
  for (std::size_t i = 0; i < std::min(base.scores.size(), strong.scores.size()); ++i) {
    const double z = (1 - share) * base.scores[i] * reach_of(base, base.scores[i]) +
                     share * strong.scores[i] * reach_of(strong, strong.scores[i]);
    const double whole = (1 - share) * reach_of(base, z) + share * reach_of(strong, z);
    figure.scores.push_back(whole > 0 ? z / whole : base.scores[i]);
  }
  return figure;
}

// Between both; the estimate is the slower one's.
SeenFigure slower_figure(const SeenFigure& base, const SeenFigure& strong) {
  const auto number = [](const std::optional<Amount>& amount) { return amount ? plain_number(*amount) : 0; };
  const bool strong_slower = number(strong.seen.value) >= number(base.seen.value);
  SeenFigure figure = strong_slower ? strong : base;
  const SeenFigure& other = strong_slower ? base : strong;
  figure.evidence = weaker(base.evidence, strong.evidence);
  figure.source = "at most: a quantile of a mix lies between those of both";
  if (figure.seen.low && other.seen.low && number(other.seen.low) < number(figure.seen.low))
    figure.seen.low = other.seen.low;
  if (!other.seen.low) figure.seen.low.reset();
  if (figure.seen.high && other.seen.high && number(other.seen.high) > number(figure.seen.high))
    figure.seen.high = other.seen.high;
  if (!other.seen.high) figure.seen.high.reset();
  if (figure.seen.unknown.empty()) figure.seen.unknown = other.seen.unknown;
  figure.seen.items_for = {};
  return figure;
}

SeenFigure mixed_figure(const std::string& name, const Candidate& base, const Candidate& strong,
                        double share) {
  const SeenFigure& first = base.figures.at(name);
  const SeenFigure& second = strong.figures.at(name);
  const FigureRow* row = find_figure_row(name);
  if (row != nullptr && row->quantile > 0) return slower_figure(first, second);
  if (name != "usd_per_thousand_solved" && name != "joules_per_solved")
    return average_figure(first, second, share);
  SeenFigure figure;
  figure.evidence = weaker(first.evidence, second.evidence);
  figure.seen = not_known_of_mix(first.seen, second.seen, "it is not an average of both");
  figure.scores = first.scores;
  return figure;
}

// What holds of a mix has to hold of both.
Fact mixed_fact(const Fact& base, const Fact& strong) {
  if (!base.known()) return base;
  if (!strong.known()) return strong;
  if (base.value.index() != strong.value.index()) return {{}, {}, "both say it in different ways"};
  Fact fact = base;
  fact.source =
      base.source == strong.source ? base.source : fmt::format("{}; {}", base.source, strong.source);
  if (auto* yes = std::get_if<bool>(&fact.value)) *yes = *yes && std::get<bool>(strong.value);
  if (auto* number = std::get_if<std::int64_t>(&fact.value))
    *number = std::min(*number, std::get<std::int64_t>(strong.value));
  if (auto* texts = std::get_if<std::vector<std::string>>(&fact.value))
    for (const std::string& text : std::get<std::vector<std::string>>(strong.value))
      if (std::find(texts->begin(), texts->end(), text) == texts->end()) texts->push_back(text);
  return fact;
}

bool is_average_limit(const PolicyLimit& limit) {
  return !limit.fact && limit.bound->side == Side::at_least;
}

// The least share of the strong one with which every limit on a share is kept; nullopt: none is, or 0 is.
std::optional<double> least_share(const Policy& policy, const Candidate& base, const Candidate& strong) {
  double least = 0;
  for (const PolicyLimit& limit : policy.limits) {
    if (!is_average_limit(limit)) continue;
    const auto first = base.figures.find(limit.subject);
    const auto second = strong.figures.find(limit.subject);
    if (first == base.figures.end() || second == strong.figures.end()) return std::nullopt;
    if (decide(*limit.bound, second->second.seen).state != RuleState::passed) return std::nullopt;
    if (decide(*limit.bound, first->second.seen).state == RuleState::passed) continue;
    if (!first->second.seen.low || !second->second.seen.low) return std::nullopt;
    const double low = plain_number(*first->second.seen.low);
    const double high = plain_number(*second->second.seen.low);
    least = std::max(least, (plain_number(limit.bound->amount) - low) / (high - low));
  }
  if (least <= 0) return std::nullopt;
  return std::min(1.0, std::ceil(least * kSteps - 1e-9) / kSteps);
}

std::optional<double> cost_of(const Candidate& candidate) {
  const auto found = candidate.figures.find("usd_per_thousand_tasks");
  return found == candidate.figures.end() ? std::nullopt : centre_of(found->second);
}

}  // namespace

Candidate mix_of(const std::vector<Candidate>& candidates, const MixOf& mix) {
  const Candidate& base = candidates.at(mix.base);
  const Candidate& strong = candidates.at(mix.strong);
  Candidate mixed;
  const auto percent = std::lround(mix.share * kSteps);
  mixed.label = fmt::format("{} % {} + {} % {}", kSteps - percent, base.label, percent, strong.label);
  mixed.evidence = weaker(base.evidence, strong.evidence);
  mixed.mix = mix;
  for (const auto& [name, figure] : base.figures)
    if (strong.figures.count(name) > 0) mixed.figures[name] = mixed_figure(name, base, strong, mix.share);
  for (const auto& [name, fact] : base.facts)
    if (const auto other = strong.facts.find(name); other != strong.facts.end())
      mixed.facts[name] = mixed_fact(fact, other->second);
  return mixed;
}

std::vector<Candidate> find_mixes(const Policy& policy, const std::vector<Candidate>& candidates) {
  std::vector<Candidate> mixes;
  for (std::size_t base = 0; base < candidates.size(); ++base) {
    for (std::size_t strong = 0; strong < candidates.size(); ++strong) {
      if (base == strong) continue;
      const auto cheap = cost_of(candidates[base]);
      const auto dear = cost_of(candidates[strong]);
      if (!cheap || !dear || *cheap >= *dear) continue;  // a mix with a dearer base saves nothing
      const auto share = least_share(policy, candidates[base], candidates[strong]);
      if (share && *share < 1) mixes.push_back(mix_of(candidates, {base, strong, *share}));
    }
  }
  return mixes;
}

}  // namespace costwar::analysis
