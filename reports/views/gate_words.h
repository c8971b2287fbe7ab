// How a gate's rules read. Internal to reports/views.
#pragma once

#include <string>

#include "analysis/gate.h"
#include "core/document.h"

namespace costwar::reports {

// What was seen, with its interval; no ends where it is exact or too few items give none; unknown.
Cell observed_cell(const analysis::RuleResult& result);
Cell bound_cell(const analysis::GateRule& rule);

// "≥ −3.0 points", for a table; "at least −3.0 points", for a sentence.
std::string bound_symbol(const analysis::GateRule& rule);
std::string bound_words(const analysis::GateRule& rule);

// One sentence with the figures, without its full stop.
std::string result_words(const analysis::ModelGate& model, const analysis::RuleResult& result);

// The first difference that is not accepted, and how many more there are.
std::string difference_words(const analysis::ModelGate& model);

std::string gate_headline(const analysis::GateFinding& finding);

}  // namespace costwar::reports
