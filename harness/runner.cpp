#include "harness/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "harness/runner_state.h"
#include "harness/trial_end.h"

namespace costwar::harness {

Runner::Runner(EventLoop& loop, const Plan& plan, std::vector<Provider*> providers, RunSink& sink,
               Progress& progress, RunnerSettings settings, RunnerServices services)
    : loop_(loop),
      plan_(plan),
      sink_(sink),
      progress_(progress),
      settings_(std::move(settings)),
      services_(std::move(services)),
      helpers_(std::make_unique<std::array<Helper, 2>>()),
      alive_(std::make_shared<int>(0)) {
  if (providers.size() != plan.input().models.size())
    throw Error(ErrorKind::internal, "the runner needs one provider for each model of the plan");
  scorers_ = scorers_of(plan);
  models_.resize(providers.size());
  result_.models.resize(providers.size());
  for (std::size_t model = 0; model < providers.size(); ++model) {
    models_[model].provider = providers[model];
    models_[model].line = &line_of(providers[model]->traits());
    models_[model].line->models.push_back(model);
    const std::size_t trials = plan.size() / providers.size();
    models_[model].hopeless_after = std::min(std::max<std::size_t>(1, settings_.hopeless_after), trials);
  }
  helper(CallRole::judge).provider = services_.judge;
  helper(CallRole::simulated_user).provider = services_.simulated_user;
  for (Helper& each : *helpers_)
    if (each.provider != nullptr) each.line = &line_of(each.provider->traits());
  open_gates();
}

Runner::~Runner() = default;

Runner::Helper& Runner::helper(CallRole role) {
  return (*helpers_)[role == CallRole::judge ? 0 : 1];
}

void Runner::require_sendable(const std::vector<TrialWork>& work) const {
  for (const TrialWork& entry : work) {
    const PlannedTrial& planned = plan_[entry.trial];
    const Provider& provider = *models_[planned.model].provider;
    // Of a route what either model would be sent.
    for (std::uint8_t member = 0; member <= (plan_.is_routed(entry.trial) ? 1 : 0); ++member) {
      const ChatRequest request = plan_.request(entry.trial, member);
      auto refusal = provider.check(request);
      const std::uint32_t turn = member == 0 ? 0 : plan_.input().models[planned.model].card.cheap_calls;
      if (!refusal && settings_.budget != nullptr) {
        auto quoted = quote(*settings_.budget, CallRole::subject, plan_.priced_as(planned.model, turn),
                            provider, request);
        if (auto* unbounded = std::get_if<Refusal>(&quoted)) refusal = std::move(*unbounded);
      }
      if (refusal) throw refused_error(plan_, entry.trial, *refusal);
    }
  }
}

// A task that cannot be scored is refused before anything is spent on it.
void Runner::require_services(const std::vector<TrialWork>& work) const {
  for (const TrialWork& entry : work) {
    const std::uint32_t task = plan_[entry.trial].task;
    const std::string& name = plan_.input().tasks[task].task.name;
    const ScorerKind kind = scorers_[task]->kind;
    if (kind == ScorerKind::judge && (services_.judge == nullptr || !services_.judge_script))
      throw Error(ErrorKind::usage,
                  fmt::format("the task \"{}\" is scored by a judge, and none is named", name),
                  "name one: --judge MODEL");
    if (plan_.input().tasks[task].simulated_user && services_.simulated_user == nullptr)
      throw Error(ErrorKind::usage,
                  fmt::format("the task \"{}\" talks to a simulated user, and none is named", name),
                  "name one: --simulated-user MODEL");
    if (kind == ScorerKind::code && !services_.code)
      throw Error(ErrorKind::usage,
                  fmt::format("the task \"{}\" runs what models write, and there is no sandbox for it", name),
                  "costwar doctor says what is missing; --unsafe-code runs it without");
  }
}

void Runner::start(std::vector<TrialWork> work) {
  if (std::exchange(started_, true)) throw Error(ErrorKind::internal, "a runner starts once only");
  require_services(work);
  require_sendable(work);
  std::sort(work.begin(), work.end(),
            [](const TrialWork& a, const TrialWork& b) { return a.trial < b.trial; });
  std::map<Line*, std::size_t> places;
  for (const TrialWork& entry : work) ++places[models_[plan_[entry.trial].model].line];
  for (const auto& [line, count] : places) line->work.reserve(count);
  for (TrialWork& entry : work) {
    const std::size_t model = plan_[entry.trial].model;
    ++result_.models[model].trials;
    models_[model].line->work.push_back(std::move(entry));
  }
  std::vector<TrialWork>().swap(work);
  for (Line& line : lines_)
    if (!line.lane.empty()) sort_for_lane(line.work, plan_, line.models);
  for (std::size_t model = 0; model < models_.size(); ++model)
    result_.models[model].limit = allowed(*models_[model].line);
  progress_.started(result_.models);
  for (Gate& gate : gates_) pump(gate);
  check_finished();
}

RunnerResult Runner::run(std::vector<TrialWork> work) {
  start(std::move(work));
  loop_.run([this] { return finished(); });
  return result_;
}

void Runner::stop(Error error) {
  if (mode_ != Mode::running) return;
  mode_ = Mode::draining;
  result_.error = std::move(error);
  drop_waiting();
}

void Runner::wind_down() {
  if (finished_ || mode_ == Mode::interrupted) return;
  result_.interrupted = true;
  if (mode_ == Mode::draining) return;
  mode_ = Mode::draining;
  drop_waiting();
  check_finished();
}

void Runner::interrupt() {
  if (finished_ || mode_ == Mode::interrupted) return;
  mode_ = Mode::interrupted;
  result_.interrupted = true;
  drop_waiting();
  for (Slot& slot : slots_) {
    if (slot.state == Slot::State::flying && !slot.expired) slot.provider->cancel(slot.call);
    if (slot.state == Slot::State::scoring)
      release(slot);  // its answers are kept: it is scored by a later run
  }
  check_finished();
}

// Trials that wait for a retry, or for money, stay undecided. The failures of a model that never answered
// decide nothing either.
void Runner::drop_waiting() {
  for (Line& line : lines_) line.ready.clear();
  unfunded_.clear();
  for (Gate& gate : gates_)
    if (gate.timer != 0) loop_.cancel(std::exchange(gate.timer, 0));
  for (Slot& slot : slots_) {
    using State = Slot::State;
    if (slot.state != State::backing_off && slot.state != State::ready && slot.state != State::unfunded)
      continue;
    if (slot.timer != 0) loop_.cancel(std::exchange(slot.timer, 0));
    release(slot);
  }
  undo_unsettled();
}

void Runner::undo_unsettled() {
  for (std::size_t model = 0; model < models_.size(); ++model) {
    result_.models[model].done -= models_[model].unsettled.size();
    result_.models[model].failed -= models_[model].unsettled.size();
    settle(models_[model], false);
  }
}

void Runner::check_finished() {
  if (!started_ || finished_ || taken_slots_ > 0) return;
  if (mode_ == Mode::running) {
    for (Line& line : lines_) prepare(line);
    if (std::any_of(lines_.begin(), lines_.end(), [](const Line& line) { return line.left() > 0; })) return;
    for (Model& model : models_) settle(model, true);
  }
  if (pending_writes_ > 0 || pending_wakes_ > 0) return;
  finished_ = true;
  for (Gate& gate : gates_)
    if (gate.timer != 0) loop_.cancel(std::exchange(gate.timer, 0));
  std::size_t undecided = 0;
  for (const ModelProgress& model : result_.models) undecided += model.undecided;
  if (undecided > 0 && !result_.error) result_.error = undecided_error(undecided, last_undecided_);
  progress_.finished(result_.models);
}

}  // namespace costwar::harness
