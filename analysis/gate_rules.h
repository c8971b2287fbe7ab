// What a gate requires: rules on the head of a change, each against the baseline or against a fixed bound.
// Where they are written: docs/gate.md. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/rule.h"

namespace costwar::analysis {

enum class Quantity : std::uint8_t {
  quality,          // share of trials solved
  cost_per_task,    // money of all attempts over trials
  cost_per_solved,  // the same over solved trials
  latency,          // a quantile of the seconds of an item
  failures,         // share of trials that ended without an answer
  spend,            // money of all attempts, judges included: an exact total
};
std::string_view quantity_name(Quantity quantity);

// What the figure is: the head's own, its difference from the baseline, or its multiple of the baseline.
enum class Against : std::uint8_t { nothing, difference, ratio };

struct GateRule {
  std::string name;  // as its place in the rules: "quality.margin", "latency.p95.ratio_at_most"
  Quantity quantity = Quantity::quality;
  Against against = Against::nothing;
  Bound bound;
  double quantile = 0.5;   // of latency
  std::string task{};      // quality of this task alone; empty: of all
  bool each_task = false;  // stands for one rule per task
};

enum class OnUnresolved : std::uint8_t { fail, pass, unresolved };
std::string_view on_unresolved_name(OnUnresolved value);

struct GateRules {
  std::vector<GateRule> rules;
  OnUnresolved on_unresolved = OnUnresolved::unresolved;
  std::vector<std::string> accept;  // acceptable_fields() or one of their members
};

// Quality not worse by more than 3 points, a solved task not dearer by more than a fifth, failures not more
// by more than 3 points.
GateRules default_gate_rules();

}  // namespace costwar::analysis
