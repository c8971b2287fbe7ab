// A spending limit as the load engine sees it: asked before every call leaves, answered at once from what was
// held ahead in the ledger, so that no request waits for a commit. From any thread.
#pragma once

#include <functional>
#include <optional>

#include "core/money.h"

namespace costwar::harness {

class SpendGate {
 public:
  virtual ~SpendGate() = default;

  enum class Answer : std::uint8_t {
    granted,  // `worst` is the call's until settle()
    wait,     // more is being held: `wake` is called once, from any thread, when it is worth asking again
    refused,  // the limit has no room for it, and nothing that is out can make any
  };
  virtual Answer take(const Money& worst, std::function<void()> wake) = 0;

  // The call ended. nullopt: what it cost is not known, and `worst` counts as spent.
  virtual void settle(const Money& worst, const std::optional<Money>& charge) = 0;
};

}  // namespace costwar::harness
