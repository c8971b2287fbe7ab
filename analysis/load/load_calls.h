// The calls of a stage as numbers, in the order in which they were due: what every figure of a stage is
// worked out from. Instants are nanoseconds since the stage's begin. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/load.h"
#include "stats/littles_law.h"
#include "stats/steady_window.h"

namespace costwar::analysis {

// More than this share of the payload events ...
inline constexpr double kBurstEvents = 0.9;
// ... within this last share of the time from issued to the last of them is a burst at the end, ...
inline constexpr double kBurstSpan = 0.05;
// ... unless the events within it are this far apart, as those of a short answer to a long prompt are.
inline constexpr Nanos kBurstGap = milliseconds(1);
// A gap above this, and above kStallMedians times the stage's median gap, is a stall.
inline constexpr Nanos kStallLeast = seconds(1);
inline constexpr double kStallMedians = 10;

struct CallNumbers {
  std::size_t index = 0;  // in the stage's calls
  std::int64_t due = 0;
  std::int64_t issued = 0;
  std::int64_t end = 0;  // a call that was never seen to end: the stage's end
  std::optional<std::int64_t> headers{};
  std::optional<std::int64_t> first{};    // payload of any kind
  std::optional<std::int64_t> visible{};  // payload that is not reasoning
  std::int64_t last = 0;                  // payload; where there is one
  std::int64_t longest_gap = 0;           // nanoseconds
  std::uint32_t chunks = 0;               // payload events
  std::optional<std::int64_t> tokens{};   // of output, as somebody counted them
  // Of those, the ones that were sent as text: reasoning that is counted and not sent comes before the first
  // payload.
  std::optional<std::int64_t> sent_tokens{};
  bool ok = false;
  bool cut = false;       // by the schedule, and did not end well before
  bool streamed = true;   // false: its payload came at once, so that it has no TTFT and no TPOT
  bool in_window = true;  // due within the window, or there is none

  bool failed() const { return !ok && !cut; }
  std::optional<double> tpot() const;  // seconds; nullopt: not streamed, no count, or a single token
};

std::vector<CallNumbers> call_numbers(const LoadStageRow& row, std::span<const LoadCall> calls);

// Sets in_window of each call.
stats::SteadyWindow find_window(const LoadStageRow& row, std::span<const LoadCall> calls,
                                std::span<CallNumbers> numbers);

// From issued to end of every call.
std::vector<stats::Stay> service_stays(std::span<const CallNumbers> numbers);

}  // namespace costwar::analysis
