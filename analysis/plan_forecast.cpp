#include "analysis/plan_forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "analysis/trial_tally.h"
#include "stats/student_t.h"

namespace costwar::analysis {
namespace {

// Sums over the measured trials of one task.
struct Sample {
  std::int64_t count = 0;
  double sum = 0;
  double squares = 0;
  bool known = true;  // of every trial
  void add(std::optional<double> value) {
    if (!value) {
      known = false;
      return;
    }
    ++count;
    sum += *value;
    squares += *value * *value;
  }
  double mean() const { return sum / static_cast<double>(count); }
  double variance() const {
    if (count < 2) return 0;
    const auto n = static_cast<double>(count);
    return std::max(0.0, (squares - sum * sum / n) / (n - 1));
  }
};

struct TaskSamples {
  std::int64_t trials = 0;
  std::int64_t unpriced = 0;
  Sample input, output, cost, measuring, seconds;
};

// Parts are independent: their variances add up. The degrees of freedom are those of the smallest sample.
std::optional<Expected> total_of(std::span<const PlannedPart> parts,
                                 const std::map<std::string, TaskSamples>& samples,
                                 Sample TaskSamples::*what) {
  Expected expected;
  double variance = 0;
  std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
  for (const PlannedPart& part : parts) {
    if (part.trials == 0) continue;
    const auto found = samples.find(part.task);
    if (found == samples.end()) return std::nullopt;
    const Sample& sample = found->second.*what;
    if (!sample.known || sample.count == 0) return std::nullopt;
    const auto n = static_cast<double>(part.trials);
    expected.total += n * sample.mean();
    variance += sample.variance() * (n * n / static_cast<double>(sample.count) + n);
    fewest = std::min(fewest, sample.count);
  }
  if (fewest < 2 || fewest == std::numeric_limits<std::int64_t>::max()) return expected;
  const double reach =
      stats::student_t_quantile(0.5 + stats::kDefaultLevel / 2, static_cast<double>(fewest - 1)) *
      std::sqrt(variance);
  if (!(reach > 0)) return expected;  // trials that were all alike are no proof that all are
  expected.interval = stats::Interval{std::max(0.0, expected.total - reach), expected.total + reach};
  return expected;
}

std::optional<double> amount_of(const TrialTally& tally) {
  if (tally.unpriced > 0) return std::nullopt;
  if (tally.without_amount == 0) return tally.amount.approximate();
  return (tally.low.approximate() + tally.high.approximate()) / 2;
}

void add_run(const std::string& model, const MeasuredRun& measured,
             std::map<std::string, TaskSamples>& samples, std::optional<Currency>& currency) {
  const RunColumns& run = *measured.run;
  const auto& cards = run.header.models;
  const auto found =
      std::find_if(cards.begin(), cards.end(), [&](const ModelCard& card) { return card.name == model; });
  if (found == cards.end()) return;
  const auto index = static_cast<std::uint32_t>(found - cards.begin());
  const std::vector<TrialTally> own = tally_trials(run, *measured.costs);
  const std::vector<TrialTally> other = tally_trials(run, *measured.costs, Calls::measuring);
  std::vector<std::pair<std::int64_t, std::int64_t>> tokens(run.trials.size());
  for (std::size_t i = 0; i < run.attempts.size(); ++i) {
    if (run.attempts.role[i] != CallRole::subject) continue;
    const Usage usage = run.attempts.usage[i];
    tokens[run.attempts.trial[i]].first += usage.prompt_tokens().value_or(0);
    tokens[run.attempts.trial[i]].second += usage.output_tokens().value_or(0);
  }
  if (const auto of_run = single_currency(*measured.costs, {})) currency = of_run;
  for (std::size_t trial = 0; trial < run.trials.size(); ++trial) {
    if (run.trials.model[trial] != index || run.trials.complete[trial] == 0 || own[trial].attempts == 0)
      continue;
    TaskSamples& sample = samples[run.header.tasks[run.trials.task[trial]].name];
    ++sample.trials;
    sample.unpriced += own[trial].unpriced;
    sample.input.add(static_cast<double>(tokens[trial].first));
    sample.output.add(static_cast<double>(tokens[trial].second));
    sample.cost.add(amount_of(own[trial]));
    sample.measuring.add(other[trial].attempts == 0 ? std::optional(0.0) : amount_of(other[trial]));
    sample.seconds.add(own[trial].timed ? std::optional(own[trial].seconds) : std::nullopt);
  }
}

}  // namespace

ModelForecast forecast_model(const std::string& model, std::span<const PlannedPart> parts,
                             std::span<const MeasuredRun> runs) {
  ModelForecast forecast;
  forecast.model = model;
  std::map<std::string, TaskSamples> samples;
  for (const MeasuredRun& run : runs) add_run(model, run, samples, forecast.currency);
  for (const PlannedPart& part : parts) {
    forecast.trials += part.trials;
    const auto found = samples.find(part.task);
    if (found == samples.end()) {
      forecast.unmeasured.push_back(part.task);
      continue;
    }
    forecast.measured += found->second.trials;
    forecast.unpriced += found->second.unpriced;
  }
  forecast.input_tokens = total_of(parts, samples, &TaskSamples::input);
  forecast.output_tokens = total_of(parts, samples, &TaskSamples::output);
  forecast.cost = total_of(parts, samples, &TaskSamples::cost);
  forecast.measuring = total_of(parts, samples, &TaskSamples::measuring);
  forecast.seconds = total_of(parts, samples, &TaskSamples::seconds);
  return forecast;
}

std::optional<Discordance> find_discordance(const std::string& first, const std::string& second,
                                            std::span<const MeasuredRun> runs) {
  Discordance found;
  for (const MeasuredRun& measured : runs) {
    const RunColumns& run = *measured.run;
    std::map<std::pair<std::uint32_t, std::uint32_t>, bool> solved;  // by item and repeat, of the first
    const auto each = [&](const std::string& name, const auto& act) {
      for (std::size_t trial = 0; trial < run.trials.size(); ++trial)
        if (run.trials.complete[trial] != 0 && run.header.models[run.trials.model[trial]].name == name)
          act(std::pair(run.trials.item[trial], run.trials.repeat[trial]), run.trials.solved[trial] != 0);
    };
    each(first, [&](const auto& place, bool is_solved) { solved[place] = is_solved; });
    each(second, [&](const auto& place, bool is_solved) {
      const auto other = solved.find(place);
      if (other == solved.end()) return;
      ++found.shared;
      found.discordant += other->second != is_solved ? 1 : 0;
    });
  }
  return found.shared > 0 ? std::optional(found) : std::nullopt;
}

}  // namespace costwar::analysis
