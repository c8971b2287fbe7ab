// A policy over candidates: who keeps the hard limits, who is worth the most by the weights, how sure that
// is, and what would change the answer. Limits are decided on intervals by analysis/rule.h; what is not known
// keeps no limit. The utility is additive, so every sensitivity is exact; its doubt comes from seeded draws
// within the figures' intervals, which move together where candidates were measured on the same items. A
// candidate is a value: it may come from a run (analysis/decision_figures.h) or from anything else that has
// figures. Pure; definitions in docs/deciding.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "analysis/policy.h"
#include "analysis/rule.h"
#include "stats/interval.h"

namespace costwar::analysis {

// Where a figure comes from. It stands beside every figure, so that none are mixed unmarked.
enum class EvidenceKind : std::uint8_t {
  measured,
  imported,
  published_vendor,
  published_independent,
  estimated,
  stated,  // in the policy itself, with its source
};
std::string_view evidence_kind_name(EvidenceKind kind);  // "published by the vendor"

struct SeenFigure {
  Observation seen;
  EvidenceKind evidence = EvidenceKind::measured;
  std::string source{};  // in words; empty: the candidate's
  // Standard scores of resamples of the items: the same place is the same resample in every candidate, so
  // that figures of the same items move together. Empty: it moves on its own.
  std::vector<double> scores{};
};

// monostate: not known. A list of texts of which each has to be allowed.
using FactValue = std::variant<std::monostate, bool, std::int64_t, std::vector<std::string>>;
struct Fact {
  FactValue value{};
  std::string source{};   // of a known one
  std::string unknown{};  // why it is not known
  bool known() const { return value.index() != 0; }
};

// A pair of candidates that share the calls at random.
struct MixOf {
  std::size_t base = 0;  // indices into the candidates
  std::size_t strong = 0;
  double share = 0;  // of the calls that the strong one gets
};

struct Candidate {
  std::string label;
  std::string model;  // as it was asked for
  EvidenceKind evidence = EvidenceKind::measured;
  std::map<std::string, SeenFigure> figures;  // by name (analysis/policy.h)
  std::map<std::string, Fact> facts;          // by name
  std::optional<MixOf> mix{};
};

struct LimitResult {
  RuleState state = RuleState::unresolved;
  bool unknown = false;  // unresolved for want of the figure or the fact
  std::optional<std::int64_t> items_to_resolve{};
  SeenFigure figure{};  // of a limit on a figure
  Fact fact{};          // of one on a fact
  // What is missing: from the estimate to the bound of a failed one, from the interval's worse end to it of
  // an unresolved one. And the bound that would be kept: that end.
  std::optional<Amount> missing{};
  std::optional<Amount> relaxed_to{};
  std::vector<std::string> not_allowed{};  // of a fact
};

// Of one weight: the utility of the figure alone, and its share of the sum. nullopt: the figure is not known.
struct UtilityPart {
  std::optional<double> utility{};
  double contribution = 0;
};

enum class Standing : std::uint8_t { kept, failed, open };
std::string_view standing_name(Standing standing);

struct CandidateResult {
  std::vector<LimitResult> limits;  // parallel to the policy's
  Standing standing = Standing::open;
  std::vector<UtilityPart> parts;  // parallel to the policy's weights
  double utility = 0;              // figures that are not known count as worst ...
  double best_case = 0;            // ... and here as best
  stats::Interval interval{};      // of the utility, from the worst to the best case
  // Among the contenders: how often it is the best of the draws, and of all weightings. nullopt: it is none.
  std::optional<double> best_share{};
  std::optional<double> weighting_share{};
  bool utility_known() const;
};

// The recommendation's weights, one at a time, the others rescaled: where it stops to be the best.
struct WeightFlip {
  double at = 0;
  std::size_t to = 0;  // the candidate that takes its place
};
struct WeightSensitivity {
  std::optional<WeightFlip> below{};
  std::optional<WeightFlip> above{};
};

// A single change that would change the answer.
enum class ChangeKind : std::uint8_t {
  improve,  // a figure of another candidate gets better
  worsen,   // a figure of the recommendation gets worse
  relax,    // limits that another candidate does not keep are relaxed
};
struct Change {
  ChangeKind kind = ChangeKind::improve;
  std::size_t candidate = 0;          // whose figure, or for whom
  std::size_t weight = 0;             // of improve and worsen
  double from = 0;                    // in the figure's unit
  double to = 0;                      //
  std::size_t then = 0;               // who is recommended then
  std::vector<std::size_t> limits{};  // of relax
};

// Why the recommendation is not decided.
enum class DoubtKind : std::uint8_t {
  limits_open,    // a candidate would be at least as good if its open limits are kept
  not_separated,  // a candidate that keeps the limits may be better
  tied  // another has the same utility, because a weight's range ends before figures in which they differ
};
struct DecisionDoubt {
  DoubtKind kind = DoubtKind::limits_open;
  std::size_t candidate = 0;
  double better = 0;                    // the chance that it is better, by more than the indifference
  bool unknown_figure = false;          // only because a weighted figure of either is not known
  std::optional<std::int64_t> items{};  // about how many would tell
};

enum class DecisionVerdict : std::uint8_t { recommended, none, unresolved };
std::string_view decision_verdict_name(DecisionVerdict verdict);

struct DecisionOptions {
  double level = stats::kDefaultLevel;
  std::uint64_t seed = 0;
  std::int64_t draws = 4000;
  std::int64_t weightings = 10'000;
};

struct Decision {
  Policy policy;
  DecisionOptions options;
  std::vector<Candidate> candidates;  // with the mix that was considered, if any
  std::vector<CandidateResult> results;
  std::vector<std::size_t>
      order;  // all candidates: those that keep the limits, open ones, the others; by utility
  DecisionVerdict verdict = DecisionVerdict::unresolved;
  std::optional<std::size_t> recommendation{};  // of the kept ones, or the best open one where none is kept
  std::optional<std::size_t> runner_up{};       // the next in `order`, unless it fails
  std::vector<DecisionDoubt> doubts{};
  std::vector<WeightSensitivity> sensitivity{};  // parallel to the weights
  std::vector<Change> changes{};
};

// Error{internal} without a candidate, without a weight, or where a bound and its figure are of different
// kinds.
Decision decide_policy(Policy policy, std::vector<Candidate> candidates, const DecisionOptions& options);

// A number in a figure's own unit; money as an approximate number of USD.
double plain_number(const Amount& amount);

}  // namespace costwar::analysis
