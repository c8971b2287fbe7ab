// From a run and its bills to findings: per model, how much it solves, what a solved task costs, what it used
// and how long it took; per pair of models, how they differ on the items that both answered. Pure: every
// interval is a function of the data and the run's seed. Definitions and sources in docs/measuring.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/attempt_cost.h"
#include "analysis/distribution.h"
#include "core/columns.h"
#include "core/money.h"
#include "core/run.h"
#include "core/usage.h"
#include "stats/interval.h"
#include "stats/paired.h"
#include "stats/pass_at_k.h"
#include "stats/sequential.h"
#include "stats/variance_split.h"

namespace costwar::analysis {

// What is between a machine's counters and the plug, and what a kilowatt-hour emits; nullopt: not said.
struct EnergyFactors {
  std::optional<double> pue;               // power usage effectiveness of the room, at least 1
  std::optional<double> carbon_g_per_kwh;  // grams of CO2 equivalent
};

struct ComparisonOptions {
  std::string suite = "the items";  // as the headline says it: "the built-in suite"
  std::int64_t resamples = 10'000;
  double level = stats::kDefaultLevel;
  bool bootstrap = false;  // ratios of costs also where there are so many items that the delta method serves
  EnergyFactors energy{};
};

// A share of completed trials with its interval: Wilson's where every trial stands alone; where trials are
// related (repeats of an item, a cluster), Wilson's with the effective number of items. items == 0: nothing
// is known. No interval from fewer than two clusters.
struct SolveRate {
  std::int64_t solved = 0;
  std::int64_t items = 0;     // trials
  std::int64_t clusters = 0;  // of them that are independent of each other
  double value = 0;
  std::optional<stats::Interval> interval;
  bool weak = false;  // in a cell where simulation found the interval to cover too rarely (docs/measuring.md)
  bool clustered() const { return clusters < items; }
};

// The mean score of a scorer that grades; solve rates alone would hide it.
struct MeanScore {
  double value = 0;
  std::optional<stats::Interval> interval;
};

// Trials without a result are neither solved nor failed: the share if all of them failed, and if all solved.
struct MissingBounds {
  double worst = 0;
  double best = 0;
};

// k tries of an item: the chance that one succeeds, or that all do.
struct RepeatFinding {
  std::int64_t tries = 0;              // k
  std::optional<stats::TaskMean> any;  // pass@k
  std::optional<stats::TaskMean> all;  // pass^k
};

// A part of a task, as its items name it.
struct GroupFinding {
  std::size_t task = 0;  // index into Comparison::tasks
  std::string group;
  SolveRate quality;
};

struct TaskFinding {
  std::size_t task = 0;  // index into Comparison::tasks
  SolveRate quality;
  std::optional<MeanScore> score;      // where some score is between 0 and 1
  std::int64_t readings = 0;           // replies that were read in two ways ...
  std::int64_t reading_conflicts = 0;  // ... and scored differently
};

// A total over attempts. Where some are unpriced, `low` holds what is known and `amount` and `high` are
// unknown.
struct CostTotal {
  std::optional<Money> amount;
  std::optional<Money> low;
  std::optional<Money> high;
  std::int64_t attempts = 0;
  std::int64_t unpriced = 0;
};

// Total cost / solved, all attempts paid for. amount unknown: nothing solved, or not all priced. low without
// high: no upper bound. All unknown: no attempt is priced. amount alone: everything was free.
struct CostPerSolved {
  std::optional<Money> amount;
  std::optional<Money> low;
  std::optional<Money> high;
  bool weak = false;  // as SolveRate::weak
  bool unbounded() const { return low && !high; }
};

struct MeterTotal {
  Meter meter = Meter::fresh_input;
  std::int64_t value = 0;
  Provenance weakest = Provenance::reported;
};

struct TokenFindings {
  std::optional<std::int64_t> input;      // the whole prompt, cached or not
  std::optional<std::int64_t> cached;     // of the input, read from a cache
  std::optional<std::int64_t> output;     // everything generated
  std::optional<std::int64_t> reasoning;  // of the output, where it is told apart
  std::optional<Provenance> weakest;      // of the counts above
  std::vector<MeterTotal> meters;         // every meter that any attempt had, in the order of meters()
  std::int64_t attempts_without = 0;      // attempts without any token count: the sums are lower bounds
};

struct TimeFindings {
  std::optional<double> median_s;                // of an item: all its attempts together
  std::optional<stats::Interval> median_bounds;  // by order statistics
  std::int64_t timed_items = 0;                  // items whose time is known ...
  std::vector<DistributionPoint> distribution;   // ... and the seconds that they took
  std::optional<double> total_s;                 // of all attempts whose end was seen
  std::optional<double> machine_s;               // computed by the own machine
  std::optional<double> median_ttft_s;           // issue to first payload, of an attempt
  std::optional<double> prefill_tokens_per_s;    // own machine only: elsewhere the network is in it
  std::optional<double> decode_tokens_per_s;     // output tokens after the first / time after the first
  double limited_s = 0;               // all attempts' waits for limits, which no figure above holds
  std::int64_t limited_attempts = 0;  // that waited
};

// Joules of this machine's meter, or of an estimate from watts.
struct EnergyFindings {
  double joules = 0;                         // of all attempts that have any
  std::optional<double> average_watts;       // while it computed them
  std::optional<double> per_output_token_j;  // prompts included
  std::optional<double> per_solved_j;        // failures included; nullopt where some trial's are unknown
  std::optional<stats::Interval> per_solved_interval;
  bool estimated = false;  // some of them
  std::int64_t attempts_without = 0;
};

// What answered, as it named itself: the completed trials of one model that one served model decided, in one
// service class. Empty texts: not told, as where a trial finally failed.
struct ServedModel {
  std::string model;
  std::string service_class;
  SolveRate quality;
  CostTotal cost;  // of all attempts of those trials
  Wall first;      // requests of the attempts that decided
  Wall last;
};

struct OutcomeCount {
  Outcome outcome = Outcome::ok;
  std::int64_t attempts = 0;
};

struct ModelFinding {
  ModelCard card;
  std::string label;  // the shortest name that no other model of the run shares
  Evidence evidence = Evidence::measured;
  std::int64_t items = 0;  // trials planned
  SolveRate quality;       // over completed items
  std::vector<TaskFinding> tasks;
  std::vector<GroupFinding> groups;              // of tasks whose items name any
  std::optional<MissingBounds> missing_bounds;   // where results are missing
  std::vector<RepeatFinding> repeats;            // for k = 1, 2, 4, ... up to the tries that every item has
  std::optional<stats::VarianceSplit> variance;  // of repeats: between and within items
  CostTotal cost;                                // of the model's own calls
  CostTotal measuring;            // of judges and simulated users, which are never the model's cost
  std::optional<CostTotal> cold;  // the model's own calls if no cache had helped; where one did
  CostPerSolved cost_per_solved;
  TokenFindings tokens;
  TimeFindings time;
  std::optional<EnergyFindings> energy;  // where this machine computed and told it
  std::vector<OutcomeCount> failures;    // every outcome but ok, in the order of outcomes()
  std::int64_t retries = 0;              // attempts beyond the first of an item
  std::vector<ServedModel> served;       // more than one where what answered changed within the run
  ModelPricing pricing;
  std::int64_t missing() const { return items - quality.items; }
  std::int64_t attempts_with(Outcome outcome) const;
  bool served_models_differ() const;    // among those that are told
  bool service_classes_differ() const;  // the same
};

// Of the first model against the second; unresolved where the data do not tell.
enum class Verdict : std::uint8_t { unresolved, higher, lower };

struct PairFinding {
  std::size_t first = 0;  // indices into Comparison::models
  std::size_t second = 0;
  stats::PairedCounts counts;  // over the items that both completed
  std::int64_t clusters = 0;  // of the shared trials that are independent; fewer than trials: see clustered()
  double difference = 0;      // of the solve rates, first - second
  // Without clusters: Newcombe's, Tango's where no pair is discordant; with: paired and clustered. None from
  // fewer than two clusters.
  std::optional<stats::Interval> interval;
  std::optional<double> p;           // exact McNemar, or clustered; nullopt: cannot be told
  std::optional<double> p_adjusted;  // Holm over all pairs of the comparison
  double design_effect = 1;          // how many times clusters raise the variance
  bool clustered() const { return clusters < counts.items(); }
  Verdict quality =
      Verdict::unresolved;  // resolved: the interval excludes 0 and the adjusted p is below 1 - level
  bool equivalent = false;  // within the margin, by a confidence sequence
  std::optional<double> cost_ratio;  // cost per solved, first / second; infinite where only the second solved
  std::optional<stats::Interval> cost_interval;
  Verdict cost = Verdict::unresolved;            // resolved: the interval excludes 1
  std::optional<std::int64_t> items_to_resolve;  // about how many shared items would resolve this difference
};

// The same finding with the second model on the left.
PairFinding mirrored(const PairFinding& pair);

// "better and cheaper", "worse but cheaper", "cheaper, quality not resolved", ... of the first model.
std::string_view pair_words(Verdict quality, Verdict cost);

// A run that ends when its pairs are decided: per pair the confidence sequence, which holds whenever one
// stops, in the place of every interval for a fixed number of items.
struct StoppedPair {
  stats::SequentialPair sequence;
  // Of the trials planned for the two models, what was not measured, and what it would have cost at the mean
  // cost of those that were; nullopt: unpriced.
  std::int64_t trials_saved = 0;
  std::optional<Money> cost_saved;
};
struct EarlyStop {
  double alpha = 0;
  double margin = 0;
  bool failures_count = true;
  std::vector<StoppedPair> pairs;  // parallel to the pairs of models, in their order
  bool decided() const;            // all of them
};

struct Comparison {
  std::string run_id;
  std::string run_label;
  Wall created;
  std::vector<RunOrigin> origins;  // one per model where several runs are read as one, else none
  std::uint64_t seed = 0;
  ComparisonOptions options;
  std::optional<Currency> currency;  // of everything below; nullopt: nothing is priced
  std::vector<RunTask> tasks;
  std::vector<ModelFinding> models;  // in the order of the run
  std::vector<PairFinding> pairs;    // every pair that shares completed items, first before second in the run
  std::optional<EarlyStop> early_stop;
  std::int64_t taken_over = 0;  // attempts that were made for earlier runs, before this one began
  bool by_delta = false;        // cost ratios have intervals by the clustered delta method: very many items
  std::string power_source;     // what the joules were read from, for people; empty: not said
  std::string weaker_sandbox;   // what held model-written code, in words, where it was not the best tier
};

// `costs` has one entry per attempt of the run, in its order; `pricing` one per model, or none. `cold`: the
// costs if nothing had come from a prompt cache, one per attempt, or none where nothing did.
// Error{internal} where the sizes differ; Error{input} where currencies are mixed.
Comparison compare_models(const RunColumns& run, CostColumns costs, std::span<const ModelPricing> pricing,
                          const ComparisonOptions& options, CostColumns cold = {});

}  // namespace costwar::analysis
