#include "core/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "core/spent.h"

namespace costwar {
namespace {

constexpr float kNotScored = std::numeric_limits<float>::quiet_NaN();

template <typename T>
void permute(std::vector<T>& values, const std::vector<std::uint32_t>& order) {
  std::vector<T> sorted;
  sorted.reserve(values.size());
  for (const std::uint32_t from : order) sorted.push_back(values[from]);
  values = std::move(sorted);
}

std::int64_t since(std::optional<Mono> stamp, Mono start) {
  return stamp ? (*stamp - start).count : kUnknown;
}

}  // namespace

void UsageColumns::push_back(const Usage& usage) {
  for (std::size_t m = 0; m < kMeterCount; ++m) {
    const auto& count = usage[static_cast<Meter>(m)];
    MeterColumn& column = meters_[m];
    if (!count && column.value.empty()) continue;
    column.value.resize(size_, kUnknown);
    column.provenance.resize(size_, Provenance::reported);
    column.value.push_back(count ? count->value : kUnknown);
    column.provenance.push_back(count ? count->provenance : Provenance::reported);
  }
  ++size_;
}

Usage UsageColumns::operator[](std::size_t index) const {
  Usage usage;
  for (std::size_t m = 0; m < kMeterCount; ++m) {
    const MeterColumn& column = meters_[m];
    if (index < column.value.size() && column.value[index] != kUnknown)
      usage.set(static_cast<Meter>(m), column.value[index], column.provenance[index]);
  }
  return usage;
}

void UsageColumns::permute(const std::vector<std::uint32_t>& order) {
  for (MeterColumn& column : meters_) {
    if (column.value.empty()) continue;
    column.value.resize(size_, kUnknown);
    column.provenance.resize(size_, Provenance::reported);
    costwar::permute(column.value, order);
    costwar::permute(column.provenance, order);
  }
}

bool RunColumns::used_nothing(std::size_t attempt) const {
  if (attempts.unsent[attempt] != 0) return true;
  return rejected_outright(attempts.outcome[attempt], attempts.usage[attempt],
                           attempts.ttft_any_ns[attempt] != kUnknown);
}

std::optional<Money> RunColumns::reported_cost(std::size_t attempt) const {
  return attempt < attempts.reported_cost.size() ? attempts.reported_cost[attempt] : std::nullopt;
}

std::vector<bool> RunColumns::failed_trials() const {
  std::vector<bool> failed(trials.size(), false);
  for (std::size_t i = 0; i < attempts.size(); ++i)
    if (attempts.role[i] == CallRole::subject)
      failed[attempts.trial[i]] =
          trials.complete[attempts.trial[i]] != 0 && !is_answered(attempts.outcome[i]);
  return failed;
}

BillingFacts RunColumns::billing_facts(std::size_t attempt) const {
  const BillingKey& key = billing_keys.at(attempts.billing.at(attempt));
  BillingFacts facts{
      key.served_model, key.service_class, key.region, Wall{attempts.requested_ns.at(attempt)}, {}};
  if (attempts.completed_ns.at(attempt) != kUnknown)
    facts.completed = Wall{attempts.completed_ns.at(attempt)};
  return facts;
}

RunColumnsBuilder::RunColumnsBuilder(RunHeader header) {
  columns_.header = std::move(header);
}

void RunColumnsBuilder::add(const RunRow& row) {
  std::visit([this](const auto& known) { add(known); }, row);
}

void RunColumnsBuilder::add(const TrialRow& row) {
  TrialColumns& trials = columns_.trials;
  if (row.trial != static_cast<std::int64_t>(trials.size()))
    throw Error(ErrorKind::input, fmt::format("run {}: trial {} comes where trial {} belongs",
                                              columns_.header.id, row.trial, trials.size()));
  if (row.model >= columns_.header.models.size() || row.task >= columns_.header.tasks.size())
    throw Error(ErrorKind::input, fmt::format("run {}: trial {} names a model or task that the header lacks",
                                              columns_.header.id, row.trial));
  const std::uint32_t item = item_index(row.item);
  trials.model.push_back(row.model);
  trials.task.push_back(row.task);
  trials.item.push_back(item);
  trials.repeat.push_back(row.repeat);
  trials.cluster.push_back(cluster_index(row, item));
  trials.group.push_back(group_index(row.group));
  trials.readings.push_back(0);
  trials.score.push_back(kNotScored);
  trials.solved.push_back(0);
  trials.complete.push_back(0);
}

std::string_view RunColumnsBuilder::id_of(std::uint32_t item) const {
  const std::size_t begin = item == 0 ? 0 : id_ends_[item - 1];
  return std::string_view(ids_).substr(begin, id_ends_[item] - begin);
}

std::size_t RunColumnsBuilder::item_slot(std::string_view id) const {
  const std::size_t mask = item_slots_.size() - 1;
  std::size_t slot = std::hash<std::string_view>()(id) & mask;
  while (item_slots_[slot] != 0 && id_of(item_slots_[slot] - 1) != id) slot = (slot + 1) & mask;
  return slot;
}

std::optional<std::uint32_t> RunColumnsBuilder::find_item(std::string_view id) const {
  if (item_slots_.empty()) return std::nullopt;
  const std::uint32_t found = item_slots_[item_slot(id)];
  return found == 0 ? std::nullopt : std::optional(found - 1);
}

std::uint32_t RunColumnsBuilder::item_index(const std::string& id) {
  if (const auto known = find_item(id)) return *known;
  const auto index = static_cast<std::uint32_t>(id_ends_.size());
  ids_ += id;
  id_ends_.push_back(ids_.size());
  if (2 * id_ends_.size() <= item_slots_.size()) {
    item_slots_[item_slot(id)] = index + 1;
    return index;
  }
  constexpr std::size_t kFewest = 64;  // a power of two, as its doubles
  item_slots_.assign(std::max(kFewest, 2 * item_slots_.size()), 0);
  for (std::uint32_t item = 0; item <= index; ++item) item_slots_[item_slot(id_of(item))] = item + 1;
  return index;
}

// A name stands for one cluster of its task, whether an item of that id or a cluster of that name came first.
// What is once among the names is looked up there first, and gets there only when no item has the id.
std::uint32_t RunColumnsBuilder::cluster_index(const TrialRow& row, std::uint32_t item) {
  const std::string& name = row.cluster.empty() ? row.item : row.cluster;
  std::optional<std::uint32_t> named;
  std::uint32_t place = item;
  if (const auto known = names_.find(name); known != names_.end()) {
    named = known->second;
  } else if (&name == &row.cluster) {
    if (const auto same = find_item(name)) {
      place = *same;
    } else {
      named = names_.emplace(name, static_cast<std::uint32_t>(names_.size())).first->second;
    }
  }
  auto& by_task = named ? by_name_ : by_item_;
  if (named) place = *named;
  if (by_task.size() <= row.task) by_task.resize(std::size_t{row.task} + 1);
  auto& clusters = by_task[row.task];
  if (clusters.size() <= place) clusters.resize(std::size_t{place} + 1);
  if (clusters[place] == 0) clusters[place] = ++clusters_;
  return clusters[place] - 1;
}

// A run has few groups; what comes after 65,535 of them has none.
std::uint16_t RunColumnsBuilder::group_index(const std::string& group) {
  const auto found = std::find(columns_.groups.begin(), columns_.groups.end(), group);
  const auto index = static_cast<std::size_t>(found - columns_.groups.begin());
  if (found != columns_.groups.end()) return static_cast<std::uint16_t>(index);
  if (index > std::numeric_limits<std::uint16_t>::max()) return 0;
  columns_.groups.push_back(group);
  return static_cast<std::uint16_t>(index);
}

std::size_t RunColumnsBuilder::require_trial(std::int64_t trial) const {
  if (trial < 0 || trial >= static_cast<std::int64_t>(columns_.trials.size()))
    throw Error(ErrorKind::input, fmt::format("run {}: a row belongs to trial {}, which is not there",
                                              columns_.header.id, trial));
  return static_cast<std::size_t>(trial);
}

void RunColumnsBuilder::add(const AttemptRow& row) {
  const std::size_t trial = require_trial(row.trial);
  AttemptColumns& attempts = columns_.attempts;
  const Attempt& attempt = row.attempt;
  const BillingKey key{attempt.billing.served_model, attempt.billing.service_class, attempt.billing.region};
  auto found = std::find(columns_.billing_keys.begin(), columns_.billing_keys.end(), key);
  if (found == columns_.billing_keys.end()) found = columns_.billing_keys.insert(found, key);
  attempts.trial.push_back(static_cast<std::uint32_t>(trial));
  attempts.role.push_back(row.role);
  attempts.turn.push_back(row.turn);
  attempts.outcome.push_back(row.ended ? attempt.outcome : Outcome::in_doubt);
  attempts.unsent.push_back(row.ended && is_unsent(attempt));
  attempts.usage.push_back(attempt.usage);
  attempts.billing.push_back(static_cast<std::uint32_t>(found - columns_.billing_keys.begin()));
  attempts.requested_ns.push_back(attempt.billing.requested.ns);
  attempts.completed_ns.push_back(attempt.billing.completed ? attempt.billing.completed->ns : kUnknown);
  attempts.total_ns.push_back(since(attempt.timeline.end, attempt.timeline.issued));
  attempts.ttft_any_ns.push_back(since(attempt.timeline.first_any, attempt.timeline.issued));
  attempts.ttft_visible_ns.push_back(since(attempt.timeline.first_visible, attempt.timeline.issued));
  attempts.limited_ns.push_back(
      std::max<std::int64_t>(0, (attempt.timeline.issued - attempt.timeline.due).count));
  if (attempt.reported_cost) {
    attempts.reported_cost.resize(attempts.size());
    attempts.reported_cost.back() = attempt.reported_cost;
  }
}

void RunColumnsBuilder::add(const ScoreRow& row) {
  const std::size_t trial = require_trial(row.trial);
  const RunTask& task = columns_.header.tasks[columns_.trials.task[trial]];
  if (row.scorer != task.scorer) return;  // beside the point
  // Replies may have been scored again by a later version: the run's own decides, else the earliest.
  score_version_.resize(columns_.trials.size());
  int& taken = score_version_[trial];
  const bool better = columns_.trials.complete[trial] == 0 || row.version == task.scorer_version ||
                      (taken != task.scorer_version && row.version <= taken);
  if (!better) return;
  taken = row.version;
  columns_.trials.readings[trial] = 0;
  columns_.trials.score[trial] = static_cast<float>(row.value);
  columns_.trials.solved[trial] = row.solved ? 1 : 0;
  if (row.second_value) columns_.trials.readings[trial] = *row.second_value == row.value ? 1 : 2;
  columns_.trials.complete[trial] = 1;
}

RunColumns RunColumnsBuilder::finish() {
  AttemptColumns& attempts = columns_.attempts;
  columns_.items = std::exchange(id_ends_, {}).size();
  (void)std::exchange(ids_, {});
  (void)std::exchange(item_slots_, {});
  (void)std::exchange(names_, {});
  (void)std::exchange(by_item_, {});
  (void)std::exchange(by_name_, {});
  clusters_ = 0;
  if (std::is_sorted(attempts.trial.begin(), attempts.trial.end())) return std::exchange(columns_, {});
  std::vector<std::uint32_t> order(attempts.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return attempts.trial[a] < attempts.trial[b]; });
  permute(attempts.outcome, order);
  permute(attempts.unsent, order);
  attempts.usage.permute(order);
  permute(attempts.billing, order);
  permute(attempts.requested_ns, order);
  permute(attempts.completed_ns, order);
  permute(attempts.total_ns, order);
  permute(attempts.ttft_any_ns, order);
  permute(attempts.ttft_visible_ns, order);
  permute(attempts.limited_ns, order);
  if (!attempts.reported_cost.empty()) {
    attempts.reported_cost.resize(attempts.size());
    permute(attempts.reported_cost, order);
  }
  permute(attempts.trial, order);
  permute(attempts.role, order);
  permute(attempts.turn, order);
  return std::exchange(columns_, {});
}

}  // namespace costwar
