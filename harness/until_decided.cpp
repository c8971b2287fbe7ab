#include "harness/until_decided.h"

#include <fmt/format.h>

#include <string>
#include <unordered_map>

#include "core/error.h"

namespace costwar::harness {
namespace {

const Stopping& stopping_of(const Plan& plan) {
  if (!plan.input().until_decided)
    throw Error(ErrorKind::internal, "a plan without a stopping rule has nothing to decide");
  return *plan.input().until_decided;
}

}  // namespace

UntilDecided::UntilDecided(const Plan& plan)
    : plan_(plan),
      cluster_(plan.size()),
      comparison_(plan.input().models.size(), {stopping_of(plan).alpha, stopping_of(plan).margin}) {
  std::unordered_map<std::string, std::uint32_t> number;
  for (std::size_t trial = 0; trial < plan.size(); ++trial) {
    const PlannedTrial& planned = plan[static_cast<std::int64_t>(trial)];
    const Item item = plan.item(static_cast<std::int64_t>(trial));
    const std::string& cluster = cluster_of(item);
    const std::string name = fmt::format("{}/{}", planned.task, cluster.empty() ? item.id : cluster);
    const auto found = number.try_emplace(name, static_cast<std::uint32_t>(number.size())).first;
    cluster_[trial] = found->second;
    comparison_.expect(found->second, planned.model);
  }
}

void UntilDecided::take_up(const RunColumns& columns) {
  const std::vector<bool> failed = columns.failed_trials();
  for (std::size_t trial = 0; trial < columns.trials.size(); ++trial)
    if (columns.trials.complete[trial] != 0)
      decided({static_cast<std::int64_t>(trial), columns.trials.solved[trial] != 0, failed[trial]});
}

void UntilDecided::decided(const DecidedTrial& trial) {
  const bool left_out = trial.failed && !stopping_of(plan_).failures_count;
  comparison_.add(cluster_[static_cast<std::size_t>(trial.trial)], plan_[trial.trial].model,
                  left_out ? std::nullopt : std::optional(trial.solved ? 1.0 : 0.0));
}

bool UntilDecided::wanted(std::int64_t trial) const {
  return comparison_.wanted(plan_[trial].model);
}

}  // namespace costwar::harness
