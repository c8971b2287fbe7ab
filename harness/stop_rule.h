// When enough has been measured: asked by the runner before a trial begins, told of every trial that is
// decided. Everything happens on the event loop's thread. Implementations are deterministic in the order of
// the plan, not in the order in which answers arrive.
#pragma once

#include <cstdint>

namespace costwar::harness {

class StopRule {
 public:
  virtual ~StopRule() = default;
  // The trial has its score; a trial that finally failed has 0.
  virtual void decided(std::int64_t trial, double value) = 0;
  // Whether the trial, which was not begun, is still wanted. Once false, always false.
  virtual bool wanted(std::int64_t trial) const = 0;
};

}  // namespace costwar::harness
