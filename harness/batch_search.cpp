// Batches whose id is not known: looked for by their tag, sent again where they are surely not there, and in
// doubt where nobody can tell.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "harness/batch_runner_state.h"
#include "harness/trial_end.h"

namespace costwar::harness {
namespace {

std::string candidate_text(const std::vector<BatchStatus>& candidates) {
  std::string text;
  for (const BatchStatus& each : candidates)
    text += fmt::format("{}{} of {}", text.empty() ? "" : ", ", each.id,
                        each.created ? format_wall(*each.created) : "an unknown time");
  return text;
}

}  // namespace

void BatchRunner::search(Batch& batch) {
  batch.stage = Batch::Stage::asking;
  models_[batch.row.model].service->find(batch.row.tag, {batch.row.requests, batch.row.submitted},
                                         [this, &batch](const BatchSearch& found) {
                                           take_search(batch, found);
                                           check_finished();
                                         });
}

void BatchRunner::take_search(Batch& batch, const BatchSearch& found) {
  using Kind = BatchSearch::Kind;
  if (found.kind == Kind::found) {
    batch.failures = 0;
    return take_status(batch, found.batch);
  }
  if (found.kind == Kind::failed) {
    if (try_again(batch, found.failure.attempt, settings_.poll_attempts, &BatchRunner::search)) return;
    return fail(batch, stop_error(name_of(batch), found.failure.attempt));
  }
  if (found.kind == Kind::absent) {
    // A long upload may end, and be listed, long after it began: what counts is since when nothing is sent.
    const Nanos age = loop_.clock().mono() - batch.silent_since;
    if (age < settings_.settled_after)
      return later(batch, settings_.settled_after - age, &BatchRunner::search);
    if (batch.failures < settings_.retry.attempts) return send_again(batch);
    return fail(batch, Error(ErrorKind::provider,
                             fmt::format("{}: {} submissions of batch {} brought no reply", name_of(batch),
                                         batch.failures, batch.row.tag),
                             "the same command tries again"));
  }
  if (may_lose(batch)) return lose(batch);
  const BatchTraits& traits = models_[batch.row.model].service->traits();
  const std::string candidates = candidate_text(found.candidates);
  fail(batch, Error(ErrorKind::provider,
                    fmt::format("{}: whether batch {} of {} requests reached {} is not known, and {}; {}",
                                name_of(batch), batch.row.tag, batch.row.requests, traits.vendor,
                                "its batches cannot be searched by tag",
                                candidates.empty() ? "none of its size is listed for that time"
                                                   : "of its size and time: " + candidates),
                    "--resubmit-batches asks for it again, which is paid twice if it did arrive; cancel "
                    "it at the vendor first if it is listed there"));
}

// The user's word is about batches that left before it was given, and each request is asked again once: a
// vendor that never answers is not paid over and over.
bool BatchRunner::may_lose(const Batch& batch) const {
  return settings_.resubmit && std::all_of(batch.items.begin(), batch.items.end(),
                                           [](const auto& item) { return item.second.tries == 1; });
}

// Nobody knows what became of it, and the user wants it again: its attempts stay, in doubt.
void BatchRunner::lose(Batch& batch) {
  Attempt doubtful;
  doubtful.outcome = Outcome::in_doubt;
  doubtful.error_message = fmt::format("batch {} was never found again", batch.row.tag);
  const auto items = batch.items;
  batch.row.state = BatchState::lost;
  end_all(batch, doubtful);
  for (const auto& [id, item] : items)
    models_[batch.row.model].waiting.push_back({{item.trial, item.number + 1}, item.tries + 1});
  close(batch);
  submit_waiting(batch.row.model);
}

}  // namespace costwar::harness
