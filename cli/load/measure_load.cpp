#include "cli/load/measure_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "analysis/load/load_run.h"
#include "cli/load/load_reader.h"
#include "cli/load/load_target.h"
#include "cli/machine_json.h"
#include "cli/mock/quantities.h"
#include "cli/run_id.h"
#include "cli/signals.h"
#include "cli/version.h"
#include "core/error.h"
#include "core/json.h"
#include "harness/load/load_engine.h"
#include "harness/sha256.h"

namespace costwar::cli {
namespace {

// Closed loops begin their sessions spread over this much of a stage, at most a second.
constexpr std::int64_t kSpreadShare = 10;
// The client's own lateness counts from this much of a stage on, at most a second.
constexpr std::int64_t kSettleShare = 10;

Nanos part_of(Nanos duration, std::int64_t share) {
  return std::min(seconds(1), nanoseconds(duration.count / share));
}

// Connections that each thread may have open where nothing bounds the calls in flight.
constexpr std::size_t kMostConnections = 60'000;

// What every request carries besides its messages.
struct RequestMaker {
  harness::PlanModel model;
  std::optional<double> temperature;
  std::string extra_body;

  ChatRequest operator()(const harness::PlannedCall& call, std::vector<Message> messages) const {
    ChatRequest request;
    request.model = model.card.model;
    request.messages = std::move(messages);
    request.max_output_tokens = call.output_tokens;
    request.temperature = temperature;
    request.effort = model.effort;
    request.service_class = model.service_class;
    request.extra_body = extra_body;
    return request;
  }
};

// --extra-body, and ignore_eos of --exact-output.
std::string extra_body_of(const LoadFlags& flags) {
  Json body = Json::object();
  if (!flags.extra_body.empty()) body = parse_json(flags.extra_body, "--extra-body");
  if (!body.is_object())
    throw Error(ErrorKind::usage, fmt::format("--extra-body: {} is not a JSON object", flags.extra_body),
                R"(write it as '{"top_k": 40}')");
  if (flags.exact_output) body["ignore_eos"] = true;
  return body.empty() ? std::string() : body.dump();
}

struct KeptCalls final : harness::LoadSink {
  void call(LoadCall&& call) override {
    const std::lock_guard lock(mutex);
    calls.push_back(std::move(call));
  }
  std::vector<LoadCall> take() {
    const std::lock_guard lock(mutex);
    return std::exchange(calls, {});
  }
  std::mutex mutex;
  std::vector<LoadCall> calls;
};

// What the API cannot express is refused before anything leaves.
void check_first_call(const LoadPlan& plan, const harness::LoadTarget& target,
                      const harness::LoadSettings& settings) {
  harness::PlannedCall call;
  call.output_tokens = 1;
  if (!plan.synthetic.output && !plan.trace && !plan.saved) call.output_tokens.reset();
  if (const auto refusal = target.check(settings.request(call, {{Role::user, "?"}})))
    throw Error(ErrorKind::usage, refusal->message, refusal->hint);
}

harness::StageOutcome outcome_of(const LoadStage& stage, const analysis::LoadStageFindings& found) {
  harness::StageOutcome outcome;
  outcome.stage = stage;
  outcome.valid = found.verdict.kind != analysis::LoadVerdictKind::invalid;
  outcome.steady = found.steady;
  outcome.requests_per_s = found.requests_per_s.value;
  if (found.requests_per_s.interval) outcome.requests_per_s_error = found.requests_per_s.interval->width() / 2;
  outcome.seconds_per_request = found.service_e2e.mean.value_or(0);
  if (!found.goodput.empty()) outcome.objectives_kept = analysis::objectives_kept(found);
  outcome.failed_share = found.calls == 0 ? 0 : static_cast<double>(found.failed) / static_cast<double>(found.calls);
  return outcome;
}

}  // namespace

LoadMeasurement measure_load(const LoadFlags& flags, const Environment& environment) {
  const LoadPlan plan = plan_load(flags);
  const ModelSpec spec = parse_model_spec(flags.model);
  const auto loop = make_event_loop();
  harness::LoadEngine* running = nullptr;
  bool interrupted = false;
  const InterruptWatch watch(
      *loop,
      [&] {
        interrupted = true;
        if (running != nullptr) running->wind_down();
      },
      [&] {
        if (running != nullptr) running->interrupt();
      });
  const Config config = load_config(environment, flags.network, flags.local);
  const Nanos longest = nanoseconds(static_cast<std::int64_t>(flags.timeout_s * 1e9));
  const std::size_t connections = plan.most_in_flight == 0
                                      ? kMostConnections / flags.threads
                                      : plan.most_in_flight / flags.threads + 1;
  FoundTarget found = find_load_target(spec, *loop, environment, config, longest, connections);

  LoadMeasurement measured;
  LoadHeader& header = measured.header;
  header.created = loop->clock().wall();
  header.id = new_run_id(header.created);
  header.label = flags.label;
  header.costwar_version = kVersion;
  header.mode = plan.mode;
  header.model = found.model.card;
  header.effort = found.model.effort.value_or("");
  header.service_class = found.model.service_class;
  header.seed = plan.seed;
  header.threads = found.one_at_a_time ? 1 : flags.threads;
  header.settings = plan.settings_json();
  header.machine = machine_facts_json();

  LoadReader reader(flags.reading, found.model.card, environment, header.created);
  harness::LoadSettings settings;
  settings.threads = header.threads;
  settings.request = RequestMaker{found.model, flags.temperature, extra_body_of(flags)};
  settings.drain = parse_duration(flags.drain, "--drain");
  check_first_call(plan, *found.target, settings);
  KeptCalls kept;
  std::vector<harness::StageOutcome> outcomes;
  std::unique_ptr<harness::LoadEngine> engine;
  for (std::uint32_t number = 0; !interrupted; ++number) {
    const std::optional<LoadStage> stage = plan.steering->next(outcomes);
    if (!stage) break;
    if (!engine) {
      settings.spread = part_of(stage->duration, kSpreadShare);
      settings.settle_in = part_of(stage->duration, kSettleShare);
      engine = std::make_unique<harness::LoadEngine>(*loop, *found.target, settings, kept);
      running = engine.get();
    }
    const auto schedule = plan.schedule(*stage, number);
    const LoadStageRow row = engine->run(*schedule, number);
    measured.stages.push_back(reader.stage(row, kept.take()));
    outcomes.push_back(outcome_of(*stage, measured.stages.back()));
    if (engine->stopped()) {
      measured.stopped = engine->stopped();
      break;
    }
  }
  if (interrupted) measured.stopped = Error(ErrorKind::interrupted, "interrupted");
  measured.conclusion = plan.steering->conclusion();
  return measured;
}

}  // namespace costwar::cli
