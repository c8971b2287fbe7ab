// What a well-behaved server does on the wire, as rules that are read off a few of its answers: so that a
// gateway or an inference server can be judged before it is measured. Pure; `doctor wire` asks the questions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/attempt.h"
#include "core/chat.h"

namespace costwar::harness {

// The answers that the rules look at.
struct WireEvidence {
  Attempt plain;          // plain_question()
  Attempt again;          // the same once more
  Attempt limited;        // limited_question()
  Attempt unknown_model;  // plain_question() to a model that no server has
};

inline constexpr std::int64_t kWireLimit = 3;  // output tokens of the limited question
inline constexpr std::string_view kNoSuchModel = "costwar-no-such-model";

ChatRequest plain_question(std::string model);    // a short answer, temperature 0
ChatRequest limited_question(std::string model);  // a long answer, cut at kWireLimit tokens

enum class Kept : std::uint8_t { yes, no, unknown };

struct WireFinding {
  Kept kept = Kept::unknown;
  std::string detail;  // what was seen; one line
};

struct WireRule {
  std::string_view name;   // stable, used in JSON
  std::string_view title;  // the rule, for people
  std::string_view why;    // what goes wrong for a client where it is broken
  WireFinding (*check)(const WireEvidence& evidence);
};

std::span<const WireRule> wire_rules();

}  // namespace costwar::harness
