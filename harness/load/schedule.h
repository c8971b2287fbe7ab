// What a stage of load asks, and when: pure functions of a seed. The session with one number is the same
// whenever and from whichever thread it is asked for, so a schedule can be saved and replayed, and dealt out
// to threads without sharing anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/chat.h"
#include "core/load.h"

namespace costwar::harness {

// One call of a session.
struct PlannedCall {
  Nanos think{};                                // after the end of the turn before; the first: 0
  std::int64_t input_tokens = 0;                // of this turn's own text
  std::optional<std::int64_t> output_tokens{};  // most that the answer may have; nullopt: as the model likes
  std::optional<Nanos> cancel_after{};          // since issued
  friend bool operator==(const PlannedCall&, const PlannedCall&) = default;
};

struct PlannedSession {
  Nanos due{};  // since the stage's begin; closed loops: 0, or when its place opens in a ramp
  std::vector<PlannedCall> turns;
  friend bool operator==(const PlannedSession&, const PlannedSession&) = default;
};

class LoadSchedule {
 public:
  virtual ~LoadSchedule() = default;

  virtual const LoadStage& stage() const = 0;

  // How many sessions there are; nullopt in a closed loop that only time ends.
  virtual std::optional<std::uint64_t> sessions() const = 0;

  // Session `number` (below sessions()). In order of due instants. Thread-safe.
  virtual PlannedSession session(std::uint64_t number) const = 0;

  // The text that turn `turn` of a session adds as the user's message, and before the first turn what stands
  // in front (a shared prefix as a system message). Thread-safe.
  virtual std::vector<Message> messages(std::uint64_t session, std::uint32_t turn) const = 0;
};

}  // namespace costwar::harness
