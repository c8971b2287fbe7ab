// Sending some items to a cheap model and the rest to a strong one: what the best conceivable choice would
// reach (oracle), what choosing at random reaches (mix), and what a rule reaches that looks at a signal: a
// cascade asks the cheap model first and pays for both calls where it escalates; a router knows its signal
// before and pays for one. A threshold is chosen on one half of the items and judged on the other, both ways
// (cross-fitting; a cluster is in one half), and every resample chooses anew, so the gain is not the best of
// many looks at the same items. Pure; definitions in docs/routing.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/cost_quality.h"
#include "analysis/frontier.h"
#include "analysis/shared_outcomes.h"
#include "core/columns.h"
#include "stats/interval.h"
#include "stats/paired.h"

namespace costwar::analysis {

// What says whether the cheap model's answer will do. One value per row of the shared outcomes; the higher,
// the rather it is kept. No NaN.
struct RouteSignal {
  std::string name;     // "abstains", "score"
  bool before = false;  // known before the cheap model is asked: only one call is paid for
  std::vector<double> keep;
  std::vector<double> extra_cost{};  // that knowing it takes, whoever answers: further calls; none: nothing
};

enum class RouteAim : std::uint8_t {
  gain,     // the most quality above the random mix of the same cost
  quality,  // the cheapest of a quality
};

struct RoutingOptions {
  double level = stats::kDefaultLevel;
  std::optional<std::uint64_t> seed{};  // nullopt: the run's
  RouteAim aim = RouteAim::gain;
  double quality = 0;  // of RouteAim::quality
  std::int64_t most_resamples = 20'000;
};

// Means over tasks.
struct RoutePoint {
  CostQuality at;
  double strong_share = 0;  // of tasks: calls to the strong model
};

struct RouteCurvePoint {
  std::optional<double> below;  // the strong model gets what is kept with less than this; nullopt: nothing
  RoutePoint point;
};

// One rule, judged on items that did not choose its threshold.
struct RouteFinding {
  std::string signal;
  bool before = false;
  Estimated quality;
  Estimated cost;
  Estimated strong_share;
  Estimated gain;               // of quality, over the random mix of the same cost
  Estimated saved;              // of cost, under the random mix of the same quality
  bool saved_at_least = false;  // no mix reaches this quality: against the strong model alone
  // The threshold that all items together choose, which a policy is written with.
  std::optional<double> below;
  std::vector<std::optional<double>> half_below;  // that each half chose for the other
  RoutePoint apparent;                            // of that threshold on the items that chose it
  // Over all thresholds, between the costs of both models.
  Estimated average_quality;                       // AIQ
  std::optional<Estimated> average_gap_recovered;  // APGR; nullopt: the strong model solves no more
  std::vector<RouteCurvePoint> curve;
};

struct RouteOracle {
  Estimated quality;
  Estimated cost;
  Estimated strong_share;  // tasks that need the strong model: only it solves them
};

struct Routing {
  RunHeader header;
  RoutingOptions options;
  std::uint64_t seed = 0;
  SharedOutcomes shared;
  std::size_t cheap = 0;  // indices into shared.models
  std::size_t strong = 0;
  // Some price is not known: cost is then the share of tasks that the strong model is asked.
  bool calls_for_costs = false;
  stats::PairedCounts counts;            // strong first
  double difference = 0;                 // of solve rates, strong less cheap
  std::optional<double> standard_error;  // paired, over clusters
  std::optional<stats::Interval> interval;
  RoutePoint cheap_point;
  RoutePoint strong_point;
  Estimated cheap_quality;  // of the points, with intervals
  Estimated cheap_cost;
  Estimated strong_quality;
  Estimated strong_cost;
  RouteOracle oracle;
  double mix_average_quality = 0;  // AIQ of the random mix
  std::vector<RouteFinding> rules;
  // Of more than two models: the oracle that may choose among all, and the best random mixes.
  std::optional<CostQuality> oracle_of_all;
  std::vector<CostQuality> points;  // of every model
  std::vector<std::size_t> hull;    // models on it, by rising cost
  std::int64_t resamples = 0;
  bool settled = true;
  double worst_error = 0;
};

// The pair is the first and the last model of the run. costs: one per attempt; signals: as shared_outcomes
// orders rows (they are made from it). Error{input} as shared_outcomes and for fewer than two models.
Routing find_routes(const RunColumns& run, SharedOutcomes shared, std::span<const RouteSignal> signals,
                    const RoutingOptions& options);

}  // namespace costwar::analysis
