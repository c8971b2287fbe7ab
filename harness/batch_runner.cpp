// From trials to batches at their vendors, and until they are over.
#include "harness/batch_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "harness/batch_runner_state.h"
#include "harness/trial_end.h"

namespace costwar::harness {
namespace {

std::string custom_id(const BatchRow& row, const BatchItem& item) {
  return fmt::format("{}-t{}-{}", row.tag, item.trial, item.number);
}

// "20261123T194500Z-4f21c0-m1-b0": the batches of a run in the order they left.
std::string tag_of(const std::string& run, std::size_t model, std::size_t batch) {
  return fmt::format("{}-m{}-b{}", run, model, batch);
}

}  // namespace

BatchRunner::BatchRunner(EventLoop& loop, const Plan& plan, std::vector<BatchService*> services,
                         RunSink& sink, BatchLog& log, Progress& progress, BatchSettings settings)
    : loop_(loop), plan_(plan), sink_(sink), log_(log), progress_(progress), settings_(std::move(settings)) {
  if (services.size() != plan.input().models.size())
    throw Error(ErrorKind::internal, "the batch runner needs a place for each model of the plan");
  scorers_ = scorers_of(plan);
  models_.resize(services.size());
  result_.models.resize(services.size());
  for (std::size_t model = 0; model < services.size(); ++model) models_[model].service = services[model];
}

BatchRunner::~BatchRunner() = default;

const std::string& BatchRunner::name_of(const Batch& batch) const {
  return plan_.input().models[batch.row.model].card.name;
}

void BatchRunner::require_sendable(const std::vector<TrialWork>& work) const {
  for (const TrialWork& entry : work) {
    const PlannedTrial& planned = plan_[entry.trial];
    const BatchService& service = *models_[planned.model].service;
    auto refusal = service.check(plan_.request(entry.trial));
    const bool dialogue = plan_.input().tasks[planned.task].dialogue || plan_.has_turns(entry.trial);
    if (!refusal && (dialogue || scorers_[planned.task]->kind != ScorerKind::text))
      refusal = Refusal{"a batch asks once and is scored by the text of the answer, which is not enough here",
                        "leave out +batch, or the task"};
    const BatchRequest request{std::string(64, 'x'), plan_.request(entry.trial)};
    if (!refusal && service.size(request) > service.traits().max_bytes)
      refusal = Refusal{fmt::format("the request is larger than a batch of {} may be, {} bytes",
                                    service.traits().vendor, service.traits().max_bytes),
                        {}};
    if (refusal) throw refused_error(plan_, entry.trial, *refusal);
  }
}

void BatchRunner::start(BatchStart start) {
  if (std::exchange(started_, true)) throw Error(ErrorKind::internal, "a batch runner starts once only");
  run_ = std::move(start.run);
  next_tag_ = start.earlier;
  std::set<std::int64_t> out;
  for (const OpenBatch& open : start.open)
    for (const BatchItem& item : open.items) out.insert(item.trial);
  std::erase_if(start.work, [&](const TrialWork& entry) { return out.contains(entry.trial); });
  require_sendable(start.work);
  std::sort(start.work.begin(), start.work.end(),
            [](const TrialWork& a, const TrialWork& b) { return a.trial < b.trial; });
  for (OpenBatch& open : start.open) adopt(std::move(open));
  for (const TrialWork& entry : start.work) {
    const std::size_t model = plan_[entry.trial].model;
    ++result_.models[model].trials;
    models_[model].waiting.push_back({{entry.trial, entry.first_number}, 1});
  }
  count_in_flight();
  progress_.started(result_.models);
  for (std::size_t model = 0; model < models_.size(); ++model) submit_waiting(model);
  for (Batch& batch : batches_) {
    if (batch.stage != Batch::Stage::waiting || batch.timer != 0) continue;
    if (batch.row.vendor_id.empty()) {
      search(batch);
    } else {
      poll(batch);
    }
  }
  check_finished();
}

void BatchRunner::adopt(OpenBatch open) {
  Batch& batch = batches_.emplace_back();
  batch.row = std::move(open.row);
  batch.stage = Batch::Stage::waiting;
  batch.issued = batch.silent_since = loop_.clock().mono();
  batch.interval = settings_.first_poll;
  for (const BatchItem& item : open.items) batch.items.emplace(custom_id(batch.row, item), Item{item, 1});
  result_.models[batch.row.model].trials += batch.items.size();
}

void BatchRunner::submit_waiting(std::size_t model) {
  std::vector<Item> items = std::exchange(models_[model].waiting, {});
  models_[model].wait = {};
  if (items.empty() || !running()) return;
  const BatchTraits& traits = models_[model].service->traits();
  std::size_t next = 0;
  while (next < items.size()) {
    Batch& batch = batches_.emplace_back();
    batch.row.model = static_cast<std::uint32_t>(model);
    batch.row.tag = tag_of(run_, model, next_tag_++);
    batch.interval = settings_.first_poll;
    std::size_t bytes = 0;
    for (; next < items.size() && batch.items.size() < traits.max_requests; ++next) {
      bytes += models_[model].service->size(request_of(batch, items[next]));
      if (bytes > traits.max_bytes && !batch.items.empty()) break;
      batch.items.emplace(custom_id(batch.row, items[next]), items[next]);
    }
    depart(batch);
  }
}

BatchRequest BatchRunner::request_of(const Batch& batch, const BatchItem& item) const {
  return {custom_id(batch.row, item), plan_.request(item.trial)};
}

void BatchRunner::depart(Batch& batch) {
  batch.stage = Batch::Stage::departing;
  batch.issued = loop_.clock().mono();
  batch.row.submitted = loop_.clock().wall();
  batch.row.requests = static_cast<std::int64_t>(batch.items.size());
  std::vector<AttemptRow> attempts;
  for (const auto& [id, item] : batch.items) {
    AttemptRow row;
    row.trial = item.trial;
    row.number = item.number;
    row.attempt.outcome = Outcome::in_doubt;
    row.attempt.billing.service_class = "batch";
    row.attempt.billing.requested = batch.row.submitted;
    row.attempt.timeline.due = row.attempt.timeline.issued = batch.issued;
    attempts.push_back(std::move(row));
  }
  ++pending_writes_;
  log_.leaving(batch.row, std::move(attempts), [this, &batch] {
    --pending_writes_;
    send(batch);
  });
  count_in_flight();
}

void BatchRunner::send(Batch& batch) {
  if (!running()) {  // stopped while the row was being written: it never left
    Attempt never_left;
    never_left.outcome = Outcome::cancelled;
    never_left.error_message = "stopped before it was sent";
    batch.row.state = BatchState::cancelled;
    end_all(batch, never_left);
    return close(batch);
  }
  std::vector<BatchRequest> requests;
  requests.reserve(batch.items.size());
  for (const auto& [id, item] : batch.items) requests.push_back(request_of(batch, item));
  batch.stage = Batch::Stage::submitting;
  models_[batch.row.model].service->submit(std::move(requests), batch.row.tag,
                                           [this, &batch](BatchReply reply) {
                                             take_reply(batch, std::move(reply));
                                             check_finished();
                                           });
}

// The instant is durable first: who looks for the batch after a crash must know how old it may be.
void BatchRunner::send_again(Batch& batch) {
  batch.stage = Batch::Stage::departing;
  batch.row.submitted = loop_.clock().wall();
  ++pending_writes_;
  log_.changed(batch.row, [this, &batch] {
    --pending_writes_;
    if (running()) return send(batch);
    batch.stage = Batch::Stage::left;
    check_finished();
  });
}

void BatchRunner::take_reply(Batch& batch, BatchReply reply) {
  if (auto* status = std::get_if<BatchStatus>(&reply)) {
    batch.failures = 0;
    return take_status(batch, std::move(*status));
  }
  const BatchFailure& failure = std::get<BatchFailure>(reply);
  if (failure.in_doubt) {
    batch.silent_since = loop_.clock().mono();
    if (!running()) {
      batch.stage = Batch::Stage::left;
      return;
    }
    ++batch.failures;
    return search(batch);
  }
  if (try_again(batch, failure.attempt, settings_.retry.attempts, &BatchRunner::send_again)) return;
  if (!running()) {  // its row stays: it is looked for, not found, and sent
    batch.stage = Batch::Stage::left;
    return;
  }
  refused_whole(batch, failure.attempt);
}

void BatchRunner::poll(Batch& batch) {
  batch.stage = Batch::Stage::asking;
  models_[batch.row.model].service->poll(batch.row.vendor_id, [this, &batch](BatchReply reply) {
    if (auto* status = std::get_if<BatchStatus>(&reply)) {
      batch.failures = 0;
      take_status(batch, std::move(*status));
    } else {
      const Attempt& failure = std::get<BatchFailure>(reply).attempt;
      if (failure.http_status == 404 && may_lose(batch)) {
        lose(batch);
      } else if (!try_again(batch, failure, settings_.poll_attempts, &BatchRunner::poll)) {
        fail(batch, stop_error(name_of(batch), failure));
      }
    }
    check_finished();
  });
}

void BatchRunner::take_status(Batch& batch, BatchStatus status) {
  const bool news = status.id != batch.row.vendor_id || status.state != batch.row.state;
  batch.status = std::move(status);
  batch.row.vendor_id = batch.status.id;
  batch.row.state = batch.status.state;
  if (!batch_state_row(batch.row.state).over) {
    if (news) write_state(batch);
    count_in_flight();
    progress_.advanced(result_.models);
    if (!running()) {
      batch.stage = Batch::Stage::left;
      return;
    }
    later(batch, batch.interval, &BatchRunner::poll);
    batch.interval = std::min(nanoseconds(batch.interval.count / 2 * 3), settings_.longest_poll);
    return;
  }
  batch.row.ended = batch.status.ended.value_or(loop_.clock().wall());
  if (batch.row.state == BatchState::failed) {
    Attempt why;
    why.outcome = Outcome::config;
    why.error_code = batch.status.error_code;
    why.error_message = batch.status.error_message.empty() ? "the vendor refused the batch as a whole"
                                                           : batch.status.error_message;
    return refused_whole(batch, why);
  }
  write_state(batch);
  if (running()) return fetch(batch);
  batch.stage = Batch::Stage::left;
}

// Nothing of it was put to the model, or is billed: its trials stay undecided.
void BatchRunner::refused_whole(Batch& batch, const Attempt& why) {
  batch.row.state = BatchState::failed;
  batch.row.ended = batch.row.ended.value_or(loop_.clock().wall());
  batch.row.error =
      why.error_code.empty() ? why.error_message : fmt::format("{}: {}", why.error_code, why.error_message);
  end_all(batch, why);
  close(batch);
  if (outcome_row(why.outcome).stops_run || why.advice.quota_gone)
    return stop(stop_error(name_of(batch), why));
  note_error(stop_error(name_of(batch), why));
}

// The batch service failed: whether the step is to be taken again, after which wait.
bool BatchRunner::try_again(Batch& batch, const Attempt& failure, std::uint32_t most, Step step) {
  if (!running() || batch.items.empty()) return false;
  RetryPolicy policy = settings_.retry;
  policy.attempts = most;
  const RetryDecision decision =
      decide_retry(policy, failure, batch.items.begin()->second.trial, ++batch.failures);
  if (decision.action != RetryDecision::Action::retry) return false;
  later(batch, decision.wait, step);
  return true;
}

void BatchRunner::later(Batch& batch, Nanos wait, Step step) {
  if (!running()) {
    batch.stage = Batch::Stage::left;
    return;
  }
  batch.stage = Batch::Stage::waiting;
  batch.timer = loop_.at(loop_.clock().mono() + wait, [this, &batch, step] {
    batch.timer = 0;
    (this->*step)(batch);
    check_finished();
  });
}

void BatchRunner::write_state(Batch& batch) {
  ++pending_writes_;
  log_.changed(batch.row, [this] {
    --pending_writes_;
    check_finished();
  });
}

void BatchRunner::close(Batch& batch) {
  write_state(batch);
  batch.items.clear();
  batch.stage = Batch::Stage::closed;
  count_in_flight();
  progress_.advanced(result_.models);
}

void BatchRunner::fail(Batch& batch, Error error) {
  if (error.kind() == ErrorKind::credentials) return stop(std::move(error));
  batch.stage = Batch::Stage::left;
  note_error(std::move(error));
}

void BatchRunner::note_error(Error error) {
  if (!result_.error) result_.error = std::move(error);
}

void BatchRunner::stop(Error error) {
  note_error(std::move(error));
  halt();
}

void BatchRunner::interrupt() {
  if (finished_ || !started_) return;
  result_.interrupted = true;
  halt();
  check_finished();
}

void BatchRunner::detach() {
  if (finished_ || !started_) return;
  halt();
  check_finished();
}

void BatchRunner::halt() {
  if (std::exchange(halted_, true)) return;
  for (const Model& model : models_)
    if (model.service != nullptr) model.service->abandon();
  for (Model& model : models_) {
    model.waiting.clear();
    if (model.timer != 0) loop_.cancel(std::exchange(model.timer, 0));
  }
  for (Batch& batch : batches_) {
    if (batch.timer != 0) loop_.cancel(std::exchange(batch.timer, 0));
    if (batch.stage == Batch::Stage::waiting || batch.stage == Batch::Stage::asking)
      batch.stage = Batch::Stage::left;
  }
}

void BatchRunner::check_finished() {
  if (!started_ || finished_ || pending_writes_ > 0) return;
  const auto at_rest = [](const Batch& batch) {
    return batch.stage == Batch::Stage::closed || batch.stage == Batch::Stage::left;
  };
  if (!std::all_of(batches_.begin(), batches_.end(), at_rest)) return;
  if (running() &&
      std::any_of(models_.begin(), models_.end(), [](const Model& model) { return !model.waiting.empty(); }))
    return;
  finished_ = true;
  for (const Batch& batch : batches_)
    if (batch.stage == Batch::Stage::left) result_.left.push_back(batch.row);
  progress_.finished(result_.models);
}

}  // namespace costwar::harness
