// Two models on the same items as a gate sees them: how often each solves, fails, what it costs and takes.
#pragma once

#include <string>
#include <vector>

#include "analysis/gate.h"
#include "tests/support/sample_run.h"

namespace costwar::testing {

struct GateSample {
  int items = 200;  // per task, of which each model solves the first ones
  int baseline_solves = 160;
  int head_solves = 160;
  int head_fails = 0;  // of the last ones, without an answer
  std::string baseline_cost = "0.010";
  std::string head_cost = "0.010";
  double head_seconds = 1;  // as a multiple of the baseline's
  int unpriced = 0;         // attempts of the head
  int missing = 0;          // trials of the head without a result
  int head_only = 0;        // items that only the head has
  std::vector<std::string> tasks{"sums"};
  int repeats = 1;

  SampleRun run() const;
  std::vector<analysis::AttemptCost> costs(const RunColumns& columns) const;
  analysis::GateFinding judge(const analysis::GateRules& rules, const analysis::GateOptions& options = {},
                              const std::vector<analysis::ServedAnswer>& served = {}) const;
};

// A rule of one line, as the reader of rules makes it.
analysis::GateRule gate_rule(const std::string& name, analysis::Quantity quantity, analysis::Against against,
                             analysis::Side side, analysis::Amount bound);

}  // namespace costwar::testing
