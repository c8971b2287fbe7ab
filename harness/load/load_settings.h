// How a load run is made, whatever its stages are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "core/attempt.h"
#include "core/chat.h"
#include "core/money.h"
#include "core/provider.h"
#include "harness/load/load_counters.h"
#include "harness/load/schedule.h"
#include "harness/load/spend_gate.h"

namespace costwar::harness {

// What calls cost, for one thread: nothing of it is shared with another.
struct CallPrices {
  // At most, by bytes of the request and tokens of the reply; a Refusal for what has no price or no bound.
  // Empty: nothing is held.
  std::function<std::variant<Money, Refusal>(std::int64_t input_bytes, std::int64_t output_cap)> worst{};
  // What an attempt cost; nullopt: not known. Empty: nobody asks.
  std::function<std::optional<Money>(const Attempt& attempt)> charge{};
};

struct LoadSettings {
  std::uint32_t threads = 1;  // event loops, each with connections and a reader of its own
  // The request of a planned call with these messages; called from several threads.
  std::function<ChatRequest(const PlannedCall& call, std::vector<Message> messages)> request;
  // Closed loops begin their first sessions spread evenly over this time, so that they do not march in step.
  Nanos spread{};
  Nanos drain = seconds(60);  // calls that are out when a stage stops asking are awaited for so long
  // The client's own lateness is judged from this long after a stage's begin.
  Nanos settle_in{};
  LoadCounters* counters = nullptr;                          // for who watches; null: nobody does
  SpendGate* gate = nullptr;                                 // asked before each call leaves; null: no budget
  std::function<CallPrices(std::uint32_t thread)> prices{};  // called on the thread; empty: nothing is priced
  // Where none of the first so many calls is answered, and more have failed than are out, the run stops: it
  // measures nothing.
  std::uint64_t hopeless_after = 10;
};

}  // namespace costwar::harness
