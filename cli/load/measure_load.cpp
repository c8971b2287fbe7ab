#include "cli/load/measure_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "analysis/load/load_run.h"
#include "cli/load/asked_json.h"
#include "cli/load/calls_file.h"
#include "cli/load/client_check.h"
#include "cli/load/live_view.h"
#include "cli/load/load_budget.h"
#include "cli/load/load_reader.h"
#include "cli/load/load_target.h"
#include "cli/machine_json.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/quantities.h"
#include "cli/request_flags.h"
#include "cli/run_id.h"
#include "cli/signals.h"
#include "cli/version.h"
#include "core/error.h"
#include "core/json.h"
#include "harness/load/load_engine.h"
#include "harness/load/saved_schedule.h"
#include "harness/sha256.h"
#include "harness/store/load_store.h"
#include "reports/views/load_view.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

// Closed loops begin their sessions spread over this much of a stage, at most a second.
constexpr std::int64_t kSpreadShare = 10;
// The client's own lateness counts from this much of a stage on, at most a second.
constexpr std::int64_t kSettleShare = 10;

Nanos part_of(Nanos duration, std::int64_t share) {
  return std::min(seconds(1), nanoseconds(duration.count / share));
}

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
  std::string asked = checked_extra_body(flags.extra_body);
  if (!flags.exact_output) return asked;
  Json body = asked.empty() ? Json::object() : parse_json(asked, "--extra-body");
  body["ignore_eos"] = true;
  return body.dump();
}

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
  if (found.requests_per_s.interval)
    outcome.requests_per_s_error = found.requests_per_s.interval->width() / 2;
  outcome.seconds_per_request = found.service_e2e.mean.value_or(0);
  if (!found.goodput.empty()) outcome.objectives_kept = analysis::objectives_kept(found);
  outcome.failed_share =
      found.calls == 0 ? 0 : static_cast<double>(found.failed) / static_cast<double>(found.calls);
  return outcome;
}

LoadHeader header_of(const LoadFlags& flags, const LoadPlan& plan, const FoundTarget& found, Wall now) {
  LoadHeader header;
  header.id = new_run_id(now);
  header.created = now;
  header.label = flags.label;
  header.costwar_version = kVersion;
  header.mode = plan.mode;
  header.model = found.model.card;
  header.effort = found.model.effort.value_or("");
  header.service_class = found.model.service_class;
  header.seed = plan.seed;
  header.threads = found.one_at_a_time ? 1 : flags.threads;
  Json settings = parse_json(plan.settings_json(), "settings");
  settings["asked"] = asked_json(flags);
  header.settings = settings.dump();
  header.machine = machine_facts_json();
  header.plan = harness::Sha256()
                    .field(header.model.name)
                    .field(found.model.fingerprint)
                    .field(header.settings)
                    .field(header.seed)
                    .finish_hex(16);
  return header;
}

// One run from its first stage to its last.
class Measuring {
 public:
  Measuring(const LoadFlags& flags, const Environment& environment)
      : flags_(flags), environment_(environment), plan_(plan_load(flags)) {}

  LoadMeasurement measure(const std::string& resume) {
    const InterruptWatch watch(
        *loop_, [this] { wind_down(); },
        [this] {
          if (engine_) engine_->interrupt();
        });
    find_target();
    store_ = harness::LoadStore::open(store_path(environment_, flags_.store));
    open_run(resume);
    counters_.begin_run(loop_->clock().mono());
    const LiveView view(counters_, environment_);
    const std::unique_ptr<harness::LoadSink> sink = store_->sink(header_.id);
    run_stages(*sink);
    engine_.reset();
    budget_->finish();
    store_->flush();
    if (!flags_.save_schedule.empty()) save_schedule();
    if (!flags_.calls.empty()) write_calls();
    LoadMeasurement measured{header_.id, stopped_, plan_.steering->conclusion()};
    return measured;
  }

 private:
  void wind_down() {
    interrupted_ = true;
    if (engine_) engine_->wind_down();
  }

  void find_target() {
    const Config config = load_config(environment_, flags_.network, flags_.local);
    const Nanos longest = nanoseconds(static_cast<std::int64_t>(flags_.timeout_s * 1e9));
    const auto connections = [&](bool remote) {
      return connections_to_open(plan_.most_in_flight, flags_.threads, remote, environment_) /
                 flags_.threads +
             1;
    };
    found_ =
        find_load_target(parse_model_spec(flags_.model), *loop_, environment_, config, longest, connections);
    settings_.request = RequestMaker{found_.model, flags_.temperature, extra_body_of(flags_)};
    settings_.drain = parse_duration(flags_.drain, "--drain");
    reader_ =
        std::make_unique<LoadReader>(flags_.reading, found_.model.card, environment_, loop_->clock().wall());
    const bool bounded = plan_.synthetic.output || plan_.trace || plan_.saved;
    budget_ =
        std::make_unique<LoadBudget>(flags_.budget, flags_.no_budget, found_, reader_->priced(), bounded,
                                     flags_.extra_body, longest, reader_->book(), loop_->clock());
    check_first_call(plan_, *found_.target, settings_);
    if (interrupted_) throw Error(ErrorKind::interrupted, "interrupted before anything was measured");
  }

