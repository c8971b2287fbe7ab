#include "harness/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>
#include <unordered_map>

#include "core/error.h"
#include "core/json.h"
#include "core/random.h"
#include "harness/sha256.h"

namespace costwar::harness {
namespace {

void require_distinct(const std::vector<std::string>& names, std::string_view what) {
  std::set<std::string_view> seen;
  for (const std::string& name : names)
    if (!seen.insert(name).second)
      throw Error(ErrorKind::usage, fmt::format("the {} \"{}\" is given twice", what, name), "name it once");
}

// A route asks two models the same; what follows from an answer would be another model's.
void require_routable(const PlanInput& input) {
  const auto routed = std::find_if(input.models.begin(), input.models.end(),
                                   [](const PlanModel& model) { return model.route != nullptr; });
  if (routed == input.models.end()) return;
  for (const TaskItems& task : input.tasks) {
    bool turns = static_cast<bool>(task.dialogue);
    for (std::uint32_t item = 0; item < task.items.size() && !turns; ++item) {
      const Item* const whole = task.items.whole(item);
      turns = whole != nullptr && !whole->turns.empty();
    }
    if (turns)
      throw Error(ErrorKind::usage,
                  fmt::format("{} cannot be asked the task \"{}\": it takes more than one turn",
                              routed->card.name, task.task.name),
                  "leave out the task, or the route");
  }
}

void require_something(const PlanInput& input) {
  std::vector<std::string> models, tasks;
  for (const PlanModel& model : input.models) models.push_back(model.card.name);
  for (const TaskItems& task : input.tasks) tasks.push_back(task.task.name);
  require_distinct(models, "model");
  require_distinct(tasks, "task");
  if (models.empty()) throw Error(ErrorKind::usage, "there is no model to measure", "name at least one");
  const bool has_items = std::any_of(input.tasks.begin(), input.tasks.end(),
                                     [](const TaskItems& task) { return !task.items.empty(); });
  if (!has_items || input.repeats == 0)
    throw Error(ErrorKind::usage, "there is no item to measure with",
                "ask for at least one task, item and repeat");
  require_routable(input);
}

// Items of one task that are put together: one, or those of one shared context; from `first` on, each names
// the next, to `last`. So a million items that stand alone need no list each.
struct TaskBlock {
  std::uint32_t task = 0;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

struct Blocks {
  std::vector<TaskBlock> blocks;
  std::vector<std::vector<std::uint32_t>> next;  // by task and item; empty where all stand alone
};

// What keeps items together: a shared context, or, where clusters are to end one after another, a cluster.
std::string block_key(const PlanInput& input, const ItemList& items, std::size_t index) {
  if (input.until_decided)
    if (const Item item = items[index]; !cluster_of(item).empty()) return "cluster " + cluster_of(item);
  const Item* const whole = items.whole(index);
  return whole != nullptr && whole->context ? "context " + whole->context->key : std::string();
}

std::size_t count_items(const PlanInput& input) {
  std::size_t count = 0;
  for (const TaskItems& task : input.tasks) count += task.items.size();
  return count;
}

Blocks blocks_of(const PlanInput& input) {
  Blocks made;
  made.next.resize(input.tasks.size());
  made.blocks.reserve(count_items(input));
  for (std::uint32_t task = 0; task < input.tasks.size(); ++task) {
    std::unordered_map<std::string, std::size_t> shared;
    const ItemList& items = input.tasks[task].items;
    for (std::uint32_t item = 0; item < items.size(); ++item) {
      if (const std::string key = block_key(input, items, item); !key.empty()) {
        const auto [found, first] = shared.try_emplace(key, made.blocks.size());
        if (!first) {
          TaskBlock& block = made.blocks[found->second];
          made.next[task].resize(items.size());
          made.next[task][block.last] = item;
          block.last = item;
          continue;
        }
      }
      made.blocks.push_back({task, item, item});
    }
  }
  return made;
}

std::vector<PlannedTrial> interleave(const PlanInput& input) {
  auto [blocks, next] = blocks_of(input);
  std::vector<std::uint32_t> models(input.models.size());
  std::iota(models.begin(), models.end(), 0U);
  const std::size_t items = count_items(input);
  if (items > std::numeric_limits<std::uint32_t>::max() / models.size() / input.repeats)
    throw Error(ErrorKind::usage, "a run has room for 4,294,967,295 trials",
                "ask for fewer items, models or repeats");

  RandomStream order(input.seed, "plan/order");
  RandomStream turns(input.seed, "plan/models");
  std::vector<PlannedTrial> trials;
  trials.reserve(items * models.size() * input.repeats);
  const auto put = [&, &after = next](const TaskBlock& block, std::uint32_t repeat) {
    turns.shuffle(std::span(models));
    for (const std::uint32_t model : models)
      for (std::uint32_t item = block.first;; item = after[block.task][item]) {
        trials.push_back({model, block.task, item, repeat});
        if (item == block.last) break;
      }
  };
  if (input.until_decided) {
    order.shuffle(std::span(blocks));
    for (const TaskBlock& block : blocks)
      for (std::uint32_t repeat = 0; repeat < input.repeats; ++repeat) put(block, repeat);
    return trials;
  }
  for (std::uint32_t repeat = 0; repeat < input.repeats; ++repeat) {
    order.shuffle(std::span(blocks));
    for (const TaskBlock& block : blocks) put(block, repeat);
  }
  return trials;
}

template <typename T>
void hash_optional(Sha256& hash, const std::optional<T>& value) {
  hash.field(value ? fmt::format("{}", *value) : std::string("-"));
}

void hash_sampling(Sha256& hash, const Sampling& sampling) {
  hash_optional(hash, sampling.max_output_tokens);
  hash_optional(hash, sampling.temperature);
  hash_optional(hash, sampling.top_p);
  hash_optional(hash, sampling.seed);
  hash.field(sampling.stop.size());
  for (const std::string& stop : sampling.stop) hash.field(stop);
}

// Settings that came later: without them a plan keeps the hash that it always had.
void hash_later_settings(Sha256& hash, const Sampling& sampling) {
  if (sampling.system.empty() && sampling.cache_key.empty() && !sampling.cache_prompt &&
      sampling.extra_body.empty())
    return;
  hash.field("settings").field(sampling.system).field(sampling.cache_key);
  hash.field(sampling.cache_prompt ? (*sampling.cache_prompt ? "yes" : "no") : "-");
  hash.field(sampling.extra_body);
}

// What came later; an item without any of it keeps the hash that it always had. Of a shared context the key
// stands for the text.
void hash_more(Sha256& hash, const Item& item) {
  if (item.context) hash.field("context").field(item.context->key);
  for (const std::string& turn : item.turns) hash.field("turn").field(turn);
  for (const Tool& tool : item.tools)
    hash.field("tool").field(tool.name).field(tool.description).field(tool.parameters);
  if (item.tool_choice)
    hash.field("choice")
        .field(static_cast<std::uint64_t>(item.tool_choice->kind))
        .field(item.tool_choice->name);
  if (item.response_format)
    hash.field("format").field(item.response_format->name).field(item.response_format->schema);
  if (!item.details.empty()) hash.field("details").field(item.details);
}

void hash_task(Sha256& hash, const TaskItems& task) {
  hash.field(task.task.name)
      .field(task.task.scorer)
      .field(static_cast<std::uint64_t>(task.task.scorer_version));
  hash.field(task.items.size());
  for (const Item& item : task.items) {
    hash.field(item.id).field(item.expected).field(item.cluster).field(item.messages.size());
    for (const Message& message : item.messages) hash.field(role_name(message.role)).field(message.content);
    hash_more(hash, item);
  }
}

// Titles, licences and the names that price books use are left out: they change no measurement.
std::string hash_plan(const PlanInput& input) {
  Sha256 hash;
  hash.field("costwar plan 1").field(input.seed).field(input.repeats);
  hash_sampling(hash, input.sampling);
  hash.field(input.models.size());
  for (const PlanModel& model : input.models) {
    hash.field(model.card.name).field(model.card.provider).field(model.card.model).field(model.fingerprint);
    hash_optional(hash, model.effort);
  }
  hash.field(input.tasks.size());
  for (const TaskItems& task : input.tasks) hash_task(hash, task);
  hash_later_settings(hash, input.sampling);
  for (const auto* helper : {&input.judge, &input.simulated_user}) {
    if (!*helper) continue;
    hash.field(helper == &input.judge ? "judge" : "simulated user").field((*helper)->card.name);
    hash.field((*helper)->fingerprint);
  }
  if (const auto& stop = input.until_decided)
    hash.field("until decided")
        .field(fmt::format("{} {} {}", stop->alpha, stop->margin, stop->failures_count));
  return hash.finish_hex(32);
}

// How models are asked, for whoever reads the run; empty: as their providers do by default.
std::string settings_json(const PlanInput& input) {
  Json out = Json::object();
  const auto put = [&](const char* key, const auto& value) {
    if (value) out[key] = *value;
  };
  const auto put_text = [](Json& place, const std::string& key, const std::string& text) {
    if (!text.empty()) place[key] = text;
  };
  const Sampling& sampling = input.sampling;
  put("max_output_tokens", sampling.max_output_tokens);
  put("temperature", sampling.temperature);
  put("top_p", sampling.top_p);
  put("seed", sampling.seed);
  if (!sampling.stop.empty()) out["stop"] = sampling.stop;
  put_text(out, "system", sampling.system);
  put_text(out, "cache_key", sampling.cache_key);
  put("cache_prompt", sampling.cache_prompt);
  if (!sampling.extra_body.empty()) out["extra_body"] = parse_json(sampling.extra_body, "extra_body");
  if (const auto& stop = input.until_decided)
    out["until_decided"] = {{"alpha", stop->alpha},
                            {"margin", stop->margin},
                            {"failed_items", stop->failures_count ? "wrong" : "left-out"}};
  if (input.repeats > 1) out["repeats"] = input.repeats;
  for (const PlanModel& model : input.models) {
    if (model.effort) out["efforts"][model.card.name] = *model.effort;
    if (!model.service_class.empty()) out["service_classes"][model.card.name] = model.service_class;
  }
  return out.empty() ? "" : out.dump();
}

}  // namespace

Plan::Plan(PlanInput input) : input_(std::move(input)) {
  require_something(input_);
  trials_ = interleave(input_);
  hash_ = hash_plan(input_);
}

Plan::Plan(PlanInput input, std::vector<PlannedTrial> trials)
    : input_(std::move(input)), trials_(std::move(trials)) {
  require_something(input_);
  hash_ = hash_plan(input_);
}

Item Plan::item(std::int64_t trial) const {
  const PlannedTrial& planned = (*this)[trial];
  return input_.tasks[planned.task].items[planned.item];
}

const SharedContext* Plan::context(std::int64_t trial) const {
  const PlannedTrial& planned = (*this)[trial];
  const Item* const whole = input_.tasks[planned.task].items.whole(planned.item);
  return whole == nullptr ? nullptr : whole->context.get();
}

bool Plan::is_routed(std::int64_t trial) const {
  return input_.models[(*this)[trial].model].route != nullptr;
}

std::size_t Plan::priced_as(std::size_t model, std::uint32_t turn) const {
  const auto& models = input_.models;
  if (!models[model].route || turn < models[model].card.cheap_calls) return model;
  const auto routed = [](const PlanModel& each) { return each.route != nullptr; };
  const auto before =
      std::count_if(models.begin(), models.begin() + static_cast<std::ptrdiff_t>(model), routed);
  return models.size() + static_cast<std::size_t>(before);
}

bool Plan::has_turns(std::int64_t trial) const {
  const PlannedTrial& planned = (*this)[trial];
  const Item* const whole = input_.tasks[planned.task].items.whole(planned.item);
  return whole != nullptr && !whole->turns.empty();
}

RunHeader Plan::header() const {
  RunHeader header;
  header.plan = hash_;
  header.seed = input_.seed;
  header.settings = settings_json(input_);
  for (const PlanModel& model : input_.models) header.models.push_back(model.card);
  if (input_.judge) header.judge = input_.judge->card;
  if (input_.simulated_user) header.simulated_user = input_.simulated_user->card;
  for (const TaskItems& task : input_.tasks) {
    header.tasks.push_back(task.task);
    header.items_per_task = std::max(header.items_per_task, static_cast<std::int64_t>(task.items.size()));
  }
  return header;
}

TrialRow Plan::trial_row(std::int64_t trial) const {
  const PlannedTrial& planned = (*this)[trial];
  const Item asked = item(trial);
  return {trial,
          planned.model,
          planned.task,
          asked.id,
          planned.repeat,
          cluster_of(asked),
          std::string(prompt_of(asked)),
          asked.expected,
          asked.group};
}

std::vector<TrialRow> Plan::trial_rows() const {
  std::vector<TrialRow> rows;
  rows.reserve(size());
  for (std::size_t trial = 0; trial < size(); ++trial)
    rows.push_back(trial_row(static_cast<std::int64_t>(trial)));
  return rows;
}

std::unique_ptr<Dialogue> Plan::dialogue(std::int64_t trial) const {
  const TaskItems& task = input_.tasks[(*this)[trial].task];
  if (const auto& route = input_.models[(*this)[trial].model].route)
    return make_cascade(item(trial), task.task.scorer, route->keeper);
  return task.dialogue ? task.dialogue(item(trial)) : make_turns(item(trial));
}

ChatRequest Plan::request(std::int64_t trial, std::uint8_t member) const {
  NextCall call{CallRole::subject, first_request(item(trial))};
  call.request.member = member;
  return finish_request(trial, std::move(call));
}

ChatRequest Plan::finish_request(std::int64_t trial, NextCall call) const {
  ChatRequest request = std::move(call.request);
  if (call.role != CallRole::subject) {
    const auto& helper = call.role == CallRole::judge ? input_.judge : input_.simulated_user;
    if (!helper) throw Error(ErrorKind::internal, "a dialogue asks a model that the plan lacks");
    request.model = helper->card.model;
    request.effort = helper->effort;
    request.service_class = helper->service_class;
    request.max_output_tokens = input_.sampling.max_output_tokens;
    return request;
  }
  const PlanModel& planned = input_.models[(*this)[trial].model];
  const PlanModel& model = !planned.route        ? planned
                           : request.member == 0 ? planned.route->cheap
                                                 : planned.route->strong;
  const Sampling& sampling = input_.sampling;
  request.model = model.card.model;
  if (!sampling.system.empty())
    request.messages.insert(request.messages.begin(), {Role::system, sampling.system});
  request.max_output_tokens = sampling.max_output_tokens;
  request.temperature = sampling.temperature;
  request.top_p = sampling.top_p;
  request.seed = sampling.seed;
  request.effort = model.effort;
  if (model.service_class != "batch") request.service_class = model.service_class;
  request.stop = sampling.stop;
  request.cache_key = sampling.cache_key;
  const SharedContext* const context = item(trial).context.get();
  if (request.cache_key.empty() && model.cache_keys && context != nullptr) request.cache_key = context->key;
  request.cache_prompt = sampling.cache_prompt;
  request.extra_body = sampling.extra_body;
  return request;
}

}  // namespace costwar::harness
