// Which models are worth their money: cost against quality on the items that all of them completed, who is
// dominated and with what probability, what the cheapest way to a quality is and the best at a cost, also by
// choosing between two models at random, and what a solved task costs in dollars, joules and seconds. A model
// is never ranked by quality per dollar alone: the cheapest useless one would win. Pure; definitions in
// docs/frontier.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/cost_quality.h"
#include "analysis/shared_outcomes.h"
#include "core/columns.h"
#include "stats/interval.h"
#include "stats/rasch.h"

namespace costwar::analysis {

struct FrontierOptions {
  double level = stats::kDefaultLevel;
  std::optional<std::uint64_t> seed{};  // nullopt: the run's
  std::vector<double> qualities{};      // to be reached; empty: 95 % and 85 % of the best
  std::vector<double> budgets{};        // per task, in the currency
  std::int64_t most_resamples = 20'000;
};

struct Estimated {
  double value = 0;
  std::optional<stats::Interval> interval{};
};

// Where a point stands among the others.
struct FrontierPlace {
  bool on_frontier = false;  // no other dominates it
  double probability = 0;    // over the resamples
  bool on_hull = false;      // nor does a random mix of two others
  double hull_probability = 0;
  std::optional<std::size_t> dominated_by{};  // by which most often, where it is
  double dominated_probability = 0;
};

// The cheapest way to a quality, or the best at a cost.
struct FrontierGoal {
  double target = 0;
  bool is_quality = true;
  double probability = 0;              // of being reachable at all
  std::optional<std::size_t> model{};  // the single model
  Estimated single;                    // its cost, or its quality
  std::optional<Hull::Mix> mix{};      // of two at random
  Estimated mixed;
};

struct FrontierPositions {
  std::vector<FrontierPlace> places;  // one per point
  std::vector<FrontierGoal> goals;    // qualities, then budgets
  std::int64_t resamples = 0;         // 0: nothing is known of the points' doubt
  bool settled = true;
  double worst_error = 0;  // Monte Carlo error of an interval's end, as a share of its width
};

// `draw`: fills one resample of all points; empty where their doubt is not known: no probability then.
// Points whose cost is NaN take part in nothing.
FrontierPositions frontier_positions(std::span<const CostQuality> points,
                                     const std::function<void(std::span<CostQuality>)>& draw,
                                     const FrontierOptions& options);

struct FrontierModel {
  std::size_t model = 0;  // of the shared outcomes
  Estimated quality;
  std::optional<Estimated> cost_per_task;
  std::optional<Estimated> cost_per_solved;  // nullopt too where nothing is solved
  std::optional<Estimated> solved_per_unit;  // of the currency
  std::optional<Estimated> solved_per_kilojoule;
  std::optional<Estimated> solved_per_hour;  // of its own time, one task after another
  // Against the best model, on the items that both solved: cost over cost.
  std::optional<Estimated> cost_ratio;
  std::int64_t both_solved = 0;
};

struct Frontier {
  RunHeader header;
  FrontierOptions options;
  std::uint64_t seed = 0;
  SharedOutcomes shared;
  std::vector<FrontierModel> models;  // in the order of shared.models
  std::size_t best = 0;               // of highest quality, of those the cheapest
  FrontierPositions positions;        // empty where some price is unknown
  std::optional<stats::RaschFit> scale;
  std::string no_scale;  // why there is none
};

// costs: one per attempt. Error{input} as shared_outcomes, and for fewer than two models.
Frontier find_frontier(const RunColumns& run, const CostColumns& costs, const FrontierOptions& options);

}  // namespace costwar::analysis
