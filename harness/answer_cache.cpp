#include "harness/answer_cache.h"

#include <algorithm>
#include <utility>

#include "core/chat_json.h"
#include "harness/sha256.h"

namespace costwar::harness {

Attempt taken_over(KeptAnswer kept) {
  std::vector<std::string>& notes = kept.attempt.notes;
  const bool known = std::any_of(notes.begin(), notes.end(),
                                 [](const std::string& note) { return note.starts_with(kTakenFrom); });
  if (!known) notes.push_back(std::string(kTakenFrom) + kept.run);
  return std::move(kept.attempt);
}

std::string request_key(const PlanModel& asked, const ChatRequest& request, std::uint32_t repeat) {
  Sha256 hash;
  hash.field("costwar request 2").field(asked.card.name).field(asked.card.provider).field(asked.card.model);
  // Behind one address and name another server may stand today: what it tells of itself is part of who it is.
  hash.field(asked.fingerprint)
      .field(asked.card.server)
      .field(static_cast<std::uint64_t>(repeat))
      .field(chat_request_text(request));
  return hash.finish_hex(32);
}

}  // namespace costwar::harness
