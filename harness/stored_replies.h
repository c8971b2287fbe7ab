// The reply of a trial, out of the answers that the store has of it, without any call: for scoring again, and
// for judging two models against each other. Pure.
#pragma once

#include <optional>
#include <span>

#include "core/run.h"
#include "harness/dialogue.h"

namespace costwar::harness {

struct StoredReply {
  std::optional<Reply> reply;  // nullopt: one of its calls was never answered
  // Of the last call to the model that the store has; what the trial ended with where there is no reply.
  Outcome last = Outcome::in_doubt;
};

// Leads a dialogue of the trial, which has not begun, along the answers of its attempts.
StoredReply stored_reply(Dialogue& dialogue, std::span<const AttemptRow> attempts);

}  // namespace costwar::harness
