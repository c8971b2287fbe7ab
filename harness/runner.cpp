#include "harness/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/runner_state.h"
#include "harness/trial_end.h"

namespace costwar::harness {
namespace {

void add_tokens(ModelProgress& progress, const Usage& usage) {
  progress.prompt_tokens += usage.prompt_tokens().value_or(0);
  progress.output_tokens += usage.output_tokens().value_or(0);
}

}  // namespace

std::size_t Runner::allowed(const Line& line) {
  return std::min(line.most, line.gate->limit.now());
}

Runner::Runner(EventLoop& loop, const Plan& plan, std::vector<Provider*> providers, RunSink& sink,
               Progress& progress, RunnerSettings settings)
    : loop_(loop), plan_(plan), sink_(sink), progress_(progress), settings_(std::move(settings)) {
  if (providers.size() != plan.input().models.size())
    throw Error(ErrorKind::internal, "the runner needs one provider for each model of the plan");
  scorers_ = scorers_of(plan);
  models_.resize(providers.size());
  result_.models.resize(providers.size());
  for (std::size_t model = 0; model < providers.size(); ++model) {
    models_[model].provider = providers[model];
    models_[model].line = &line_of(model);
    models_[model].line->models.push_back(model);
    const std::size_t trials = plan.size() / providers.size();
    models_[model].hopeless_after = std::min(std::max<std::size_t>(1, settings_.hopeless_after), trials);
  }
  open_gates();
}

Runner::~Runner() = default;

void Runner::require_sendable(const std::vector<TrialWork>& work) const {
  for (const TrialWork& entry : work) {
    const PlannedTrial& planned = plan_[entry.trial];
    const auto refusal = models_[planned.model].provider->check(plan_.request(entry.trial));
    if (refusal) throw refused_error(plan_, entry.trial, *refusal);
  }
}

void Runner::start(std::vector<TrialWork> work) {
  if (std::exchange(started_, true)) throw Error(ErrorKind::internal, "a runner starts once only");
  require_sendable(work);
  std::sort(work.begin(), work.end(),
            [](const TrialWork& a, const TrialWork& b) { return a.trial < b.trial; });
  for (const TrialWork& entry : work) {
    const std::size_t model = plan_[entry.trial].model;
    ++result_.models[model].trials;
    models_[model].line->work.push_back(entry);
  }
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

Runner::Slot& Runner::take_slot(Line& line) {
  if (free_slots_.empty()) free_slots_.push_back(&slots_.emplace_back(*this));
  Slot& slot = *free_slots_.back();
  free_slots_.pop_back();
  ++taken_slots_;
  ++line.in_hand;
  slot.line = &line;
  slot.work = line.work[line.next++];
  slot.model = plan_[slot.work.trial].model;
  slot.attempts = 0;
  slot.due.reset();
  if (!line.held.empty()) {
    slot.due = line.held.front();
    line.held.pop_front();
  }
  return slot;
}

void Runner::release(Slot& slot) {
  slot.state = Slot::State::idle;
  --slot.line->in_hand;
  --taken_slots_;
  free_slots_.push_back(&slot);
}

void Runner::leave(Slot& slot) {
  slot.state = Slot::State::leaving;
  slot.expired = false;
  slot.issued = loop_.clock().mono();
  slot.requested = loop_.clock().wall();
  slot.limited = slot.issued - slot.due.value_or(slot.issued);
  slot.number = slot.line->gate->rate.left();
  ++slot.attempts;
  ++slot.line->gate->in_flight;
  ++result_.models[slot.model].in_flight;
  AttemptRow row;
  row.trial = slot.work.trial;
  row.number = slot.work.first_number + slot.attempts - 1;
  row.attempt.outcome = Outcome::in_doubt;
  row.attempt.timeline.due = slot.due.value_or(slot.issued);
  row.attempt.timeline.issued = slot.issued;
  row.attempt.billing.requested = slot.requested;
  ++pending_writes_;
  sink_.left(std::move(row), [this, &slot] {
    --pending_writes_;
    send(slot);
  });
}

void Runner::send(Slot& slot) {
  if (mode_ != Mode::running) {  // stopped while the row was being written: it never left
    Attempt never_left;
    never_left.outcome = Outcome::cancelled;
    never_left.error_message = "stopped before it was sent";
    never_left.timeline.issued = slot.issued;
    never_left.billing.requested = slot.requested;
    return done(slot, std::move(never_left));
  }
  ChatRequest request = plan_.request(slot.work.trial);
  request.due = loop_.clock().mono() + (Nanos{} - slot.limited);
  slot.state = Slot::State::flying;
  slot.call = models_[slot.model].provider->start(std::move(request), slot);
  slot.timer = loop_.at(loop_.clock().mono() + settings_.deadline, [this, &slot] { expire(slot); });
}

void Runner::expire(Slot& slot) {
  slot.timer = 0;
  slot.expired = true;
  models_[slot.model].provider->cancel(slot.call);
}

void Runner::done(Slot& slot, Attempt attempt) {
  if (slot.timer != 0) loop_.cancel(std::exchange(slot.timer, 0));
  if (slot.expired && attempt.outcome == Outcome::cancelled && mode_ != Mode::interrupted) {
    attempt.outcome = Outcome::timed_out;
    attempt.error_message = fmt::format("no end within {:g} s", settings_.deadline.seconds());
  }
  // Writing the row took its time too, and is no limit's: the wait is what it was when the attempt left.
  attempt.timeline.due = attempt.timeline.issued + (Nanos{} - slot.limited);
  if (!models_[slot.model].provider->card().own_machine && maybe_billed(attempt))
    attempt.notes.emplace_back(kMaybeBilled);
  Gate& gate = *slot.line->gate;
  ModelProgress& progress = result_.models[slot.model];
  --gate.in_flight;
  --progress.in_flight;
  ++progress.attempts;
  add_tokens(progress, attempt.usage);
  gate.rate.told(slot.number, attempt, loop_.clock().mono());
  if (is_answered(attempt.outcome)) {
    gate.limit.answered();
    take_answer(slot, std::move(attempt));
  } else {
    if (at_capacity(attempt)) gate.limit.refused(slot.issued, loop_.clock().mono());
    take_failure(slot, std::move(attempt));
  }
  progress.limit = allowed(*models_[slot.model].line);
  progress_.advanced(result_.models);
  pump(gate);
  check_finished();
}

void Runner::take_answer(Slot& slot, Attempt attempt) {
  Model& model = models_[slot.model];
  model.answered = true;
  settle(model, true);
  ScoreRow score = score_trial(slot.work.trial, *scorers_[plan_[slot.work.trial].task], attempt,
                               plan_.item(slot.work.trial));
  decide(slot, ended_row(slot, std::move(attempt)), std::move(score));
}

void Runner::take_failure(Slot& slot, Attempt attempt) {
  using Action = RetryDecision::Action;
  const RetryDecision decision = decide_retry(settings_.retry, attempt, slot.work.trial, slot.attempts);
  if (decision.action == Action::stop_run)
    stop(stop_error(plan_.input().models[slot.model].card.name, attempt));
  if (mode_ != Mode::running || attempt.outcome == Outcome::cancelled) {
    write_end(ended_row(slot, std::move(attempt)), std::nullopt);
    return release(slot);
  }
  if (decision.action == Action::retry) return retry_later(slot, std::move(attempt), decision.wait);
  give_up(slot, std::move(attempt));
}

void Runner::retry_later(Slot& slot, Attempt attempt, Nanos wait) {
  Gate& gate = *slot.line->gate;
  const Mono now = loop_.clock().mono();
  const Mono until = now + wait;
  if (at_capacity(attempt) && attempt.advice.wait && until > gate.not_before) {
    gate.not_before = until;
    progress_.waiting(slot.model, until);
  }
  slot.due.reset();
  if (at_capacity(attempt) || attempt.advice.wait) slot.due = now;
  write_end(ended_row(slot, std::move(attempt)), std::nullopt);
  slot.state = Slot::State::backing_off;
  slot.timer = loop_.at(until, [this, &slot] {
    slot.timer = 0;
    slot.state = Slot::State::ready;
    slot.line->ready.push_back(&slot);
    pump(*slot.line->gate);
  });
}

void Runner::give_up(Slot& slot, Attempt attempt) {
  Model& model = models_[slot.model];
  ++result_.models[slot.model].failed;
  ScoreRow score = score_trial(slot.work.trial, *scorers_[plan_[slot.work.trial].task], attempt,
                               plan_.item(slot.work.trial));
  AttemptRow row = ended_row(slot, std::move(attempt));
  if (model.answered && !may_be_outage(row.attempt.outcome)) {  // a server is there
    settle(model, true);
    return decide(slot, std::move(row), std::move(score));
  }
  model.unsettled.emplace_back(std::move(row), std::move(score));
  ++result_.models[slot.model].done;
  release(slot);
  if (model.unsettled.size() < patience(model)) return;
  stop(unanswered_error(plan_.input().models[slot.model].card.name, model.unsettled.size(), !model.answered,
                        model.unsettled.back().first.attempt));
}

// How many trials in a row may fail before the model counts as gone. Where there is no connection at all, as
// few as before its first answer; a server that answers with errors may have a share of bad items.
std::size_t Runner::patience(const Model& model) const {
  if (!model.answered) return model.hopeless_after;
  const bool no_connection = std::all_of(model.unsettled.begin(), model.unsettled.end(), [](const auto& end) {
    return end.first.attempt.outcome == Outcome::network;
  });
  return no_connection ? settings_.hopeless_after : settings_.outage_after;
}

void Runner::settle(Model& model, bool counts) {
  for (auto& [row, score] : std::exchange(model.unsettled, {}))
    write_end(std::move(row), counts ? std::optional(std::move(score)) : std::nullopt);
}

void Runner::decide(Slot& slot, AttemptRow row, ScoreRow score) {
  ModelProgress& progress = result_.models[slot.model];
  ++progress.done;
  if (score.solved) ++progress.solved;
  write_end(std::move(row), std::move(score));
  release(slot);
}

void Runner::write_end(AttemptRow row, std::optional<ScoreRow> score) {
  ++pending_writes_;
  sink_.ended(std::move(row), std::move(score), [this] {
    --pending_writes_;
    check_finished();
  });
}

AttemptRow Runner::ended_row(const Slot& slot, Attempt attempt) const {
  AttemptRow row;
  row.trial = slot.work.trial;
  row.number = slot.work.first_number + slot.attempts - 1;
  row.ended = true;
  row.attempt = std::move(attempt);
  return row;
}

void Runner::stop(Error error) {
  if (mode_ != Mode::running) return;
  mode_ = Mode::draining;
  result_.error = std::move(error);
  drop_waiting();
}

void Runner::interrupt() {
  if (finished_ || mode_ == Mode::interrupted) return;
  mode_ = Mode::interrupted;
  result_.interrupted = true;
  drop_waiting();
  for (Slot& slot : slots_)
    if (slot.state == Slot::State::flying && !slot.expired) models_[slot.model].provider->cancel(slot.call);
  check_finished();
}

// Trials that wait for a retry stay undecided. The failures of a model that never answered decide nothing
// either.
void Runner::drop_waiting() {
  for (Line& line : lines_) line.ready.clear();
  for (Gate& gate : gates_)
    if (gate.timer != 0) loop_.cancel(std::exchange(gate.timer, 0));
  for (Slot& slot : slots_) {
    if (slot.state != Slot::State::backing_off && slot.state != Slot::State::ready) continue;
    if (slot.timer != 0) loop_.cancel(std::exchange(slot.timer, 0));
    release(slot);
  }
  for (std::size_t model = 0; model < models_.size(); ++model) {
    result_.models[model].done -= models_[model].unsettled.size();
    result_.models[model].failed -= models_[model].unsettled.size();
    settle(models_[model], false);
  }
}

void Runner::check_finished() {
  if (!started_ || finished_ || taken_slots_ > 0) return;
  const auto idle = [](const Line& line) { return line.next == line.work.size(); };
  if (mode_ == Mode::running) {
    if (!std::all_of(lines_.begin(), lines_.end(), idle)) return;
    for (Model& model : models_) settle(model, true);
  }
  if (pending_writes_ > 0) return;
  finished_ = true;
  progress_.finished(result_.models);
}

}  // namespace costwar::harness
