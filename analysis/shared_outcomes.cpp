#include "analysis/shared_outcomes.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "analysis/energy_findings.h"
#include "analysis/model_labels.h"
#include "analysis/pair_findings.h"
#include "analysis/trial_tally.h"
#include "core/error.h"

namespace costwar::analysis {
namespace {

constexpr float kNoValue = std::numeric_limits<float>::quiet_NaN();

// The places at which every model has a completed trial, those of a cluster together.
std::vector<std::size_t> shared_places(const RunColumns& run, const TrialTable& trials) {
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < trials[0].size(); ++place) {
    const bool all = std::all_of(trials.begin(), trials.end(), [&](const auto& row) {
      return row[place] != kNoTrial && run.trials.complete[row[place]] != 0;
    });
    if (all) places.push_back(place);
  }
  const auto cluster_of = [&](std::size_t place) { return run.trials.cluster[trials[0][place]]; };
  std::stable_sort(places.begin(), places.end(),
                   [&](std::size_t a, std::size_t b) { return cluster_of(a) < cluster_of(b); });
  return places;
}

// Of the models' own calls.
std::vector<double> subject_joules(const RunColumns& run) {
  std::vector<std::size_t> attempts;
  for (std::size_t i = 0; i < run.attempts.size(); ++i)
    if (run.attempts.role[i] == CallRole::subject) attempts.push_back(i);
  return joules_by_trial(run, attempts);
}

void add_row(ModelOutcomes& model, const RunColumns& run, std::uint32_t trial, const TrialTally& tally,
             double joules) {
  const bool solved = run.trials.solved[trial] != 0;
  model.trial.push_back(trial);
  model.solved.push_back(solved ? 1 : 0);
  const stats::CostedItem costed = costed_item(tally, solved);
  model.cost.push_back(costed.cost);
  model.cost_low.push_back(costed.cost_low);
  model.cost_high.push_back(costed.cost_high);
  model.seconds.push_back(tally.timed && tally.attempts > 0 ? static_cast<float>(tally.seconds) : kNoValue);
  model.joules.push_back(static_cast<float>(joules));
  if (tally.unpriced > 0 || tally.attempts == 0)
    ++model.unpriced;
  else if (tally.without_amount > 0)
    ++model.ranges;
}

ModelOutcomes model_of(const RunColumns& run, std::size_t m, const std::string& label) {
  const ModelCard& card = run.header.models[m];
  ModelOutcomes model;
  model.model = m;
  model.name = card.name;
  model.label = label;
  model.own_machine = card.own_machine;
  model.evidence = run.header.origins.empty() ? run.header.evidence : run.header.origins[m].evidence;
  return model;
}

void add_shared_rows(SharedOutcomes& shared, const RunColumns& run, const std::vector<std::size_t>& places,
                     const TrialTable& trials) {
  std::uint32_t last = 0;
  for (const std::size_t place : places) {
    const std::uint32_t trial = trials[0][place];
    const std::uint32_t cluster = run.trials.cluster[trial];
    if (shared.clusters == 0 || cluster != last) ++shared.clusters;
    last = cluster;
    shared.task.push_back(run.trials.task[trial]);
    shared.item.push_back(run.trials.item[trial]);
    shared.repeat.push_back(run.trials.repeat[trial]);
    shared.cluster.push_back(static_cast<std::uint32_t>(shared.clusters - 1));
  }
}

}  // namespace

double ModelOutcomes::quality() const {
  return static_cast<double>(std::accumulate(solved.begin(), solved.end(), std::int64_t{0})) /
         static_cast<double>(solved.size());
}

std::optional<double> ModelOutcomes::cost_per_task() const {
  if (!priced()) return std::nullopt;
  return std::accumulate(cost.begin(), cost.end(), 0.0) / static_cast<double>(cost.size());
}

bool SharedOutcomes::priced() const {
  return std::all_of(models.begin(), models.end(), [](const ModelOutcomes& m) { return m.priced(); });
}

SharedOutcomes shared_outcomes(const RunColumns& run, const CostColumns& costs) {
  const TrialTable trials = match_trials(run);
  SharedOutcomes shared;
  shared.currency = single_currency(costs, {});
  const std::vector<std::size_t> places =
      trials.empty() ? std::vector<std::size_t>{} : shared_places(run, trials);
  if (places.empty())
    throw Error(
        ErrorKind::input,
        fmt::format("no item was completed by all {} models: nothing is paired", run.header.models.size()),
        "measure them on the same tasks, items and seed: costwar run MODEL --tasks ... --seed ...");
  add_shared_rows(shared, run, places, trials);
  const std::vector<TrialTally> tallies = tally_trials(run, costs);
  const std::vector<double> joules = subject_joules(run);
  const std::vector<std::string> labels = model_labels(run.header.models);
  for (std::size_t m = 0; m < run.header.models.size(); ++m) {
    ModelOutcomes model = model_of(run, m, labels[m]);
    for (const std::size_t place : places) {
      const std::uint32_t trial = trials[m][place];
      add_row(model, run, trial, tallies[trial], joules[trial]);
    }
    for (const std::uint32_t trial : trials[m])
      if (trial != kNoTrial && run.trials.complete[trial] != 0) ++model.completed;
    shared.models.push_back(std::move(model));
  }
  return shared;
}

std::vector<stats::PairedCounts> counts_by_cluster(const SharedOutcomes& shared, std::size_t first,
                                                   std::size_t second) {
  std::vector<stats::PairedCounts> clusters(shared.clusters);
  const auto& a = shared.models[first].solved;
  const auto& b = shared.models[second].solved;
  for (std::size_t row = 0; row < shared.rows(); ++row) {
    stats::PairedCounts& counts = clusters[shared.cluster[row]];
    ++(a[row] != 0 ? (b[row] != 0 ? counts.both : counts.only_first)
                   : (b[row] != 0 ? counts.only_second : counts.neither));
  }
  return clusters;
}

stats::PairedCounts counts_of(const SharedOutcomes& shared, std::size_t first, std::size_t second) {
  stats::PairedCounts all;
  for (const stats::PairedCounts& counts : counts_by_cluster(shared, first, second)) {
    all.both += counts.both;
    all.only_first += counts.only_first;
    all.only_second += counts.only_second;
    all.neither += counts.neither;
  }
  return all;
}

}  // namespace costwar::analysis
