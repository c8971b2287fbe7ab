// The faults on the wire that have broken real clients, as catalog/faults.json lists them: what happens, to
// whom it happened, what a client must make of it, and by which names `costwar mock` shows it. Plain values
// read by a pure function; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/attempt.h"
#include "core/time.h"

namespace costwar::harness {

// What the instants of the first payload must be like.
enum class TtftRule : std::uint8_t {
  any,              // nothing is asked of them
  payload,          // the first token with text ends the time to first token; nothing before it does
  reasoning_first,  // reasoning ends the time to any token, and visible text comes later
  streamed,         // payload arrives before the answer's end
  never,            // there is no first token
};

struct WireVictim {
  std::string name;
  std::string source;  // an issue, as OWNER/NAME#NUMBER or shorter; empty: none is known
};

// The wait that a refusal must be read to ask for. Equal ends: exactly that.
struct WireWait {
  Nanos least;
  Nanos most;
  friend bool operator==(const WireWait&, const WireWait&) = default;
};

// What must become of the request that follows on the same connection.
struct WireNext {
  Outcome outcome = Outcome::ok;
  std::string note;
};

// Where another API than OpenAI's chat shows a mode with other words: what differs there.
struct WireElsewhere {
  std::string api;  // "responses", "messages", "completion", "ollama"
  std::optional<Outcome> outcome{};
  std::optional<bool> usage_known{};
  std::optional<std::string> note{};        // empty: none is asked for
  std::optional<std::string> error_code{};  // the same
};

// One way in which the mock shows a fault, and what one attempt that meets it must be.
struct WireMode {
  std::string name;  // of the mock: MODEL!name
  Outcome outcome = Outcome::ok;
  bool text_complete = true;  // the whole answer is there
  bool usage_known = true;    // false: it must be unknown, and not zero
  std::string note;           // part of one of the attempt's notes; empty: none is asked for
  TtftRule ttft = TtftRule::any;
  std::string error_code;        // of the attempt; empty: none is asked for
  std::optional<WireWait> wait;  // nullopt: no wait is named, or the mode is none that names one
  std::optional<WireNext> next;
  std::vector<WireElsewhere> elsewhere;
};

// What is required where `api` shows the mode: "chat" is as the catalogue says it.
WireMode mode_in(const WireMode& mode, std::string_view api);

struct WireFault {
  int row = 0;
  std::string title;
  std::string wire;  // what the bytes are like
  std::vector<WireVictim> victims;
  std::string required;  // in words
  std::vector<WireMode> modes;
};

// Rows come as 1, 2, 3, ... Error{input} that names `source` and the JSON pointer.
std::vector<WireFault> parse_wire_faults(std::string_view json, const std::string& source);

}  // namespace costwar::harness
