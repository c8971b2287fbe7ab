#include "analysis/served_models.h"

#include <algorithm>
#include <map>
#include <set>

#include "analysis/quality_findings.h"

namespace costwar::analysis {
namespace {

// What several regions or attempts share.
struct Served {
  std::string model;
  std::string service_class;
  auto operator<=>(const Served&) const = default;
};

void add_trial(ServedModel& served, const RunColumns& run, std::size_t attempt, bool first) {
  const Wall at{run.attempts.requested_ns[attempt]};
  served.first = first ? at : std::min(served.first, at);
  served.last = first ? at : std::max(served.last, at);
}

bool differ(const std::vector<ServedModel>& served, std::string ServedModel::*told) {
  std::set<std::string> values;
  for (const ServedModel& one : served)
    if (!(one.*told).empty()) values.insert(one.*told);
  return values.size() > 1;
}

}  // namespace

std::vector<ServedModel> find_served(const RunColumns& run, std::span<const std::size_t> attempts,
                                     std::span<const TrialTally> tallies, double level) {
  std::map<Served, ServedModel> found;
  std::map<Served, std::vector<std::size_t>> trials;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    const std::uint32_t trial = run.attempts.trial[attempts[i]];
    const bool last = i + 1 == attempts.size() || run.attempts.trial[attempts[i + 1]] != trial;
    if (!last || run.trials.complete[trial] == 0) continue;
    const BillingKey& key = run.billing_keys[run.attempts.billing[attempts[i]]];
    const Served by{key.served_model, key.service_class};
    ServedModel& served = found[by];
    served.model = by.model;
    served.service_class = by.service_class;
    add_trial(served, run, attempts[i], trials[by].empty());
    trials[by].push_back(trial);
  }
  std::vector<ServedModel> list;
  for (auto& [by, served] : found) {
    served.quality = solve_rate(run, trials[by], level);
    served.cost = total_cost(trials[by], tallies);
    list.push_back(std::move(served));
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const ServedModel& a, const ServedModel& b) { return a.first < b.first; });
  return list;
}

bool ModelFinding::served_models_differ() const {
  return differ(served, &ServedModel::model);
}

bool ModelFinding::service_classes_differ() const {
  return differ(served, &ServedModel::service_class);
}

}  // namespace costwar::analysis
