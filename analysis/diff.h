// Two models of a run (often two runs read as one), item by item: how much each solves, how they differ and
// whether that is resolved, which items flipped, what each paid, used and waited, and how many items would
// tell. Everything is first less second, or first over second, over the trials that both completed. What the
// comparison of a run also says is worked out by the same functions. Pure; definitions in docs/measuring.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/attempt_cost.h"
#include "analysis/comparability.h"
#include "analysis/comparison.h"
#include "core/columns.h"
#include "core/money.h"
#include "core/run.h"
#include "stats/interval.h"

namespace costwar::analysis {

struct DiffOptions {
  double level = stats::kDefaultLevel;
  std::int64_t resamples = 10'000;
  std::optional<std::uint64_t> seed;  // of the bootstraps; nullopt: the run's
  bool bootstrap = false;             // also where there are so many items that the delta method serves
};

// One of the two models on the shared trials.
struct DiffSide {
  SolveRate quality;
  std::optional<double> standard_error;  // of the solve rate, over clusters
  std::optional<double> mean_score;
  CostTotal cost;
  TokenFindings tokens;
  std::optional<double> median_s;  // of a trial
};

// A mean of item-by-item differences, clusters kept whole.
struct MeanDifference {
  double value = 0;
  std::optional<double> standard_error;
  std::optional<stats::Interval> interval;  // t over clusters
};

// How many times as much the first has as the second.
struct RatioFinding {
  double value = 0;
  std::optional<stats::Interval> interval;
};

// What the first's tokens of one kind are against the second's: the ratio of the totals.
enum class TokenKind : std::uint8_t { input, cached, output, reasoning };
struct TokenKindRow {
  TokenKind kind;
  std::string_view name;  // "input"
};
std::span<const TokenKindRow> token_kinds();
struct TokenDifference {
  TokenKind kind = TokenKind::input;
  std::int64_t first = 0;
  std::int64_t second = 0;
  std::optional<RatioFinding> ratio;  // nullopt: the second used none
};

struct DiffPart {
  std::optional<std::size_t> task;  // index into Diff::tasks; nullopt: all of them together
  PairFinding pair;                 // solve rates, exact McNemar, cost per solved; p adjusted over the tasks
  double mcnemar_p = 1;             // exact, of the counts, as if every trial stood alone
  DiffSide first;
  DiffSide second;
  std::optional<double> standard_error;           // of pair.difference, paired, over clusters
  std::optional<double> standard_error_unpaired;  // what it would be for two separate sets of items
  std::optional<double> correlation;              // of who solved what; nullopt: one of them never varied
  std::optional<stats::Interval> bootstrap;       // of pair.difference, BCa over clusters; nullopt: not made
  std::optional<MeanDifference> score;            // where some score is neither 0 nor 1
  std::optional<MeanDifference>
      cost_difference;                     // of an item, in the currency; where every price is one figure
  std::optional<RatioFinding> cost_ratio;  // of the totals
  std::vector<TokenDifference> tokens;     // of the kinds that both have
  // The median of the ratios of times, cluster by cluster: the pairing is kept and one slow answer moves
  // nothing. Interval by order statistics.
  std::optional<RatioFinding> time_ratio;
  std::optional<std::int64_t> items_to_resolve;  // at 80 % power, whether or not it is resolved already
};

// Why a model has no result for a trial, or a result that is no answer: how its last attempt ended; nullopt:
// it was never asked.
struct MissingReason {
  std::optional<Outcome> outcome;
  std::int64_t trials = 0;
};

struct DiffCoverage {
  std::int64_t shared = 0;      // trials planned for both
  std::int64_t paired = 0;      // of them completed by both
  std::int64_t only_first = 0;  // planned for one alone
  std::int64_t only_second = 0;
  std::vector<MissingReason> missing_first;  // of the shared: without a result
  std::vector<MissingReason> missing_second;
  std::vector<MissingReason> failed_first;  // of the paired: finally failed, counted as not solved
  std::vector<MissingReason> failed_second;
};

// A trial that one of them solved and the other did not.
struct Flip {
  std::uint32_t task = 0;
  std::uint32_t first_trial = 0;
  std::uint32_t second_trial = 0;
  bool first_solved = false;
};

struct Diff {
  RunHeader header;  // of the run that both are of
  DiffOptions options;
  std::uint64_t seed = 0;
  std::size_t first = 0;  // indices into header.models
  std::size_t second = 0;
  std::string first_label;
  std::string second_label;
  std::optional<Currency> currency;  // nullopt: nothing is priced
  DiffCoverage coverage;
  Comparability comparability;  // what else but the models differs
  DiffPart overall;
  std::vector<DiffPart> tasks;  // that share completed trials
  std::vector<Flip> flips;      // in the order of the run
  bool by_delta = false;        // ratios are by the clustered delta method: there are very many items
};

// `costs`: one per attempt; `served`: what answered, where that is known. Error{input} where the two share no
// completed trial, and on mixed currencies; Error{internal} where sizes differ or first == second.
Diff diff_models(const RunColumns& run, const CostColumns& costs, std::size_t first, std::size_t second,
                 const DiffOptions& options, std::span<const ServedAnswer> served = {});

}  // namespace costwar::analysis
