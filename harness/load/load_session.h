// A session on its way: it belongs to one thread at a time, and is handed on with the call that is next.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/chat.h"
#include "core/money.h"
#include "harness/load/load_target.h"
#include "harness/load/schedule.h"

namespace costwar::harness {

struct LoadSession {
  std::uint64_t number = 0;
  PlannedSession plan;
  std::uint32_t turn = 0;
  std::vector<Message> history{};  // where there are more turns
  PreparedCall call{};             // of this turn; taken when it leaves
  std::optional<Money> worst{};    // of this call, under a budget
  Mono due{};
  std::optional<Mono> limited_since{};  // a limit holds it back since
  Nanos limited{};                      // and did so for so long
  bool cut = false;                     // cancelled by the schedule
  bool more_turns() const { return turn + 1 < plan.turns.size(); }
  const PlannedCall& planned() const { return plan.turns[turn]; }
};

using SessionPtr = std::unique_ptr<LoadSession>;

}  // namespace costwar::harness
