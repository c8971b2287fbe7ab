// RunColumns: a run as columns, about 100 bytes a trial, for pricing and analysis. No text: that is fetched
// by trial id.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/attempt.h"
#include "core/run.h"
#include "core/usage.h"

namespace costwar {

inline constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::min();

// Usage of many attempts, meter by meter; a meter that no attempt has takes no room.
class UsageColumns {
 public:
  void push_back(const Usage& usage);
  Usage operator[](std::size_t index) const;
  std::size_t size() const { return size_; }
  void permute(const std::vector<std::uint32_t>& order);  // entry i becomes the old entry order[i]

 private:
  struct MeterColumn {
    std::vector<std::int64_t> value;  // kUnknown where not known
    std::vector<Provenance> provenance;
  };
  std::array<MeterColumn, kMeterCount> meters_;
  std::size_t size_ = 0;
};

// One entry per trial; index = trial number.
struct TrialColumns {
  std::vector<std::uint32_t> model;
  std::vector<std::uint32_t> task;
  std::vector<std::uint32_t> item;  // below RunColumns::items; repeats and models of one item share it
  std::vector<std::uint32_t> repeat;
  std::vector<std::uint32_t> cluster;  // distinct within a task; an item of none stands under its own id
  std::vector<std::uint16_t> group;    // index into RunColumns::groups; 0: none
  std::vector<float> score;            // NaN: not scored
  std::vector<std::uint8_t> solved;    // 1 only when scored and solved
  // 0: the reply was read in one way; 1: in two that agree on the score; 2: in two that do not.
  std::vector<std::uint8_t> readings;
  std::vector<std::uint8_t> complete;  // 1 when the trial has its score row, solved or finally failed
  std::size_t size() const { return model.size(); }
};

// One entry per attempt, ordered by trial, then by the order they left.
struct AttemptColumns {
  std::vector<std::uint32_t> trial;
  std::vector<CallRole> role;  // only a subject's attempts are the model's own cost, tokens and time
  std::vector<std::uint32_t> turn;
  std::vector<Outcome> outcome;
  std::vector<std::uint8_t> unsent;  // 1 when it ended before its request had left whole: nothing was spent
  UsageColumns usage;
  std::vector<std::uint32_t> billing;         // index into RunColumns::billing_keys
  std::vector<std::int64_t> requested_ns;     // Wall
  std::vector<std::int64_t> completed_ns;     // Wall, kUnknown where not known
  std::vector<std::int64_t> total_ns;         // end - issued, kUnknown where not known
  std::vector<std::int64_t> ttft_any_ns;      // first_any - issued
  std::vector<std::int64_t> ttft_visible_ns;  // first_visible - issued
  std::vector<std::int64_t> limited_ns;       // issued - due: the wait for limits, in none of those above
  std::vector<std::optional<Money>> reported_cost;  // as far as there are any: only imported runs pay for it
  std::size_t size() const { return trial.size(); }
};

// The few distinct (served model, class, region) of a run.
struct BillingKey {
  std::string served_model;
  std::string service_class;
  std::string region;
  friend bool operator==(const BillingKey&, const BillingKey&) = default;
};

struct RunColumns {
  RunHeader header;
  std::size_t items = 0;  // how many there are; their ids are fetched by trial
  std::vector<std::string> groups{""};
  std::vector<BillingKey> billing_keys;
  TrialColumns trials;
  AttemptColumns attempts;

  BillingFacts billing_facts(std::size_t attempt) const;

  // What never left whole used nothing, at any rates; nor did what a vendor rejected outright, before working
  // on it. An answer that had begun used something, however it ended: what, is not known without its usage.
  bool used_nothing(std::size_t attempt) const;

  // What the source of an imported attempt says it cost.
  std::optional<Money> reported_cost(std::size_t attempt) const;

  // By trial, for those with a result: the last attempt of the model itself brought no answer.
  std::vector<bool> failed_trials() const;
};

// Builds columns from rows in any order (trials before their attempts and scores). Error{input} on a dangling
// trial.
class RunColumnsBuilder {
 public:
  explicit RunColumnsBuilder(RunHeader header);
  void add(const RunRow& row);
  void add(const TrialRow& row);
  void add(const AttemptRow& row);
  void add(const ScoreRow& row);
  RunColumns finish();  // sorts attempts; the builder is empty afterwards

 private:
  std::size_t require_trial(std::int64_t trial) const;
  std::uint16_t group_index(const std::string& group);

  std::string_view id_of(std::uint32_t item) const;
  std::size_t item_slot(std::string_view id) const;  // its own, or the free one where it belongs
  std::optional<std::uint32_t> find_item(std::string_view id) const;
  std::uint32_t item_index(const std::string& id);
  std::uint32_t cluster_index(const TrialRow& row, std::uint32_t item);

  RunColumns columns_;
  std::vector<int> score_version_;  // by trial, of the score that is taken
  // Flat, because there may be a million of each, and because what is freed then goes back to the system.
  std::string ids_;                        // of items, one after another
  std::vector<std::uint64_t> id_ends_;     // by item
  std::vector<std::uint32_t> item_slots_;  // open addressing by the hash of the id: item + 1, 0 is free
  std::unordered_map<std::string, std::uint32_t> names_;  // of clusters that are no item's id
  std::vector<std::vector<std::uint32_t>> by_item_;       // by task and item: cluster + 1, 0 is none
  std::vector<std::vector<std::uint32_t>> by_name_;       // the same for names
  std::uint32_t clusters_ = 0;
};

}  // namespace costwar
