#include "analysis/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "analysis/model_labels.h"
#include "analysis/pair_findings.h"
#include "analysis/quality_findings.h"
#include "analysis/trial_tally.h"
#include "analysis/usage_findings.h"
#include "core/error.h"
#include "stats/bootstrap.h"
#include "stats/clustered.h"
#include "stats/paired.h"
#include "stats/quantile.h"

namespace costwar::analysis {
namespace {

constexpr std::array kTokenKinds{
    TokenKindRow{TokenKind::input, "input"}, TokenKindRow{TokenKind::cached, "cached"},
    TokenKindRow{TokenKind::output, "output"}, TokenKindRow{TokenKind::reasoning, "reasoning"}};

// What a part is made from.
struct Source {
  const RunColumns& run;
  std::span<const TrialTally> tallies;
  const DiffOptions& options;
  std::uint64_t seed;
  std::vector<std::uint64_t> attempt_ends;  // by trial, one more than there are: its attempts lie between
};

// Attempts are in the order of their trials.
std::vector<std::uint64_t> attempt_ends(const RunColumns& run) {
  std::vector<std::uint64_t> ends(run.trials.size() + 1, 0);
  for (const std::uint32_t trial : run.attempts.trial) ++ends[trial + 1];
  for (std::size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
  return ends;
}

using TrialOf = std::uint32_t TrialPair::*;

std::vector<std::size_t> trials_of(std::span<const TrialPair> pairs, TrialOf side) {
  std::vector<std::size_t> trials;
  trials.reserve(pairs.size());
  for (const TrialPair& pair : pairs) trials.push_back(pair.*side);
  return trials;
}

std::vector<std::size_t> attempts_of(const Source& source, std::span<const std::size_t> trials) {
  std::vector<std::size_t> attempts;
  for (const std::size_t trial : trials)
    for (std::size_t i = source.attempt_ends[trial]; i < source.attempt_ends[trial + 1]; ++i)
      if (source.run.attempts.role[i] == CallRole::subject) attempts.push_back(i);
  return attempts;
}

// The cluster of each pair as a place among those that are there.
struct Places {
  std::vector<std::uint32_t> of;
  std::size_t count = 0;
};

Places cluster_places(std::span<const std::int64_t> clusters) {
  Places places;
  std::vector<std::int64_t> known(clusters.begin(), clusters.end());
  if (!std::is_sorted(known.begin(), known.end())) std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  places.count = known.size();
  for (const std::int64_t cluster : clusters)
    places.of.push_back(
        static_cast<std::uint32_t>(std::lower_bound(known.begin(), known.end(), cluster) - known.begin()));
  return places;
}

// What each trial of a pair has of something that adds up over items.
struct PairValue {
  double first = 0;
  double second = 0;
};

std::vector<stats::RatioItem> by_cluster(std::span<const PairValue> values, const Places& places) {
  std::vector<stats::RatioItem> sums(places.count);
  for (std::size_t i = 0; i < values.size(); ++i) {
    sums[places.of[i]].numerator += values[i].first;
    sums[places.of[i]].denominator += values[i].second;
  }
  return sums;
}

stats::BootstrapOptions resampling(const Source& source, std::string_view what, const DiffPart& part) {
  const std::string task = part.task ? "/" + source.run.header.tasks[*part.task].name : std::string();
  return {source.seed, fmt::format("diff/{}{}", what, task), source.options.resamples, source.options.level,
          source.options.bootstrap};
}

// Of the totals, by the clustered delta method: where both sides nearly move together, a bootstrap-t divides
// by next to nothing. No interval where the ratio does not vary.
std::optional<RatioFinding> ratio_of_totals(std::span<const PairValue> values, const Places& places,
                                            double level) {
  std::vector<stats::RatioPairItem> items(places.count);
  double above = 0;
  double below = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    stats::RatioPairItem& item = items[places.of[i]];
    item.first.numerator += values[i].first;
    item.second.numerator += values[i].second;
    item.first.denominator += 1;
    item.second.denominator += 1;
    above += values[i].first;
    below += values[i].second;
  }
  if (!(below > 0)) return std::nullopt;
  auto interval = stats::delta_ratio_of_ratios(items, level);
  if (interval && interval->width() <= 0) interval.reset();
  return RatioFinding{above / below, interval};
}

MeanDifference mean_difference(std::span<const double> differences, std::span<const std::int64_t> clusters,
                               double level) {
  MeanDifference found{stats::mean(differences), {}, {}};
  if (const auto mean = stats::clustered_mean(stats::cluster_totals(differences, clusters))) {
    found.standard_error = mean->standard_error;
    found.interval = stats::clustered_t_interval(*mean, level);
  }
  return found;
}

DiffSide side_of(const Source& source, std::span<const TrialPair> pairs, TrialOf side,
                 std::span<const std::int64_t> clusters) {
  DiffSide found;
  const std::vector<std::size_t> trials = trials_of(pairs, side);
  found.quality = solve_rate(source.run, trials, source.options.level);
  std::vector<double> solved;
  double scores = 0;
  for (const std::size_t trial : trials) {
    solved.push_back(source.run.trials.solved[trial] != 0 ? 1 : 0);
    scores += static_cast<double>(source.run.trials.score[trial]);
  }
  if (const auto mean = stats::clustered_mean(stats::cluster_totals(solved, clusters)))
    found.standard_error = mean->standard_error;
  if (!std::isnan(scores)) found.mean_score = scores / static_cast<double>(trials.size());
  found.cost = total_cost(trials, source.tallies);
  const std::vector<std::size_t> attempts = attempts_of(source, trials);
  found.tokens = find_tokens(source.run, attempts);
  found.median_s = find_time(source.run, attempts, trials, source.tallies, false).median_s;
  return found;
}

// Pearson's r of two columns of zeros and ones.
std::optional<double> correlation_of(const stats::PairedCounts& counts) {
  const double n = static_cast<double>(counts.items());
  const double first = static_cast<double>(counts.both + counts.only_first) / n;
  const double second = static_cast<double>(counts.both + counts.only_second) / n;
  const double spread = first * (1 - first) * second * (1 - second);
  if (!(spread > 0)) return std::nullopt;
  return (static_cast<double>(counts.both) / n - first * second) / std::sqrt(spread);
}

// BCa of the mean difference. The ratio that stats/bootstrap resamples wants no negative terms: every item's
// difference is moved up by one, and the interval back.
std::optional<stats::Interval> bootstrapped(const SharedItems& shared, const Places& places,
                                            const stats::BootstrapOptions& options) {
  if (places.count < 2) return std::nullopt;
  std::vector<stats::RatioItem> items(places.count);
  for (std::size_t i = 0; i < shared.differences.size(); ++i) {
    items[places.of[i]].numerator += shared.differences[i] + 1;
    items[places.of[i]].denominator += 1;
  }
  const stats::Interval moved = stats::bca_ratio(items, options);
  const stats::Interval interval{moved.low - 1, moved.high - 1};
  return interval.width() > 0 ? std::optional(interval) : std::nullopt;
}

void add_scores(DiffPart& part, const Source& source, std::span<const TrialPair> pairs,
                std::span<const std::int64_t> clusters) {
  std::vector<double> differences;
  bool graded = false;
  for (const TrialPair& pair : pairs) {
    const double first = static_cast<double>(source.run.trials.score[pair.first]);
    const double second = static_cast<double>(source.run.trials.score[pair.second]);
    if (std::isnan(first) || std::isnan(second)) return;
    graded = graded || (first > 0 && first < 1) || (second > 0 && second < 1);
    differences.push_back(first - second);
  }
  if (graded) part.score = mean_difference(differences, clusters, source.options.level);
}

void add_costs(DiffPart& part, const Source& source, const SharedItems& shared, const Places& places) {
  if (!shared.priced || !shared.single_price) return;
  std::vector<double> differences;
  std::vector<PairValue> values;
  for (const stats::CostedPair& pair : shared.costs) {
    differences.push_back(pair.first.cost - pair.second.cost);
    values.push_back({pair.first.cost, pair.second.cost});
  }
  part.cost_difference = mean_difference(differences, shared.clusters, source.options.level);
  part.cost_ratio = ratio_of_totals(values, places, source.options.level);
}

std::optional<std::int64_t> tokens_of(const Usage& usage, TokenKind kind) {
  const auto count = [&](Meter meter) {
    const auto& of_meter = usage[meter];
    return of_meter ? std::optional(of_meter->value) : std::nullopt;
  };
  switch (kind) {
    case TokenKind::input:
      return usage.prompt_tokens();
    case TokenKind::cached:
      return count(Meter::cache_read);
    case TokenKind::output:
      return usage.output_tokens();
    case TokenKind::reasoning:
      return count(Meter::reasoning);
  }
  return std::nullopt;
}

void add_tokens(DiffPart& part, const Source& source, std::span<const TrialPair> pairs,
                const Places& places) {
  for (const TokenKindRow& row : kTokenKinds) {
    TokenDifference found{row.kind, 0, 0, {}};
    bool first_knows = false;
    bool second_knows = false;
    // nullopt: an attempt that used something did not say how much.
    const auto sum = [&](std::uint32_t trial, bool& knows) -> std::optional<std::int64_t> {
      std::int64_t of_trial = 0;
      for (std::size_t i = source.attempt_ends[trial]; i < source.attempt_ends[trial + 1]; ++i) {
        if (source.run.attempts.role[i] != CallRole::subject) continue;
        const auto tokens = tokens_of(source.run.attempts.usage[i], row.kind);
        if (!tokens && !source.run.used_nothing(i)) return std::nullopt;
        knows = knows || tokens.has_value();
        of_trial += tokens.value_or(0);
      }
      return of_trial;
    };
    std::vector<PairValue> values;
    values.reserve(pairs.size());
    for (const TrialPair& pair : pairs) {
      PairValue value;  // a pair of which either count is unknown adds nothing to either
      const auto first = sum(pair.first, first_knows);
      const auto second = sum(pair.second, second_knows);
      if (first && second) {
        found.first += *first;
        found.second += *second;
        value = {static_cast<double>(*first), static_cast<double>(*second)};
      }
      values.push_back(value);
    }
    if (!first_knows || !second_knows) continue;
    found.ratio = ratio_of_totals(values, places, source.options.level);
    part.tokens.push_back(found);
  }
}

void add_times(DiffPart& part, const Source& source, std::span<const TrialPair> pairs, const Places& places) {
  std::vector<PairValue> seconds(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const TrialTally& first = source.tallies[pairs[i].first];
    const TrialTally& second = source.tallies[pairs[i].second];
    if (first.timed && second.timed && first.attempts > 0 && second.attempts > 0)
      seconds[i] = {first.seconds, second.seconds};
  }
  std::vector<double> ratios;
  for (const stats::RatioItem& cluster : by_cluster(seconds, places))
    if (cluster.numerator > 0 && cluster.denominator > 0)
      ratios.push_back(cluster.numerator / cluster.denominator);
  if (ratios.empty()) return;
  std::sort(ratios.begin(), ratios.end());
  part.time_ratio = RatioFinding{stats::quantile_of_sorted(ratios, 0.5),
                                 stats::quantile_interval(ratios, 0.5, source.options.level)};
  // Clocks tick: equal ratios are a coarse clock or a replay, not certainty.
  auto& interval = part.time_ratio->interval;
  if (interval && interval->width() <= 1e-9 * interval->high) interval.reset();
}

DiffPart part_of(const Source& source, std::optional<std::size_t> task, std::span<const TrialPair> pairs,
                 const Diff& diff) {
  DiffPart part;
  part.task = task;
  const SharedItems shared = shared_items(source.run, source.tallies, pairs);
  const Places places = cluster_places(shared.clusters);
  ComparisonOptions options;
  options.level = source.options.level;
  options.resamples = source.options.resamples;
  options.bootstrap = source.options.bootstrap;
  const auto& models = source.run.header.models;
  stats::BootstrapOptions ratio =
      ratio_bootstrap(source.run, models[diff.first], models[diff.second], options);
  ratio.seed = source.seed;
  part.pair = find_pair(shared, options, ratio);
  part.pair.first = diff.first;
  part.pair.second = diff.second;
  part.first = side_of(source, pairs, &TrialPair::first, shared.clusters);
  part.second = side_of(source, pairs, &TrialPair::second, shared.clusters);
  if (const auto mean = stats::clustered_mean(stats::cluster_totals(shared.differences, shared.clusters)))
    part.standard_error = mean->standard_error;
  if (part.first.standard_error && part.second.standard_error)
    part.standard_error_unpaired = std::hypot(*part.first.standard_error, *part.second.standard_error);
  part.correlation = correlation_of(shared.counts);
  part.mcnemar_p = stats::mcnemar_exact_p(shared.counts.only_first, shared.counts.only_second);
  if (source.options.bootstrap || places.count < stats::kDeltaFrom)
    part.bootstrap = bootstrapped(shared, places, resampling(source, "difference", part));
  add_scores(part, source, pairs, shared.clusters);
  add_costs(part, source, shared, places);
  add_tokens(part, source, pairs, places);
  add_times(part, source, pairs, places);
  part.items_to_resolve = resolving_items(part.pair, source.options.level);
  return part;
}

void count(std::vector<MissingReason>& reasons, std::optional<Outcome> outcome) {
  const auto found = std::find_if(reasons.begin(), reasons.end(),
                                  [&](const MissingReason& reason) { return reason.outcome == outcome; });
  if (found == reasons.end())
    reasons.push_back({outcome, 1});
  else
    ++found->trials;
}

DiffCoverage coverage_of(const Source& source, std::span<const std::uint32_t> first,
                         std::span<const std::uint32_t> second) {
  DiffCoverage coverage;
  const auto last_outcome = [&](std::uint32_t trial) {
    std::optional<Outcome> last;
    for (std::size_t i = source.attempt_ends[trial]; i < source.attempt_ends[trial + 1]; ++i)
      if (source.run.attempts.role[i] == CallRole::subject) last = source.run.attempts.outcome[i];
    return last;
  };
  const auto& complete = source.run.trials.complete;
  const std::vector<bool> failed = source.run.failed_trials();
  for (std::size_t place = 0; place < first.size(); ++place) {
    const std::uint32_t a = first[place];
    const std::uint32_t b = second[place];
    if (a == kNoTrial && b == kNoTrial) continue;
    if (a == kNoTrial || b == kNoTrial) {
      ++(a == kNoTrial ? coverage.only_second : coverage.only_first);
      continue;
    }
    ++coverage.shared;
    if (complete[a] == 0) count(coverage.missing_first, last_outcome(a));
    if (complete[b] == 0) count(coverage.missing_second, last_outcome(b));
    if (complete[a] == 0 || complete[b] == 0) continue;
    ++coverage.paired;
    if (failed[a]) count(coverage.failed_first, last_outcome(a));
    if (failed[b]) count(coverage.failed_second, last_outcome(b));
  }
  return coverage;
}

std::vector<Flip> flips_of(const RunColumns& run, std::span<const TrialPair> pairs) {
  std::vector<Flip> flips;
  for (const TrialPair& pair : pairs)
    if (run.trials.solved[pair.first] != run.trials.solved[pair.second])
      flips.push_back(
          {run.trials.task[pair.first], pair.first, pair.second, run.trials.solved[pair.first] != 0});
  std::sort(flips.begin(), flips.end(),
            [](const Flip& a, const Flip& b) { return a.first_trial < b.first_trial; });
  return flips;
}

void add_tasks(Diff& diff, const Source& source, std::span<const TrialPair> pairs) {
  std::vector<std::vector<TrialPair>> by_task(source.run.header.tasks.size());
  for (const TrialPair& pair : pairs) by_task[source.run.trials.task[pair.first]].push_back(pair);
  for (std::size_t task = 0; task < by_task.size(); ++task) {
    if (by_task[task].empty()) continue;
    const bool is_all = by_task[task].size() == pairs.size();
    diff.tasks.push_back(is_all ? diff.overall : part_of(source, task, by_task[task], diff));
    diff.tasks.back().task = task;
  }
  std::vector<PairFinding*> family;
  for (DiffPart& part : diff.tasks) family.push_back(&part.pair);
  settle_quality(family, source.options.level);
}

}  // namespace

std::span<const TokenKindRow> token_kinds() {
  return kTokenKinds;
}

Diff diff_models(const RunColumns& run, const CostColumns& costs, std::size_t first, std::size_t second,
                 const DiffOptions& options, std::span<const ServedAnswer> served) {
  if (first == second || std::max(first, second) >= run.header.models.size() ||
      costs.size() != run.attempts.size())
    throw Error(ErrorKind::internal, "a difference is of two models, with one cost per attempt");
  Diff diff;
  diff.header = run.header;
  diff.options = options;
  diff.seed = options.seed.value_or(run.header.seed);
  diff.first = first;
  diff.second = second;
  const std::vector<std::string> labels = model_labels(run.header.models);
  diff.first_label = labels[first];
  diff.second_label = labels[second];
  diff.currency = single_currency(costs, {});
  const TrialTable trials = match_trials(run);
  const std::vector<TrialTally> tallies = tally_trials(run, costs);
  const Source source{run, tallies, options, diff.seed, attempt_ends(run)};
  diff.coverage = coverage_of(source, trials[first], trials[second]);
  diff.comparability = compare_measurements(run, first, second, served, {});
  const std::vector<TrialPair> pairs = completed_pairs(run, trials[first], trials[second]);
  if (pairs.empty())
    throw Error(
        ErrorKind::input,
        fmt::format("{} and {} completed no item in common ({} items were planned for both)",
                    diff.first_label, diff.second_label, diff.coverage.shared),
        "items are matched by task, its scorer, item and repeat: run both on the same tasks and seed");
  diff.overall = part_of(source, std::nullopt, pairs, diff);
  PairFinding* const whole[] = {&diff.overall.pair};
  settle_quality(whole, options.level);
  add_tasks(diff, source, pairs);
  diff.flips = flips_of(run, pairs);
  diff.by_delta =
      !options.bootstrap && static_cast<std::size_t>(diff.overall.pair.clusters) >= stats::kDeltaFrom;
  return diff;
}

}  // namespace costwar::analysis
