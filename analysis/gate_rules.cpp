#include "analysis/gate_rules.h"

namespace costwar::analysis {

std::string_view quantity_name(Quantity quantity) {
  switch (quantity) {
    case Quantity::quality:
      return "quality";
    case Quantity::cost_per_task:
      return "cost_per_task";
    case Quantity::cost_per_solved:
      return "cost_per_solved";
    case Quantity::latency:
      return "latency";
    case Quantity::failures:
      return "failures";
    case Quantity::spend:
      break;
  }
  return "spend";
}

std::string_view on_unresolved_name(OnUnresolved value) {
  switch (value) {
    case OnUnresolved::fail:
      return "fail";
    case OnUnresolved::pass:
      return "pass";
    case OnUnresolved::unresolved:
      break;
  }
  return "unresolved";
}

GateRules default_gate_rules() {
  GateRules rules;
  rules.rules = {
      {"quality.margin", Quantity::quality, Against::difference, {Side::at_least, -0.03}},
      {"cost_per_solved.ratio_at_most", Quantity::cost_per_solved, Against::ratio, {Side::at_most, 1.20}},
      {"failures.increase_at_most", Quantity::failures, Against::difference, {Side::at_most, 0.03}},
  };
  return rules;
}

}  // namespace costwar::analysis
