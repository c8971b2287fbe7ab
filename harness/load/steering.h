// Which stage comes next: pure decisions from the stages so far. A fixed plan runs its list; a sweep doubles
// the concurrency until throughput stops growing and then looks closer at the knee; a search halves the
// interval between a rate that kept its objectives and one that did not.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/load.h"

namespace costwar::harness {

// What steering needs to know of a stage that has ended.
struct StageOutcome {
  LoadStage stage;
  bool valid = true;  // the client could measure it
  bool steady = true;
  double requests_per_s = 0;              // in the steady window
  double requests_per_s_error = 0;        // half the width of its interval
  double seconds_per_request = 0;         // mean, from issued to end
  std::optional<bool> objectives_kept{};  // nullopt: none were given, or not resolved
  double failed_share = 0;
};

class Steering {
 public:
  virtual ~Steering() = default;
  // The next stage, or nullopt at the end; `done` are all so far, in order.
  virtual std::optional<LoadStage> next(std::span<const StageOutcome> done) = 0;
  // Why it ended where it did, for people; empty: nothing to say.
  virtual std::string conclusion() const { return {}; }
};

}  // namespace costwar::harness
