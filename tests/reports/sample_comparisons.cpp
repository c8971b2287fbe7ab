#include "tests/reports/sample_comparisons.h"

#include <fmt/format.h>

#include <string>

#include "core/random.h"
#include "tests/support/sample_run.h"

namespace costwar::testing {
namespace {

using analysis::AttemptCost;
using analysis::Comparison;
using analysis::ModelPricing;
using analysis::RepricedCost;

Money sample_usd(std::string_view text) {
  return Money::parse(Currency{}, text);
}

struct ModelTruth {
  std::string name;
  double skill;         // how often it solves an item of middling difficulty
  double seconds;       // of a typical attempt
  std::int64_t output;  // tokens of a typical answer
};

const std::vector<std::string> kTasks{"copy", "arithmetic", "sorting", "lookup"};

// Each item has its own difficulty, which all models share: answers are correlated as real ones are.
SampleRun measured(const std::vector<ModelTruth>& truths, int items_per_task, double failure_rate = 0) {
  std::vector<std::string> names;
  for (const ModelTruth& truth : truths) names.push_back(truth.name);
  SampleRun run(names, kTasks);
  for (std::uint32_t task = 0; task < kTasks.size(); ++task) {
    for (int item = 0; item < items_per_task; ++item) {
      const std::string identity = fmt::format("{}-{}", kTasks[task], item);
      const double difficulty = RandomStream(1, "difficulty/" + identity).unit() * 0.8 + 0.05 * task;
      for (std::uint32_t model = 0; model < truths.size(); ++model) {
        const ModelTruth& truth = truths[model];
        RandomStream luck(2, fmt::format("{}/{}", truth.name, identity));
        run.trial(model, task, identity);
        if (luck.unit() < failure_rate) run.attempt(Outcome::server_error, 40, 0, truth.seconds / 3);
        const std::int64_t input = 30 + luck.between(0, 30);
        const std::int64_t output = std::max<std::int64_t>(1, truth.output + luck.between(-2, 4));
        run.attempt(Outcome::ok, input, output, truth.seconds * (0.7 + 0.6 * luck.unit()));
        run.score(luck.unit() < truth.skill * 1.3 - difficulty * 0.7);
      }
    }
  }
  return run;
}

// The own machine's time at $0.36 an hour: $0.0001 a second.
std::vector<AttemptCost> machine_costs(const RunColumns& run) {
  std::vector<AttemptCost> costs;
  for (std::size_t i = 0; i < run.attempts.size(); ++i) {
    AttemptCost cost;
    cost.amount = sample_usd("0.0001").scaled(run.attempts.total_ns[i], 1'000'000'000);
    costs.push_back(cost);
  }
  return costs;
}

RepricedCost repriced(std::string_view as, std::string_view amount, std::string_view model) {
  RepricedCost cost;
  cost.priced_as = as;
  cost.amount = sample_usd(amount);
  cost.token_basis = fmt::format("tokens of {} as its engine counted them", model);
  return cost;
}

ModelPricing machine_pricing(std::string_view model, std::string_view gpt, std::string_view flash) {
  return {"this machine's time at $0.36 an hour (assumed)",
          {repriced("openai/gpt-5.5", gpt, model), repriced("deepseek/deepseek-v4-flash", flash, model)}};
}

analysis::ComparisonOptions builtin_suite() {
  analysis::ComparisonOptions options;
  options.suite = "the built-in suite";
  return options;
}

Comparison one_model() {
  const RunColumns run = measured({{"openai/gpt-5.5@high", 0.9, 2.0, 60}}, 20).columns();
  std::vector<AttemptCost> costs;
  for (std::size_t i = 0; i < run.attempts.size(); ++i) {
    AttemptCost cost;
    const Usage usage = run.attempts.usage[i];
    cost.amount = sample_usd("0.000005").times(usage.prompt_tokens().value_or(0)) +
                  sample_usd("0.00003").times(usage.output_tokens().value_or(0));
    costs.push_back(cost);
  }
  return analysis::compare_models(
      run, costs, std::vector<ModelPricing>{{"list prices of openai/gpt-5.5 as known on 2026-11-23", {}}},
      builtin_suite());
}

// A run that was stopped, with every trouble at once: nothing solved, unpriced, in doubt, missing, an odd
// name.
Comparison troubled() {
  SampleRun run({"mock/silent", "http://127.0.0.1:8000/v1#we|rd_<b>"}, {"copy"});
  for (int item = 0; item < 30; ++item) {
    for (std::uint32_t model = 0; model < 2; ++model) {
      if (model == 1 && item >= 22) continue;
      run.trial(model, 0, std::to_string(item));
      if (model == 0 && item == 3) run.lost_attempt();
      if (model == 1 && item % 7 == 0) run.attempt(Outcome::capacity, 0, 0, 0.05);
      run.attempt(Outcome::ok, 20, 3, 0.2 + 0.01 * item);
      if (item < 28) run.score(model == 1 && item % 4 != 0);
    }
  }
  const RunColumns columns = run.columns();
  std::vector<AttemptCost> costs = machine_costs(columns);
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (columns.attempts.outcome[i] == Outcome::in_doubt) costs[i].amount = sample_usd("0.0004");
    if (columns.attempts.outcome[i] == Outcome::capacity) costs[i] = {{}, {}, {}, true};
  }
  return analysis::compare_models(columns, costs, {}, builtin_suite());
}

Comparison five_models() {
  const RunColumns run = measured({{"openai/gpt-5.5@high", 0.96, 3.0, 90},
                                   {"openai/gpt-5.5@low", 0.93, 1.2, 40},
                                   {"deepseek/deepseek-v4-pro", 0.92, 2.0, 60},
                                   {"deepseek/deepseek-v4-flash", 0.85, 0.9, 45},
                                   {"local/tiny-moe", 0.55, 0.4, 8}},
                                  40, 0.03)
                             .columns();
  std::vector<AttemptCost> costs = machine_costs(run);
  const std::vector<std::int64_t> factors{40, 14, 6, 2, 1};
  for (std::size_t i = 0; i < costs.size(); ++i)
    costs[i].amount = costs[i].amount->times(factors[run.trials.model[run.attempts.trial[i]]]);
  return analysis::compare_models(run, costs, {}, builtin_suite());
}

Comparison unresolved() {
  const RunColumns run =
      measured({{"local/tiny-moe", 0.8, 0.06, 8}, {"local/tiny-dense", 0.79, 0.05, 8}}, 10).columns();
  return analysis::compare_models(run, machine_costs(run), {}, builtin_suite());
}

// The vendor moved the name to another model in the middle of the run, and a limit held some attempts.
Comparison changed_model() {
  SampleRun run({"openai/gpt-5.5", "openai/gpt-5.5@low"}, {"copy"});
  for (int item = 0; item < 40; ++item) {
    for (std::uint32_t model = 0; model < 2; ++model) {
      run.trial(model, 0, std::to_string(item));
      if (model == 0 && item == 20) {
        run.attempt(Outcome::capacity, 0, 0, 0.1);
        run.served("", "");
      }
      run.attempt(Outcome::ok, 100, 10, 1.0 + 0.01 * item);
      run.served(model == 1 || item < 24 ? "gpt-5.5-2026-04-24" : "gpt-5.5-2026-11-20", "standard");
      run.requested(parse_wall("2026-11-23T19:45:00Z") + seconds(60 * item));
      if (model == 0 && item == 20) run.limited(12.5);
      run.score(model == 1 ? item % 2 == 0 : item < 24 || item % 4 == 0);
    }
  }
  const RunColumns columns = run.columns();
  return analysis::compare_models(columns, machine_costs(columns), {}, builtin_suite());
}

Comparison make_two_tiny_models() {
  const RunColumns run =
      measured({{"local/tiny-moe", 0.9, 0.052, 8}, {"local/tiny-dense", 0.7, 0.038, 8}}, 75, 0.02).columns();
  return analysis::compare_models(
      run, machine_costs(run),
      std::vector<ModelPricing>{machine_pricing("local/tiny-moe", "0.1417", "0.00214"),
                                machine_pricing("local/tiny-dense", "0.1409", "0.00213")},
      builtin_suite());
}

}  // namespace

Comparison two_tiny_models() {
  static const Comparison made = make_two_tiny_models();
  return made;
}

std::vector<NamedComparison> golden_comparisons() {
  // Resampled once: under the sanitizers that takes seconds.
  static const std::vector<NamedComparison> made{
      {"two-models", two_tiny_models()},
      {"one-model", one_model()},
      {"five-models", five_models()},
      {"unresolved", unresolved()},
      {"changed-model", changed_model()},
      {"troubled", troubled()},
      {"empty", analysis::compare_models(SampleRun({"mock/a", "mock/b"}, {"copy"}).columns(), {}, {},
                                         builtin_suite())}};
  return made;
}

}  // namespace costwar::testing
