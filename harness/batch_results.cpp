// From a batch that is over to scored trials.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/batch_runner_state.h"
#include "harness/trial_end.h"

namespace costwar::harness {
namespace {

// What the vendor never put to the model costs nothing.
bool is_billed(const Attempt& attempt) {
  return attempt.http_status / 100 == 2 || attempt.outcome == Outcome::in_doubt;
}

}  // namespace

void BatchRunner::fetch(Batch& batch) {
  batch.stage = Batch::Stage::asking;
  models_[batch.row.model].service->results(
      batch.status,
      [this, &batch](std::string_view custom_id, Attempt attempt) {
        if (running()) take_result(batch, custom_id, std::move(attempt));
      },
      [this, &batch](std::optional<BatchFailure> failure) {
        if (!running()) return;
        if (!failure) {
          take_end_of_results(batch);
        } else if (!try_again(batch, failure->attempt, settings_.poll_attempts, &BatchRunner::fetch)) {
          batch.unsettled.clear();  // those are still open
          fail(batch, stop_error(name_of(batch), failure->attempt));
          schedule_waiting(batch.row.model);
        }
        check_finished();
      });
}

// Lines that nobody waits for are left alone: their attempts ended before a crash, or they are not ours.
void BatchRunner::take_result(Batch& batch, std::string_view custom_id, Attempt attempt) {
  const auto found = batch.items.find(custom_id);
  if (found == batch.items.end()) return;
  const Item item = found->second;
  batch.items.erase(found);
  const bool billed = is_billed(attempt);
  attempt = dated(batch, std::move(attempt), billed);
  ModelProgress& progress = result_.models[batch.row.model];
  ++progress.attempts;
  progress.prompt_tokens += attempt.usage.prompt_tokens().value_or(0);
  progress.output_tokens += attempt.usage.output_tokens().value_or(0);
  if (!is_answered(attempt.outcome)) {
    take_failure(batch, item, std::move(attempt));
  } else {
    models_[batch.row.model].answered = true;
    ScoreRow score =
        score_trial(item.trial, *scorers_[plan_[item.trial].task], attempt, plan_.item(item.trial));
    ++progress.done;
    if (score.solved) ++progress.solved;
    write_end(item.trial, item.number, std::move(attempt), std::move(score));
  }
  count_in_flight();
  progress_.advanced(result_.models);
}

void BatchRunner::take_failure(Batch& batch, const Item& item, Attempt attempt) {
  using Action = RetryDecision::Action;
  const RetryDecision decision = decide_retry(settings_.retry, attempt, item.trial, item.tries);
  if (decision.action == Action::stop_run) {
    // The lines that follow are of a batch that is over: they are read all the same, by the next run.
    Error why = stop_error(name_of(batch), attempt);
    write_end(item.trial, item.number, std::move(attempt), std::nullopt);
    return stop(std::move(why));
  }
  if (decision.action == Action::retry) {
    write_end(item.trial, item.number, std::move(attempt), std::nullopt);
    return ask_again(batch, item, decision.wait);
  }
  // Cancelled at the vendor, or without a trace: the model has not failed the trial.
  if (attempt.outcome == Outcome::cancelled || attempt.outcome == Outcome::in_doubt) {
    note_error(Error(
        ErrorKind::provider,
        attempt.outcome == Outcome::cancelled
            ? fmt::format("{}: batch {} was cancelled at the vendor", name_of(batch), batch.row.vendor_id)
            : fmt::format("{}: batch {} holds no result for some of its requests", name_of(batch),
                          batch.row.vendor_id),
        "the same command asks again for what is missing"));
    return write_end(item.trial, item.number, std::move(attempt), std::nullopt);
  }
  ScoreRow score =
      score_trial(item.trial, *scorers_[plan_[item.trial].task], attempt, plan_.item(item.trial));
  AttemptRow row;
  row.trial = item.trial;
  row.number = item.number;
  row.ended = true;
  row.attempt = std::move(attempt);
  batch.unsettled.emplace_back(std::move(row), std::move(score));
}

// What has no line was not answered. A batch that ran to its end owes one for each request.
void BatchRunner::take_end_of_results(Batch& batch) {
  for (const auto& [id, item] : std::exchange(batch.items, {})) {
    Attempt missing;
    missing.billing.service_class = "batch";
    if (batch.row.state == BatchState::expired || batch.row.state == BatchState::cancelled) {
      const bool expired = batch.row.state == BatchState::expired;
      missing.outcome = expired ? Outcome::queued_never_started : Outcome::cancelled;
      missing.error_code = expired ? "batch_expired" : "batch_cancelled";
      missing.error_message = "the batch ended before this request was processed";
    } else {
      missing.outcome = Outcome::in_doubt;
      missing.error_message = "the results of the batch have no line for this request";
    }
    const bool billed = is_billed(missing);
    take_failure(batch, item, dated(batch, std::move(missing), billed));
    if (!running()) break;
  }
  settle(batch);
  close(batch);
  schedule_waiting(batch.row.model);
}

void BatchRunner::schedule_waiting(std::size_t model) {
  if (!running() || models_[model].waiting.empty()) return;
  TimerId& timer = models_[model].timer;
  if (timer != 0) loop_.cancel(timer);  // the longest wait holds for all of them
  timer = loop_.at(loop_.clock().mono() + models_[model].wait, [this, model] {
    models_[model].timer = 0;
    submit_waiting(model);
    check_finished();
  });
}

void BatchRunner::settle(Batch& batch) {
  // A few that fail without any answer before them are failures all the same: the last trials of a run.
  const std::size_t hopeless = std::min(settings_.hopeless_after, plan_.size() / models_.size());
  const bool counts = models_[batch.row.model].answered || batch.unsettled.size() < hopeless;
  ModelProgress& progress = result_.models[batch.row.model];
  auto unsettled = std::exchange(batch.unsettled, {});
  if (!counts && !unsettled.empty())
    stop(unanswered_error(name_of(batch), unsettled.size(), true, unsettled.back().first.attempt));
  for (auto& [row, score] : unsettled) {
    if (counts) {
      ++progress.done;
      ++progress.failed;
    }
    ++pending_writes_;
    sink_.ended(std::move(row), counts ? std::optional(std::move(score)) : std::nullopt, [this] {
      --pending_writes_;
      check_finished();
    });
  }
}

void BatchRunner::ask_again(Batch& batch, const Item& item, Nanos wait) {
  Model& model = models_[batch.row.model];
  model.waiting.push_back({{item.trial, item.number + 1}, item.tries + 1});
  model.wait = std::max(model.wait, wait);
}

void BatchRunner::end_all(Batch& batch, const Attempt& attempt) {
  for (const auto& [id, item] : batch.items)
    write_end(item.trial, item.number, dated(batch, attempt, attempt.outcome == Outcome::in_doubt),
              std::nullopt);
}

// A batch has a turnaround and no latency: no stamp but that of its leaving, and of its end by the calendar.
Attempt BatchRunner::dated(const Batch& batch, Attempt attempt, bool billed) const {
  attempt.billing.service_class = "batch";
  attempt.billing.requested = batch.row.submitted;
  attempt.billing.completed = batch.row.ended;
  attempt.timeline.due = attempt.timeline.issued = batch.issued;
  if (billed) attempt.timeline.sent = batch.issued;
  if (!batch.row.vendor_id.empty()) attempt.notes.push_back("asked in batch " + batch.row.vendor_id);
  return attempt;
}

void BatchRunner::write_end(std::int64_t trial, std::uint32_t number, Attempt attempt,
                            std::optional<ScoreRow> score) {
  AttemptRow row;
  row.trial = trial;
  row.number = number;
  row.ended = true;
  row.attempt = std::move(attempt);
  ++pending_writes_;
  sink_.ended(std::move(row), std::move(score), [this] {
    --pending_writes_;
    check_finished();
  });
}

void BatchRunner::count_in_flight() {
  for (ModelProgress& model : result_.models) {
    model.in_flight = 0;
    model.answered_elsewhere = 0;
  }
  for (const Batch& batch : batches_) {
    if (batch.stage == Batch::Stage::closed) continue;
    ModelProgress& model = result_.models[batch.row.model];
    model.in_flight += batch.items.size();
    if (!batch_state_row(batch.row.state).over)
      model.answered_elsewhere += static_cast<std::size_t>(
          std::clamp<std::int64_t>(batch.status.completed.value_or(0), 0, batch.row.requests));
  }
  for (ModelProgress& model : result_.models) model.limit = model.in_flight;
}

}  // namespace costwar::harness
