#include "harness/stored_replies.h"

#include <array>
#include <cstdint>

namespace costwar::harness {

StoredReply stored_reply(Dialogue& dialogue, std::span<const AttemptRow> attempts) {
  StoredReply stored;
  std::array<std::uint32_t, 3> turns{};
  while (const auto call = dialogue.next()) {
    const std::uint32_t turn = turns[static_cast<std::size_t>(call->role)]++;
    const Attempt* answer = nullptr;
    for (const AttemptRow& row : attempts) {
      if (row.role != call->role || row.turn != turn) continue;
      if (row.role == CallRole::subject) stored.last = row.ended ? row.attempt.outcome : Outcome::in_doubt;
      if (row.ended && is_answered(row.attempt.outcome)) answer = &row.attempt;
    }
    if (answer == nullptr) return stored;
    if (call->role == CallRole::subject) stored.last = answer->outcome;
    dialogue.heard(*answer);
  }
  stored.reply = dialogue.reply();
  stored.reply->refused = refuses_to_answer(stored.last);
  return stored;
}

}  // namespace costwar::harness
