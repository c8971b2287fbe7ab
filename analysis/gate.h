// A gate: whether the head of a change keeps the rules, model by model. Rules against the baseline need two
// measurements that can be compared (comparability.h); where they cannot, such a rule is incomparable and the
// gate is too, whatever the figures are. Each rule is decided by decide() on its interval; all rules must
// pass for the gate to pass, so the chance that a head which breaks any of them passes is at most that of one
// interval to miss on one side, with no correction for their number. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/attempt_cost.h"
#include "analysis/comparability.h"
#include "analysis/comparison.h"
#include "analysis/gate_rules.h"

namespace costwar::analysis {

struct GateOptions {
  bool intersect = false;  // compare what is shared where items differ
  double level = stats::kDefaultLevel;
  std::int64_t resamples = 10'000;
};

// Models of a run that are compared.
struct GatePair {
  std::size_t baseline = 0;
  std::size_t head = 0;
};

struct RuleResult {
  GateRule rule;  // of one task where it stands for each
  Observation seen;
  RuleOutcome outcome;
};

struct ModelGate {
  std::string baseline;  // the models' names as they were asked for
  std::string head;
  Comparability comparability;
  std::vector<RuleResult> results;
  std::int64_t unpriced = 0;  // attempts of either
};

struct GateFinding {
  std::vector<ModelGate> models;
  GateRules rules;
  GateOptions options;
  std::int64_t rules_in(RuleState state) const;
  // incomparable before failed before unresolved before passed; an unresolved rule counts as the rules say,
  // but one whose figure is not known never passes.
  RuleState verdict() const;
};

// How an unresolved result counts under the rules.
RuleState counted(const RuleResult& result, OnUnresolved on_unresolved);

// `run` holds both measurements (core/run_merge.h); `costs` has one entry per attempt. Error{input} where
// costs are in several currencies, and where a rule names a task that neither side has.
GateFinding judge_gate(const RunColumns& run, const CostColumns& costs, std::span<const ServedAnswer> served,
                       std::span<const GatePair> pairs, const GateRules& rules, const GateOptions& options);

// Pairs baseline models with head models: the only ones of both, or those of one name. Error{usage} where
// names do not match up. Indices are of the merged run.
std::vector<GatePair> pair_models(const RunHeader& merged, std::span<const std::size_t> baseline,
                                  std::span<const std::size_t> head);

}  // namespace costwar::analysis
