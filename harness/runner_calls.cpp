// One attempt at one call: held for, written, sent, ended; retried, given up, or taken over from another run.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/runner.h"
#include "harness/runner_state.h"
#include "harness/trial_end.h"

namespace costwar::harness {

AttemptRow Runner::row_of(const Slot& slot) const {
  AttemptRow row;
  row.trial = slot.work.trial;
  row.role = slot.role;
  row.turn = slot.turn;
  row.number = slot.first_number + slot.attempts - 1;
  return row;
}

AttemptRow Runner::ended_row(const Slot& slot, Attempt attempt) const {
  AttemptRow row = row_of(slot);
  row.ended = true;
  if (attempt.outcome == Outcome::ok) row.request_key = slot.key;
  row.attempt = std::move(attempt);
  return row;
}

void Runner::leave(Slot& slot) {
  slot.state = Slot::State::leaving;
  if (slot.plain()) slot.request = plan_.request(slot.work.trial);
  if (slot.attempts == 0 && take_over(slot)) return;
  std::optional<Refusal> refusal;
  slot.held = hold_for(slot, refusal);
  if (refusal) {
    stop(refused_error(plan_, slot.work.trial, *refusal));
    return release(slot);
  }
  Gate& gate = *slot.through->gate;
  slot.expired = false;
  slot.issued = loop_.clock().mono();
  slot.requested = loop_.clock().wall();
  slot.limited = slot.issued - slot.due.value_or(slot.issued);
  slot.number = gate.rate.left();
  ++slot.attempts;
  ++gate.in_flight;
  if (slot.role == CallRole::subject) ++result_.models[slot.model].in_flight;
  AttemptRow row = row_of(slot);
  row.attempt.outcome = Outcome::in_doubt;
  row.attempt.timeline.due = slot.due.value_or(slot.issued);
  row.attempt.timeline.issued = slot.issued;
  row.attempt.billing.requested = slot.requested;
  ++pending_writes_;
  if (!slot.held) {
    return sink_.left(std::move(row), [this, &slot] {
      --pending_writes_;
      send(slot);
    });
  }
  ++holds_out_;
  sink_.left_holding(std::move(row), *slot.held, [this, &slot, wanted = *slot.held](bool granted) {
    --pending_writes_;
    if (granted) return send(slot);
    wait_for_budget(slot, wanted);
  });
}

std::size_t Runner::priced_as(const Slot& slot) const {
  return slot.role == CallRole::subject ? plan_.priced_as(slot.model, slot.turn) : slot.model;
}

std::optional<Hold> Runner::hold_for(Slot& slot, std::optional<Refusal>& refusal) const {
  if (settings_.budget == nullptr) return std::nullopt;
  const BudgetPrices& prices = *settings_.budget;
  const std::size_t priced = priced_as(slot);
  if (prices.free && prices.free(slot.role, priced)) return std::nullopt;
  auto quoted = quote(prices, slot.role, priced, *slot.provider, slot.request);
  if (auto* unbounded = std::get_if<Refusal>(&quoted)) {
    refusal = std::move(*unbounded);
    return std::nullopt;
  }
  // A route's calls count for the model that is asked, whoever else asks it.
  const ModelCard& card = slot.provider->card();
  return Hold{std::get<Money>(quoted),
              slot.role == CallRole::subject ? card.asked_in(slot.turn).name : card.name};
}

// Nothing was written and nothing leaves. What other calls of this run turn out not to cost may be enough.
void Runner::wait_for_budget(Slot& slot, const Hold& wanted) {
  --holds_out_;
  --slot.attempts;
  --slot.through->gate->in_flight;
  if (slot.role == CallRole::subject) --result_.models[slot.model].in_flight;
  slot.held.reset();
  if (mode_ != Mode::running) {
    release(slot);
    return check_finished();
  }
  slot.state = Slot::State::unfunded;
  unfunded_.push_back(&slot);
  if (holds_out_ > 0) return;
  stop(limit_error(wanted));
  check_finished();
}

// A hold has become what its attempt did cost: those that wait for money ask again.
void Runner::settled() {
  --holds_out_;
  if (mode_ != Mode::running) return;
  for (Slot* slot : std::exchange(unfunded_, {})) queue(*slot);
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
  ChatRequest request = slot.plain() ? std::move(slot.request) : slot.request;
  request.due = loop_.clock().mono() + (Nanos{} - slot.limited);
  slot.state = Slot::State::flying;
  slot.call = slot.provider->start(std::move(request), slot);
  slot.timer = loop_.at(loop_.clock().mono() + settings_.deadline, [this, &slot] { expire(slot); });
}

void Runner::computing(const Slot& slot) {
  if (metered(slot)) services_.energy->begins(energy_key(slot), loop_.clock().mono());
}

bool Runner::metered(const Slot& slot) const {
  return services_.energy != nullptr && !slot.provider->traits().lane.empty();
}

std::uint64_t Runner::energy_key(const Slot& slot) {
  return reinterpret_cast<std::uintptr_t>(&slot);  // a slot has one call out at a time
}

void Runner::add_energy(const Slot& slot, Attempt& attempt) const {
  if (!metered(slot)) return;
  const auto used = services_.energy->ends(energy_key(slot), loop_.clock().mono());
  if (!used || attempt.usage[Meter::microjoules]) return;
  attempt.usage.set(Meter::microjoules, *used,
                    services_.energy->estimated() ? Provenance::estimated : Provenance::timings);
}

void Runner::expire(Slot& slot) {
  slot.timer = 0;
  slot.expired = true;
  slot.provider->cancel(slot.call);
}

void Runner::done(Slot& slot, Attempt attempt) {
  if (slot.timer != 0) loop_.cancel(std::exchange(slot.timer, 0));
  slot.state = Slot::State::leaving;  // for where its answer leads
  add_energy(slot, attempt);
  if (slot.expired && attempt.outcome == Outcome::cancelled && mode_ != Mode::interrupted) {
    attempt.outcome = Outcome::timed_out;
    attempt.error_message = fmt::format("no end within {:g} s", settings_.deadline.seconds());
  }
  // Writing the row took its time too, and is no limit's: the wait is what it was when the attempt left.
  attempt.timeline.due = attempt.timeline.issued + (Nanos{} - slot.limited);
  if (!slot.provider->card().own_machine && maybe_billed(attempt)) attempt.notes.emplace_back(kMaybeBilled);
  Gate& gate = *slot.through->gate;
  Gate& home = *slot.line->gate;
  const std::size_t model = slot.model;
  --gate.in_flight;
  count(slot, attempt);
  gate.rate.told(slot.number, attempt, loop_.clock().mono());
  if (slot.held && slot.charge && *slot.charge > slot.held->worst)
    stop(breach_error(*slot.held, *slot.charge));
  if (is_answered(attempt.outcome)) {
    gate.limit.answered();
    take_answer(slot, std::move(attempt));
  } else {
    if (at_capacity(attempt)) gate.limit.refused(slot.issued, loop_.clock().mono());
    take_failure(slot, std::move(attempt));
  }
  result_.models[model].limit = allowed(*models_[model].line);
  progress_.advanced(result_.models);
  pump(gate);
  if (&home != &gate) pump(home);
  check_finished();
}

// What it used and cost. Only what the model itself did is among its tokens.
void Runner::count(Slot& slot, const Attempt& attempt) {
  ModelProgress& progress = result_.models[slot.model];
  slot.charge.reset();
  const auto& charge = settings_.budget != nullptr ? settings_.budget->charge : services_.charge;
  if (charge) {
    slot.charge = charge(slot.role, priced_as(slot), attempt);
    if (!slot.charge || (progress.spent && progress.spent->currency() != slot.charge->currency())) {
      ++progress.unpriced;
    } else {
      progress.spent = progress.spent ? *progress.spent + *slot.charge : *slot.charge;
    }
  }
  if (slot.role != CallRole::subject) return;
  --progress.in_flight;
  ++progress.attempts;
  progress.prompt_tokens += attempt.usage.prompt_tokens().value_or(0);
  progress.output_tokens += attempt.usage.output_tokens().value_or(0);
}

void Runner::take_failure(Slot& slot, Attempt attempt) {
  using Action = RetryDecision::Action;
  const RetryDecision decision = decide_retry(settings_.retry, attempt, slot.work.trial, slot.attempts);
  if (decision.action == Action::stop_run) stop(stop_error(slot.provider->card().name, attempt));
  if (mode_ != Mode::running || attempt.outcome == Outcome::cancelled) {
    write_end(slot, ended_row(slot, std::move(attempt)), std::nullopt);
    return release(slot);
  }
  if (decision.action == Action::retry) return retry_later(slot, std::move(attempt), decision.wait);
  if (slot.role == CallRole::subject) return give_up(slot, std::move(attempt));
  give_up_helper(slot, std::move(attempt));
}

void Runner::retry_later(Slot& slot, Attempt attempt, Nanos wait) {
  Gate& gate = *slot.through->gate;
  const Mono now = loop_.clock().mono();
  const Mono until = now + wait;
  if (at_capacity(attempt) && attempt.advice.wait && until > gate.not_before) {
    gate.not_before = until;
    if (slot.role == CallRole::subject) progress_.waiting(slot.model, until);
  }
  slot.due.reset();
  if (at_capacity(attempt) || attempt.advice.wait) slot.due = now;
  write_end(slot, ended_row(slot, std::move(attempt)), std::nullopt);
  slot.state = Slot::State::backing_off;
  slot.timer = loop_.at(until, [this, &slot] {
    slot.timer = 0;
    slot.state = Slot::State::ready;
    slot.through->ready.push_back(&slot);
    pump(*slot.through->gate);
  });
}

void Runner::give_up(Slot& slot, Attempt attempt) {
  Model& model = models_[slot.model];
  ++result_.models[slot.model].failed;
  const Outcome outcome = attempt.outcome;
  ScoreRow score = score_without_answer(slot.work.trial, scorer_of(slot), outcome);
  if (model.answered && !may_be_outage(outcome)) {  // a server is there
    settle(model, true);
    AttemptRow row = ended_row(slot, std::move(attempt));
    return decide(slot, std::move(row), std::move(score));
  }
  model.unsettled.emplace_back(std::move(score), outcome);
  ++result_.models[slot.model].done;
  const bool hopeless = model.unsettled.size() >= patience(model);
  std::optional<Error> error;
  if (hopeless)
    error = unanswered_error(slot.provider->card().name, model.unsettled.size(), !model.answered, attempt);
  write_end(slot, ended_row(slot, std::move(attempt)), std::nullopt);
  release(slot);
  if (error) stop(*std::move(error));
}

// The model has not failed the trial: it stays undecided. A helper that never answers stops the run.
void Runner::give_up_helper(Slot& slot, Attempt attempt) {
  Helper& failing = helper(slot.role);
  ++failing.failed_in_a_row;
  const std::string& name = slot.provider->card().name;
  const std::size_t most = failing.answered ? settings_.outage_after : settings_.hopeless_after;
  std::optional<Error> error;
  if (failing.failed_in_a_row >= std::max<std::size_t>(1, most))
    error = unanswered_error(name, failing.failed_in_a_row, !failing.answered, attempt);
  std::string why = stop_error(name, attempt).what();
  leave_undecided(slot, ended_row(slot, std::move(attempt)), std::move(why));
  if (error) stop(*std::move(error));
}

// How many trials in a row may fail before the model counts as gone. Where there is no connection at all, as
// few as before its first answer; a server that answers with errors may have a share of bad items.
std::size_t Runner::patience(const Model& model) const {
  if (!model.answered) return model.hopeless_after;
  const bool no_connection = std::all_of(model.unsettled.begin(), model.unsettled.end(),
                                         [](const auto& end) { return end.second == Outcome::network; });
  return no_connection ? settings_.hopeless_after : settings_.outage_after;
}

void Runner::settle(Model& model, bool counts) {
  auto unsettled = std::exchange(model.unsettled, {});
  if (!counts) return;
  for (auto& [score, outcome] : unsettled) write_score(std::move(score), true);
}

// True when the store has the answer of another run to this very request.
bool Runner::take_over(Slot& slot) {
  slot.key.clear();
  const bool replay = slot.provider->card().replay_of.has_value();
  // A cascade may ask the same more than once, and wants several answers then.
  if (replay || (slot.role == CallRole::subject && plan_.is_routed(slot.work.trial)) ||
      !(services_.request_keys || services_.cache != nullptr))
    return false;
  slot.key = request_key(asked(slot), slot.request, plan_[slot.work.trial].repeat);
  if (services_.cache == nullptr) return false;
  auto kept = services_.cache->find(slot.key);
  if (!kept) return false;
  slot.held.reset();
  slot.charge.reset();
  ++slot.attempts;
  ++result_.models[slot.model].taken;
  if (slot.role == CallRole::subject) ++result_.models[slot.model].attempts;
  take_answer(slot, taken_over(*std::move(kept)));
  progress_.advanced(result_.models);
  return true;
}

void Runner::write_end(Slot& slot, AttemptRow row, std::optional<ScoreRow> score) {
  ++pending_writes_;
  if (score) tell_stop_rule(*score, !is_answered(row.attempt.outcome));
  const bool holding = slot.held.has_value();
  auto on_durable = [this, holding] {
    --pending_writes_;
    if (holding) settled();
    check_finished();
  };
  if (!holding) return sink_.ended(std::move(row), std::move(score), std::move(on_durable));
  slot.held.reset();
  sink_.ended_holding(std::move(row), std::move(score), slot.charge, std::move(on_durable));
}

}  // namespace costwar::harness
