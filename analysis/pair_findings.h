// Every pair of models on the items that both completed, and the steps that lead there, which the comparison
// of a run and the difference of two runs share. Internal to analysis; the types are in comparison.h.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "analysis/comparison.h"
#include "analysis/trial_tally.h"
#include "stats/bootstrap.h"
#include "stats/cost_per_success.h"

namespace costwar::analysis {

inline constexpr std::uint32_t kNoTrial = std::numeric_limits<std::uint32_t>::max();

// [model][place of a task's item and repeat]: the trial there, complete or not, or kNoTrial.
using TrialTable = std::vector<std::vector<std::uint32_t>>;

// Trials of different models that were given the same item of the same task as the same repeat stand at one
// place. Error{input} where a model has two there.
TrialTable match_trials(const RunColumns& run);

struct TrialPair {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
};

// The places, in order, at which both rows of the table have a completed trial.
std::vector<TrialPair> completed_pairs(const RunColumns& run, std::span<const std::uint32_t> first,
                                       std::span<const std::uint32_t> second);

// Shared trials as the statistics want them, and what is known of their prices.
struct SharedItems {
  stats::PairedCounts counts;
  std::vector<double> differences;     // solved, first less second
  std::vector<std::int64_t> clusters;  // of each
  std::vector<stats::CostedPair> costs;
  double first_total = 0;
  double second_total = 0;
  bool priced = true;        // no attempt is unpriced
  bool single_price = true;  // every attempt has one amount
};
SharedItems shared_items(const RunColumns& run, std::span<const TrialTally> tallies,
                         std::span<const TrialPair> pairs);

// Of at least one shared trial. Neither `first` nor `second` is set; the verdict on quality is
// settle_quality's.
PairFinding find_pair(const SharedItems& shared, const ComparisonOptions& options,
                      const stats::BootstrapOptions& bootstrap);

// The random stream by which the ratio of these two models' costs is resampled.
stats::BootstrapOptions ratio_bootstrap(const RunColumns& run, const ModelCard& first,
                                        const ModelCard& second, const ComparisonOptions& options);

// About how many shared items would resolve this pair's difference at 80 % power, if it and the discordance
// are what they seem. nullopt: no difference was seen.
std::optional<std::int64_t> resolving_items(const PairFinding& pair, double level);

// Adjusts the p values of a family of pairs and says which differences are resolved.
void settle_quality(std::span<PairFinding* const> pairs, double level);

std::vector<PairFinding> find_pairs(const RunColumns& run, std::span<const TrialTally> tallies,
                                    const ComparisonOptions& options);

}  // namespace costwar::analysis