  // False: the budget has not room for one call of this stage.
  bool hold_ahead(const harness::LoadSchedule& schedule) {
    if (!budget_->held()) return true;
    const harness::PlannedSession first = schedule.session(0);
    if (first.turns.empty()) return true;
    const ChatRequest request = settings_.request(first.turns.front(), schedule.messages(0, 0));
    const LoadStage& stage = schedule.stage();
    const double calls_per_s = stage.open() ? std::max(stage.rate, stage.rate_from.value_or(0))
                                            : static_cast<double>(stage.concurrency);
    const auto bytes = static_cast<std::int64_t>(found_.target->prepare(request).bytes());
    return budget_->prepare(bytes, request.max_output_tokens.value_or(0), calls_per_s);
  }

  void open_run(const std::string& resume) {
    const Wall now = loop_->clock().wall();
    if (resume.empty()) {
      header_ = header_of(flags_, plan_, found_, now);
      store_->begin(header_);
    } else {
      header_ = store_->require(resume);
    }
    settings_.threads = header_.threads;
    budget_->begin(*store_, header_.id);
    budget_->settle_into(settings_);
    settings_.counters = &counters_;
    if (budget_->limit()) counters_.set_budget(*budget_->limit());
    if (resume.empty()) return;
    for (const LoadStageRow& row : store_->resume(header_.id)) {
      next_stage_ = row.stage + 1;
      if (row.complete) take_outcome(row);
    }
  }

  void take_outcome(const LoadStageRow& row) {
    std::vector<LoadCall> calls;
    store_->read_calls(header_.id, row.stage, [&](const LoadCall& call) { calls.push_back(call); });
    outcomes_.push_back(outcome_of(row.asked, reader_->stage(row, calls)));
  }

  void run_stages(harness::LoadSink& sink) {
    while (!interrupted_ && !stopped_) {
      const std::optional<LoadStage> stage = plan_.steering->next(outcomes_);
      if (!stage) return;
      if (!engine_) {
        settings_.spread = part_of(stage->duration, kSpreadShare);
        settings_.settle_in = part_of(stage->duration, kSettleShare);
        engine_ = std::make_unique<harness::LoadEngine>(*loop_, *found_.target, settings_, sink);
      }
      const std::uint32_t number = next_stage_++;
      const auto schedule = plan_.schedule(*stage, static_cast<std::uint32_t>(outcomes_.size()));
      if (!hold_ahead(*schedule)) {
        stopped_ = Error(ErrorKind::spending_limit, "the budget has no room for a further call",
                         "costwar load resume goes on with a higher --budget");
        return;
      }
      counters_.ask_rate(stage->open() ? std::optional(stage->rate) : std::nullopt);
      const LoadStageRow row = engine_->run(*schedule, number, [&](const LoadStageRow& begun) {
        store_->write_stage(header_.id, begun);
        counters_.begin_stage(number, reports::asked_words(begun.asked), begun.begin, begun.asked.duration);
      });
      store_->write_stage(header_.id, row);
      stopped_ = engine_->stopped();
      if (row.complete) take_outcome(row);
    }
    if (interrupted_) stopped_ = Error(ErrorKind::interrupted, "interrupted", "costwar load resume goes on");
  }

  // The sessions that were begun, stage by stage.
  void save_schedule() {
    const harness::SavedScheduleHeader header{header_.seed, header_.model.name, header_.settings};
    std::string text;
    harness::ScheduleWriter writer([&](std::string_view lines) { text += lines; }, header);
    std::uint32_t asked = 0;
    for (const LoadStageRow& row : store_->read_stages(header_.id)) {
      if (!row.complete) continue;
      std::uint64_t sessions = 0;
      store_->read_calls(header_.id, row.stage,
                         [&](const LoadCall& call) { sessions = std::max(sessions, call.session + 1); });
      writer.stage(*plan_.schedule(row.asked, asked++), sessions);
    }
    writer.end();
    write_file_atomically(flags_.save_schedule, text);
  }

  void write_calls() {
    OutputFlags output;
    output.files = {flags_.calls};
    LineOutput lines(output, environment_);
    for (const LoadStageRow& row : store_->read_stages(header_.id))
      store_->read_calls(header_.id, row.stage, [&](const LoadCall& call) { lines.write(call_line(call)); });
  }

  const LoadFlags& flags_;
  const Environment& environment_;
  LoadPlan plan_;
  std::unique_ptr<EventLoop> loop_ = make_event_loop();
  FoundTarget found_;
  std::unique_ptr<harness::LoadStore> store_;
  LoadHeader header_;
  harness::LoadSettings settings_;
  std::unique_ptr<LoadReader> reader_;
  std::unique_ptr<LoadBudget> budget_;
  harness::LoadCounters counters_;
  std::vector<harness::StageOutcome> outcomes_;
  std::uint32_t next_stage_ = 0;
  std::optional<Error> stopped_;
  bool interrupted_ = false;
  std::unique_ptr<harness::LoadEngine> engine_;  // last: it uses the others
};

}  // namespace

LoadMeasurement measure_load(const LoadFlags& flags, const Environment& environment,
                             const std::string& resume) {
  return Measuring(flags, environment).measure(resume);
}

}  // namespace costwar::cli
