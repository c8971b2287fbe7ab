// What follows from an answer: the next call of the trial, or its score, by its text, a judge or a sandbox.
#include <fmt/format.h>

#include <utility>

#include "harness/runner.h"
#include "harness/runner_state.h"
#include "harness/trial_end.h"

namespace costwar::harness {

const PlanModel& Runner::asked(const Slot& slot) const {
  const PlanInput& input = plan_.input();
  if (slot.role == CallRole::judge) return *input.judge;
  if (slot.role == CallRole::simulated_user) return *input.simulated_user;
  return input.models[slot.model];
}

// A trial that has just taken its place: its first call that earlier runs have not had answered.
void Runner::begin(Slot& slot) {
  slot.role = CallRole::subject;
  slot.turn = 0;
  slot.turns = {1, 0, 0};
  slot.attempts = 0;
  slot.through = slot.line;
  slot.provider = models_[slot.model].provider;
  slot.first_number = slot.work.first_number;
  slot.last = Outcome::ok;
  slot.held.reset();
  slot.key.clear();
  const TaskItems& task = plan_.input().tasks[plan_[slot.work.trial].task];
  const bool earlier = slot.work.earlier && slot.work.earlier->any_answered();
  const bool one_call =
      !task.dialogue && !plan_.has_turns(slot.work.trial) && !plan_.is_routed(slot.work.trial);
  if (one_call && !earlier) return leave(slot);
  slot.dialogue = plan_.dialogue(slot.work.trial);
  slot.turns = {};
  go_on(slot, std::nullopt);
}

// Makes the next call of the dialogue, or of the judge, the slot's own. False: there is none.
bool Runner::next_call(Slot& slot) {
  while (true) {
    std::optional<NextCall> call;
    if (slot.judging) {
      if (auto request = slot.judging->next()) call = NextCall{CallRole::judge, *std::move(request)};
    } else {
      call = slot.dialogue->next();
    }
    if (!call) return false;
    slot.role = call->role;
    slot.turn = slot.turns[static_cast<std::size_t>(call->role)]++;
    const EarlierCalls* const earlier = slot.work.earlier.get();
    const AttemptRow* const answer = earlier == nullptr ? nullptr : earlier->answer(slot.role, slot.turn);
    if (answer != nullptr) {
      if (slot.role == CallRole::subject) slot.last = answer->attempt.outcome;
      slot.judging ? slot.judging->heard(answer->attempt) : slot.dialogue->heard(answer->attempt);
      continue;
    }
    const EarlierCalls::Call* const known =
        earlier == nullptr ? nullptr : earlier->find(slot.role, slot.turn);
    const bool first = slot.role == CallRole::subject && slot.turn == 0;
    slot.first_number = first ? slot.work.first_number : known == nullptr ? 0 : known->left;
    slot.attempts = 0;
    slot.due.reset();
    if (slot.role == CallRole::subject) {
      slot.provider = models_[slot.model].provider;
      slot.through = slot.line;
    } else {
      slot.provider = helper(slot.role).provider;
      slot.through = helper(slot.role).line;
    }
    if (slot.provider != nullptr) slot.request = plan_.finish_request(slot.work.trial, *std::move(call));
    return true;
  }
}

// The call leaves when its gate lets it.
void Runner::queue(Slot& slot) {
  slot.state = Slot::State::ready;
  slot.through->ready.push_back(&slot);
  wake(*slot.through->gate);
}

void Runner::take_answer(Slot& slot, Attempt attempt) {
  const bool now = attempt.notes.empty() || !attempt.notes.back().starts_with(kTakenFrom);
  if (slot.role != CallRole::subject) {
    helper(slot.role).answered = true;
    helper(slot.role).failed_in_a_row = 0;
  } else {
    slot.last = attempt.outcome;
    if (now) {  // a server is there, and has the prompt
      models_[slot.model].answered = true;
      settle(models_[slot.model], true);
      open_group(slot);
    }
  }
  const std::int64_t trial = slot.work.trial;
  if (slot.plain() && (scorer_of(slot).kind == ScorerKind::text || attempt.outcome != Outcome::ok)) {
    ScoreRow score = score_trial(trial, scorer_of(slot), attempt, plan_.item(trial));
    return decide(slot, ended_row(slot, std::move(attempt)), std::move(score));
  }
  if (slot.plain()) {  // from here on it has more to it than one call
    slot.dialogue = plan_.dialogue(trial);
    slot.dialogue->next();
  }
  slot.judging ? slot.judging->heard(attempt) : slot.dialogue->heard(attempt);
  AttemptRow row = ended_row(slot, std::move(attempt));
  go_on(slot, std::move(row));
}

// To the next call, or to the score. `row`: the attempt that has just ended, not yet written.
void Runner::go_on(Slot& slot, std::optional<AttemptRow> row) {
  if (!next_call(slot))
    return slot.judging ? take_verdict(slot, std::move(row)) : conclude(slot, std::move(row));
  if (row) write_end(slot, *std::move(row), std::nullopt);
  if (slot.provider == nullptr) {
    stop(Error(ErrorKind::usage,
               fmt::format("the task \"{}\" talks to a simulated user, and none is named",
                           plan_.input().tasks[plan_[slot.work.trial].task].task.name),
               "name one: --simulated-user MODEL"));
    return release(slot);
  }
  if (mode_ != Mode::running) return release(slot);  // its answers are kept
  if (const auto refusal = slot.provider->check(slot.request)) {
    stop(refused_error(plan_, slot.work.trial, *refusal));
    return release(slot);
  }
  queue(slot);
}

// The dialogue is over.
void Runner::conclude(Slot& slot, std::optional<AttemptRow> row) {
  const std::int64_t trial = slot.work.trial;
  const ScorerRow& scorer = scorer_of(slot);
  if (slot.last != Outcome::ok && !scores_refusal(scorer, slot.last))
    return decide(slot, std::move(row), score_without_answer(trial, scorer, slot.last));
  Reply reply = slot.dialogue->reply();
  reply.refused = refuses_to_answer(slot.last);
  if (scorer.kind == ScorerKind::text)
    return decide(slot, std::move(row), score_row(trial, scorer, scorer.score(reply, plan_.item(trial))));
  if (row) write_end(slot, *std::move(row), std::nullopt);
  if (scorer.kind == ScorerKind::code) return run_code(slot, reply);
  slot.judging = services_.judge_script(scorer, plan_.item(trial), reply);
  go_on(slot, std::nullopt);
}

void Runner::run_code(Slot& slot, const Reply& reply) {
  slot.state = Slot::State::scoring;
  const auto back = [this, &slot, generation = slot.generation,
                     alive = std::weak_ptr<int>(alive_)](ScoreResult result) {
    if (alive.expired() || slot.generation != generation) return;
    Gate& home = *slot.line->gate;
    decide(slot, std::nullopt, score_row(slot.work.trial, scorer_of(slot), std::move(result)));
    progress_.advanced(result_.models);
    pump(home);
    check_finished();
  };
  services_.code(scorer_of(slot), reply, plan_.item(slot.work.trial), back);
}

void Runner::take_verdict(Slot& slot, std::optional<AttemptRow> row) {
  auto verdict = slot.judging->verdict();
  if (verdict)
    return decide(slot, std::move(row), score_row(slot.work.trial, scorer_of(slot), *std::move(verdict)));
  leave_undecided(slot, std::move(row), "the judge's words hold no verdict");
}

void Runner::decide(Slot& slot, std::optional<AttemptRow> row, ScoreRow score) {
  ModelProgress& progress = result_.models[slot.model];
  ++progress.done;
  if (score.solved) ++progress.solved;
  if (row) {
    write_end(slot, *std::move(row), std::move(score));
  } else {
    write_score(std::move(score), false);
  }
  release(slot);
}

void Runner::leave_undecided(Slot& slot, std::optional<AttemptRow> row, std::string why) {
  ++result_.models[slot.model].undecided;
  last_undecided_ = std::move(why);
  if (row) write_end(slot, *std::move(row), std::nullopt);
  release(slot);
}

void Runner::write_score(ScoreRow score, bool failed) {
  tell_stop_rule(score, failed);
  ++pending_writes_;
  sink_.scored(std::move(score), [this] {
    --pending_writes_;
    check_finished();
  });
}

void Runner::tell_stop_rule(const ScoreRow& score, bool failed) {
  if (settings_.stop != nullptr) settings_.stop->decided({score.trial, score.solved, failed});
}

}  // namespace costwar::harness
