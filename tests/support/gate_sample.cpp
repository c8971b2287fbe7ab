#include "tests/support/gate_sample.h"

#include <fmt/format.h>

#include <array>

namespace costwar::testing {
namespace {

constexpr std::uint32_t kBaseline = 0;
constexpr std::uint32_t kHead = 1;

}  // namespace

SampleRun GateSample::run() const {
  SampleRun run({"openai/gpt-5.5", "openai/gpt-5.6"}, tasks);
  for (std::uint32_t task = 0; task < tasks.size(); ++task) {
    for (int item = 0; item < items + head_only; ++item) {
      const std::string name = fmt::format("{}-{}", tasks[task], item);
      for (int repeat = 0; repeat < repeats; ++repeat) {
        // Items take from 1 to 2 seconds.
        const double seconds = 1 + static_cast<double>(item % 10) / 10;
        if (item < items) {
          run.trial(kBaseline, task, name);
          run.repeat(static_cast<std::uint32_t>(repeat));
          run.attempt(Outcome::ok, 100, 10, seconds);
          run.score(item < baseline_solves);
        }
        run.trial(kHead, task, name);
        run.repeat(static_cast<std::uint32_t>(repeat));
        if (item < missing) continue;
        const bool fails = item >= items - head_fails && item < items;
        run.attempt(fails ? Outcome::server_error : Outcome::ok, 100, 10, seconds * head_seconds);
        run.score(item < head_solves && !fails);
      }
    }
  }
  return run;
}

std::vector<analysis::AttemptCost> GateSample::costs(const RunColumns& columns) const {
  std::vector<analysis::AttemptCost> costs(columns.attempts.size());
  int left = unpriced;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const bool head = columns.trials.model[columns.attempts.trial[i]] == kHead;
    if (head && left-- > 0)
      costs[i].unpriced = true;
    else
      costs[i].amount = Money::parse(Currency(), head ? head_cost : baseline_cost);
  }
  return costs;
}

analysis::GateFinding GateSample::judge(const analysis::GateRules& rules,
                                        const analysis::GateOptions& options,
                                        const std::vector<analysis::ServedAnswer>& served) const {
  const RunColumns columns = run().columns();
  const std::array<analysis::GatePair, 1> pairs{{{kBaseline, kHead}}};
  return analysis::judge_gate(columns, costs(columns), served, pairs, rules, options);
}

analysis::GateRule gate_rule(const std::string& name, analysis::Quantity quantity, analysis::Against against,
                             analysis::Side side, analysis::Amount bound) {
  return {name, quantity, against, {side, bound}};
}

}  // namespace costwar::testing
