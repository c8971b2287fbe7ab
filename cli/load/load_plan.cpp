// From the flags of `costwar load` to a plan.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <random>
#include <string_view>

#include "cli/load/load_flags.h"
#include "cli/load/objectives.h"
#include "cli/quantities.h"
#include "core/error.h"
#include "core/json.h"
#include "harness/load/arrivals.h"
#include "harness/load/fixed_plan.h"
#include "harness/load/rate_search.h"
#include "harness/load/second_try.h"
#include "harness/load/sweep.h"
#include "system/byte_file.h"

namespace costwar::cli {
namespace {

using harness::Drawn;
using harness::DrawUnit;

// "8", "1,8,64" or "1..64".
struct Levels {
  std::vector<double> values;
  bool range = false;
  bool any() const { return !values.empty(); }
};

double level(std::string_view text, std::string_view whole, std::string_view flag, bool integer) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = error == std::errc{} && end == text.data() + text.size() && std::isfinite(value) &&
                    value > 0 && (!integer || value == std::floor(value));
  if (!good)
    throw Error(
        ErrorKind::usage,
        fmt::format("{}: '{}' is {}", flag, whole, integer ? "no number of sessions" : "no rate"),
        integer ? "write 64, a list 1,8,64, or a range 1..64" : "write 5, a list 2,4,8, or a range 1..50");
  return value;
}

Levels levels(std::string_view text, std::string_view flag, bool integer) {
  Levels found;
  if (text.empty()) return found;
  if (const std::size_t dots = text.find(".."); dots != std::string_view::npos) {
    found.range = true;
    found.values = {level(text.substr(0, dots), text, flag, integer),
                    level(text.substr(dots + 2), text, flag, integer)};
    if (found.values[0] >= found.values[1])
      throw Error(ErrorKind::usage, fmt::format("{}: '{}' does not go up", flag, text),
                  "write the smaller number first");
    return found;
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    found.values.push_back(level(text.substr(begin, end - begin), text, flag, integer));
    begin = end + 1;
  }
  return found;
}

[[noreturn]] void contradiction(const std::string& what, const std::string& remedy) {
  throw Error(ErrorKind::usage, what, remedy);
}

void refuse_contradictions(const LoadFlags& flags, const Levels& concurrency, const Levels& rate) {
  const int sources = (flags.trace.empty() ? 0 : 1) + (flags.schedule.empty() ? 0 : 1) + (rate.any() ? 1 : 0);
  if (sources > 1)
    contradiction("--rate, --trace and --schedule each say when calls come", "name one of them");
  if (flags.sweep && flags.find_rate) contradiction("--sweep and --find-rate are two searches", "name one");
  if (flags.find_rate && flags.reading.slo.empty())
    contradiction("--find-rate needs objectives to keep", "name them: --slo ttft=2s,tpot=80ms");
  if ((flags.sweep || flags.find_rate) && (!flags.trace.empty() || !flags.schedule.empty()))
    contradiction("a trace or a saved schedule has its own load: there is nothing to search",
                  "leave out --sweep or --find-rate");
  if (flags.find_rate && !rate.any() && concurrency.any())
    contradiction("--find-rate searches a rate, and --concurrency is a closed loop",
                  "name bounds with --rate 1..100, or use --sweep");
  if (!rate.any() && (!flags.arrivals.empty() || flags.burstiness) && !flags.find_rate)
    contradiction("--arrivals and --burstiness belong to --rate", "name a rate, or leave them out");
  if (flags.burstiness && flags.arrivals != "gamma")
    contradiction("--burstiness is the shape of gamma arrivals", "add --arrivals gamma");
  if (flags.speed != 1 && flags.trace.empty()) contradiction("--speed belongs to --trace", "name a trace");
  if ((flags.sweep || flags.find_rate) && !(rate.range || !rate.any()))
    contradiction("a search needs bounds, not a list", "write --rate 1..50");
  if (flags.sweep && !rate.any() && concurrency.any() && !concurrency.range)
    contradiction("--sweep needs bounds, not a list", "write --concurrency 1..256");
  if (rate.any() && (concurrency.range || concurrency.values.size() > 1))
    contradiction("beside --rate, --concurrency is one limit of calls in flight", "write one number");
}

LoadStage stage_of(const LoadFlags& flags, const Levels& concurrency, bool open) {
  LoadStage stage;
  stage.duration = parse_duration(flags.duration, "--duration");
  stage.sessions = flags.requests;
  if (open) {
    stage.arrivals = flags.arrivals.empty() ? Arrivals::poisson : *arrivals_by_name(flags.arrivals);
    stage.burstiness = flags.burstiness.value_or(1);
    stage.concurrency = concurrency.any() ? static_cast<std::size_t>(concurrency.values[0]) : 0;
  }
  return stage;
}

std::vector<LoadStage> fixed_stages(const LoadStage& base, const Levels& given) {
  std::vector<LoadStage> stages;
  const auto set = [&](LoadStage& stage, double value) {
    if (stage.open())
      stage.rate = value;
    else
      stage.concurrency = static_cast<std::size_t>(value);
  };
  if (given.range) {
    LoadStage ramp = base;
    set(ramp, given.values[1]);
    if (ramp.open())
      ramp.rate_from = given.values[0];
    else
      ramp.concurrency_from = static_cast<std::size_t>(given.values[0]);
    return {ramp};
  }
  for (const double value : given.any() ? given.values : std::vector<double>{1}) {
    stages.push_back(base);
    set(stages.back(), value);
  }
  return stages;
}

harness::SyntheticSettings synthetic_of(const LoadFlags& flags) {
  harness::SyntheticSettings made;
  made.input = Drawn::parse(flags.input, "--input-tokens", DrawUnit::count, harness::kTokenBounds);
  if (flags.output != "any")
    made.output = Drawn::parse(flags.output, "--output-tokens", DrawUnit::count, harness::kTokenBounds);
  made.turns = Drawn::parse(flags.turns, "--turns", DrawUnit::count, harness::kTurnBounds);
  made.think = Drawn::parse(flags.think, "--think", DrawUnit::time, harness::kTimeBounds);
  made.prefixes = flags.prefixes;
  made.prefix_tokens = flags.prefix_tokens;
  made.cancel_share = parse_share(flags.cancel, "--cancel");
  made.cancel_after =
      Drawn::parse(flags.cancel_after, "--cancel-after", DrawUnit::time, harness::kTimeBounds);
  if (!flags.prompts.empty())
    made.prompts = std::make_shared<const harness::PromptSet>(
        harness::read_prompts(open_bytes(flags.prompts), flags.prompts));
  return made;
}

// How many requests a session has, on average.
double mean_turns(const Drawn& turns) {
  RandomStream stream(1, "mean turns");
  constexpr int kDraws = 1000;
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) sum += static_cast<double>(turns.draw(stream));
  return sum / kDraws;
}

