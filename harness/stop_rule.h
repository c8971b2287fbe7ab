// When enough has been measured: asked by the runner before a trial begins, told of every trial that is
// decided. Everything happens on the event loop's thread. Implementations are deterministic in the order of
// the plan, not in the order in which answers arrive.
#pragma once

#include <cstdint>

namespace costwar::harness {

// How a trial ended. failed: no answer came, for good; it counts as not solved where failures count at all.
struct DecidedTrial {
  std::int64_t trial = 0;
  bool solved = false;
  bool failed = false;
};

class StopRule {
 public:
  virtual ~StopRule() = default;
  virtual void decided(const DecidedTrial& trial) = 0;
  // Whether the trial, which was not begun, is still wanted. Once false, always false.
  virtual bool wanted(std::int64_t trial) const = 0;
};

}  // namespace costwar::harness
