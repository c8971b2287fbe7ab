// What a run will take, before anything is spent: tokens, money and time from trials that were measured
// before (a pilot, or earlier runs of the same model and task), and the least difference that so many items
// can resolve. Pure; definitions in docs/measuring.md.
//
// The interval of a total of n future trials, from the mean and standard deviation s of m measured ones, is
// n mean -+ t(m - 1) s sqrt(n^2 / m + n): that of the mean, and that future trials vary too (Hahn and Meeker
// 1991, section 4.7). Costs have heavy tails, so it is wide from few trials, and never below 0.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/attempt_cost.h"
#include "core/columns.h"
#include "core/money.h"
#include "stats/interval.h"

namespace costwar::analysis {

// One task of a plan as one model will meet it.
struct PlannedPart {
  std::string task;         // RunTask::name
  std::int64_t trials = 0;  // items x repeats
};

struct Expected {
  double total = 0;
  std::optional<stats::Interval> interval;  // none from fewer than two measured trials
};

struct ModelForecast {
  std::string model;
  std::int64_t trials = 0;
  std::int64_t measured = 0;            // trials that the forecast rests on
  std::vector<std::string> unmeasured;  // tasks without any: nothing is known of the totals then
  std::optional<Expected> input_tokens;
  std::optional<Expected> output_tokens;
  std::optional<Expected> cost;       // in `currency`; of the model's own calls
  std::optional<Expected> measuring;  // of judges and simulated users
  std::optional<Currency> currency;
  std::optional<Expected> seconds;  // of all trials one after another
  std::int64_t unpriced = 0;        // measured attempts without a price
};

// Measured trials of one run with the costs of its attempts, one each.
struct MeasuredRun {
  const RunColumns* run = nullptr;
  const CostColumns* costs = nullptr;
};

// `model`: the card's name. Runs that do not have the model or the task say nothing.
ModelForecast forecast_model(const std::string& model, std::span<const PlannedPart> parts,
                             std::span<const MeasuredRun> runs);

// Of all shared trials of two models in these runs: on how many they disagree. nullopt where they share none.
struct Discordance {
  std::int64_t discordant = 0;
  std::int64_t shared = 0;
  double share() const { return static_cast<double>(discordant) / static_cast<double>(shared); }
};
std::optional<Discordance> find_discordance(const std::string& first, const std::string& second,
                                            std::span<const MeasuredRun> runs);

}  // namespace costwar::analysis
