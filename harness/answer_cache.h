// Answers that the store has from earlier runs, found by the whole request and by who was asked: what was
// paid for once need not be paid for again. The store implements it (store/kept_answers.h); tests use a map.
// On the event loop's thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/attempt.h"
#include "core/chat.h"
#include "harness/plan.h"

namespace costwar::harness {

struct KeptAnswer {
  std::string run;  // the id of the run that asked
  Attempt attempt;  // outcome ok; usage and instants are of then
};

class AnswerCache {
 public:
  virtual ~AnswerCache() = default;
  virtual std::optional<KeptAnswer> find(std::string_view key) = 0;
};

// The attempt as one of another run: with a note that begins so and names the run that did ask.
inline constexpr std::string_view kTakenFrom = "taken from run ";
Attempt taken_over(KeptAnswer kept);

// SHA-256 (its first 128 bits, in hex) of who is asked and of the whole request. Repeats of an item are asked
// each on its own, so the repeat is part of it.
std::string request_key(const PlanModel& asked, const ChatRequest& request, std::uint32_t repeat);

}  // namespace costwar::harness
