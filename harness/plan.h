// The plan: what a run measures, decided before anything is spent. Pure: the same input gives the same plan,
// the same trial numbers and the same hash. Trials are numbered in the order in which they are to be put.
//
// Order: a block is one item, or the items of one shared context, put to every model, its models in a random
// order; the blocks of all tasks are shuffled together, and repeat r + 1 begins after all of repeat r. So a
// server that gets slower, a price that changes or a run that stops early hits all models and all tasks
// alike. Streams: "plan/order" for the blocks, "plan/models" within them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/chat.h"
#include "core/model_card.h"
#include "core/run.h"
#include "harness/cascade.h"
#include "harness/dialogue.h"
#include "harness/task.h"

namespace costwar::harness {

// How models are asked; the same for all of them. Empty: the provider's own default.
struct Sampling {
  std::optional<std::int64_t> max_output_tokens;
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> stop;
  std::string system{};     // a system message before those of every item
  std::string cache_key{};  // as in ChatRequest, these three
  std::optional<bool> cache_prompt{};
  std::string extra_body{};  // a JSON object, written in one way, since it is hashed as text
};

struct PlanRoute;

struct PlanModel {
  ModelCard card;
  std::optional<std::string> effort;  // ModelSpec::effort
  std::string service_class{};  // ModelSpec::service_class; "batch" is how it is asked, not part of a request
  std::string
      fingerprint{};  // what tells apart models of one name, such as a digest of the weights; or empty
  // Whether its API takes a cache key: items of a shared context are sent with the context's then, unless
  // Sampling has one.
  bool cache_keys = false;
  std::shared_ptr<const PlanRoute> route{};  // a route over others (card.members); null: a model
};

// Whom a route asks, and by what: the escalation rule is injected.
struct PlanRoute {
  PlanModel cheap;
  PlanModel strong;
  RouteKeeper keeper;
};

// Stop measuring a pair of models when its comparison is decided (until_decided.h).
struct Stopping {
  double alpha = 0.05;         // of a wrong decision, over all pairs and all looks
  double margin = 0.03;        // models closer than this are equivalent
  bool failures_count = true;  // an item that finally failed is not solved; false: it is left out
};

struct PlanInput {
  std::vector<PlanModel> models;
  std::vector<TaskItems> tasks;
  std::uint64_t seed = 0;
  std::uint32_t repeats = 1;
  Sampling sampling;
  std::optional<PlanModel> judge{};
  std::optional<PlanModel> simulated_user{};
  // Given: a block is a whole cluster with all its repeats, so that clusters end one after another.
  std::optional<Stopping> until_decided{};
};

struct PlannedTrial {
  std::uint32_t model = 0;  // index into PlanInput::models
  std::uint32_t task = 0;   // index into PlanInput::tasks
  std::uint32_t item = 0;   // index into that task's items
  std::uint32_t repeat = 0;
};

class Plan {
 public:
  // Error{usage} when there is nothing to measure, or a model or task stands twice.
  explicit Plan(PlanInput input);
  // Of a run that exists, in its own order: what is to be asked or scored about its trials.
  Plan(PlanInput input, std::vector<PlannedTrial> trials);

  const PlanInput& input() const { return input_; }
  std::size_t size() const { return trials_.size(); }
  const PlannedTrial& operator[](std::int64_t trial) const {
    return trials_[static_cast<std::size_t>(trial)];
  }
  Item item(std::int64_t trial) const;  // put together for the caller
  // What item() would have, without putting it together.
  const SharedContext* context(std::int64_t trial) const;
  bool has_turns(std::int64_t trial) const;
  bool is_routed(std::int64_t trial) const;

  // Everything that decides what is measured: models with effort and fingerprint, items with their messages,
  // references and scorers, seed, repeats and sampling. 32 hex digits.
  const std::string& hash() const { return hash_; }

  // At whose prices a call of this turn is held for and charged: the model's place, or, for the strong model
  // of a route, a place behind all models, one per route in their order.
  std::size_t priced_as(std::size_t model, std::uint32_t turn) const;

  // plan, seed, settings, items_per_task (of the largest task), models and tasks; id, label, created,
  // costwar_version and machine are the caller's to fill.
  RunHeader header() const;

  TrialRow trial_row(std::int64_t trial) const;
  std::vector<TrialRow> trial_rows() const;
  // The first of a trial, without `due`; of a route as `member` is sent it.
  ChatRequest request(std::int64_t trial, std::uint8_t member = 0) const;
  // Puts in what a dialogue leaves out: model, sampling, system message, service class.
  ChatRequest finish_request(std::int64_t trial, NextCall call) const;
  std::unique_ptr<Dialogue> dialogue(std::int64_t trial) const;

 private:
  PlanInput input_;
  std::vector<PlannedTrial> trials_;
  std::string hash_;
};

}  // namespace costwar::harness