void plan_search(LoadPlan& plan, const LoadFlags& flags, const LoadStage& base, const Levels& given) {
  const double turns = mean_turns(plan.synthetic.turns);
  if (flags.find_rate) {
    harness::RateSearchSettings search;
    search.stage = base;
    search.requests_per_session = turns;
    double strictest = 0;
    for (const analysis::ServiceObjectives& set : plan.objectives) strictest = std::max(strictest, set.share);
    search.least_requests = harness::requests_to_resolve(strictest);
    if (given.any()) {
      search.from = given.values.front();
      search.to = given.values.back();
    }
    plan.mode = "search";
    plan.most_rate = given.any() ? given.values.back() : 0;
    plan.steering = std::make_unique<harness::SecondTry>(std::make_unique<harness::RateSearch>(search));
    return;
  }
  harness::SweepSettings sweep;
  sweep.stage = base;
  sweep.requests_per_session = turns;
  if (given.any()) {
    sweep.from = given.values.front();
    sweep.to = given.values.back();
  }
  plan.mode = "sweep";
  if (base.open())
    plan.most_rate = sweep.to;
  else
    plan.most_in_flight = static_cast<std::size_t>(sweep.to);
  plan.steering = std::make_unique<harness::SecondTry>(std::make_unique<harness::Sweep>(sweep));
}

