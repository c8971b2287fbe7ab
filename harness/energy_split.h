// Whose energy it is: the machine's meter is read whenever a call of its lane begins or ends, and what it
// counted since the reading before belongs to the calls that were being computed meanwhile, in equal parts;
// with none, it was idle. So the parts and the idle share add up to the meter. Not thread-safe: the runner's
// loop owns it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "core/time.h"
#include "system/power_meter.h"

namespace costwar::harness {

class EnergySplit {
 public:
  explicit EnergySplit(PowerMeter& meter) : meter_(meter) {}

  void begins(std::uint64_t call, Mono now);
  // The call's part in microjoules; nullopt where the meter could not be read at its begin, end, or in
  // between. A call that did not begin has none.
  std::optional<std::int64_t> ends(std::uint64_t call, Mono now);
  std::int64_t idle_microjoules() const { return idle_; }
  bool estimated() const { return meter_.facts().estimated; }

 private:
  struct Part {
    double microjoules = 0;
    bool known = true;
  };
  void share_out(Mono now);

  PowerMeter& meter_;
  std::map<std::uint64_t, Part> computing_;
  std::optional<std::int64_t> last_;
  std::int64_t idle_ = 0;
};

}  // namespace costwar::harness