void plan_recorded(LoadPlan& plan, const LoadFlags& flags, const Levels& concurrency) {
  std::vector<LoadStage> stages;
  const std::size_t most = concurrency.any() ? static_cast<std::size_t>(concurrency.values[0]) : 0;
  if (!flags.trace.empty()) {
    harness::TraceOptions options;
    options.speed = flags.speed;
    options.first = flags.requests;
    if (flags.duration != LoadFlags().duration)
      options.duration = parse_duration(flags.duration, "--duration");
    plan.trace = std::make_shared<const harness::Trace>(
        harness::read_trace(open_bytes(flags.trace), flags.trace, options));
    stages.push_back(harness::trace_stage(*plan.trace, most));
  } else {
    plan.saved = std::make_shared<const harness::SavedSchedule>(
        harness::read_schedule(open_bytes(flags.schedule), flags.schedule));
    for (const auto& schedule : plan.saved->stages) stages.push_back(schedule->stage());
  }
  plan.mode = "trace";
  plan.most_in_flight = most;
  for (const LoadStage& stage : stages) plan.most_rate = std::max(plan.most_rate, stage.rate);
  plan.steering = std::make_unique<harness::FixedPlan>(std::move(stages));
}

}  // namespace

LoadPlan plan_load(const LoadFlags& flags) {
  if (flags.model.empty())
    throw Error(ErrorKind::usage, "costwar load needs a model or an address",
                "costwar load http://127.0.0.1:8000/v1 --concurrency 64 --duration 10s");
  const Levels concurrency = levels(flags.concurrency, "--concurrency", true);
  const Levels rate = levels(flags.rate, "--rate", false);
  refuse_contradictions(flags, concurrency, rate);
  LoadPlan plan;
  plan.seed = flags.seed ? *flags.seed : std::random_device{}();
  for (const std::string& text : flags.reading.slo)
    plan.objectives.push_back(parse_objectives(text, "--slo"));
  plan.synthetic = synthetic_of(flags);
  if (!flags.trace.empty() || !flags.schedule.empty()) {
    plan_recorded(plan, flags, concurrency);
    return plan;
  }
  const bool open = rate.any() || flags.find_rate;
  const LoadStage base = stage_of(flags, concurrency, open);
  const Levels& given = open ? rate : concurrency;
  if (open) plan.most_in_flight = base.concurrency;
  if (flags.sweep || flags.find_rate) {
    plan_search(plan, flags, base, given);
    return plan;
  }
  std::vector<LoadStage> stages = fixed_stages(base, given);
  for (const LoadStage& stage : stages) {
    harness::check_stage(stage);
    if (open)
      plan.most_rate = std::max(plan.most_rate, stage.rate);
    else
      plan.most_in_flight = std::max(plan.most_in_flight, stage.concurrency);
  }
  plan.mode = given.range ? "ramp" : open ? "open" : "closed";
  plan.steering = std::make_unique<harness::FixedPlan>(std::move(stages));
  return plan;
}

std::shared_ptr<const harness::LoadSchedule> LoadPlan::schedule(const LoadStage& stage,
                                                                std::uint32_t number) const {
  if (saved) return {saved, saved->stages.at(number).get()};
  if (trace) return harness::trace_schedule(trace, number, seed, stage.concurrency);
  return harness::synthetic_schedule(stage, number, seed, synthetic);
}

std::string LoadPlan::settings_json() const {
  if (trace) return harness::settings_json(*trace).dump();
  if (saved) return saved->header.settings.empty() ? "{}" : saved->header.settings;
  return harness::settings_json(synthetic).dump();
}

}  // namespace costwar::cli
