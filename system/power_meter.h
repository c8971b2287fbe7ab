// Where the energy of this machine is read: the processor's counters (RAPL), the accelerators' (NVML), a
// command of the user's for anything else, or an estimate from idle and active power. A meter counts from
// when it was made and is read from the event loop's thread alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "system/event_loop.h"

namespace costwar {

struct PowerFacts {
  std::string source;      // "rapl", "nvml", "rapl+nvml", "command", "estimate"
  std::string covers;      // for people: "package-0, dram", "NVIDIA H100 80GB HBM3 (8 devices)"
  bool estimated = false;  // joules are time times watts: they cannot rank models
};

class PowerMeter {
 public:
  virtual ~PowerMeter() = default;
  virtual const PowerFacts& facts() const = 0;
  // Energy since the meter was made, in microjoules, never less than before; nullopt where the source cannot
  // be read now. `now`: the loop's monotonic clock.
  virtual std::optional<std::int64_t> microjoules(Mono now) = 0;
  // Told when the machine begins and ends to compute, for sources that cannot see it.
  virtual void computing(bool /*begins*/, Mono /*now*/) {}
};

// The makers that may find nothing return nullptr and say why.

// RAPL through Linux's powercap tree (docs.kernel.org/power/powercap/powercap.html): the counters of every
// package and of the memory outside it; energy_uj wraps at max_energy_range_uj. A wrap is seen once between
// two readings, which are those of calls: a package holds 262 kJ, 20 minutes at 200 W.
std::unique_ptr<PowerMeter> make_rapl_meter(std::string& why,
                                            const std::filesystem::path& powercap = "/sys/class/powercap");

// NVIDIA's management library, loaded at run time: the total energy counter of every device, in millijoules
// since the driver was loaded (nvmlDeviceGetTotalEnergyConsumption, since Volta).
std::unique_ptr<PowerMeter> make_nvml_meter(std::string& why,
                                            const std::string& library = "libnvidia-ml.so.1");

// Two meters as one: the sum, unknown when either is.
std::unique_ptr<PowerMeter> sum_of(std::unique_ptr<PowerMeter> a, std::unique_ptr<PowerMeter> b);

// A program that writes one number a line for as long as it runs: the power in watts, or joules since any
// fixed instant. Started once, without a shell; ends with the meter. Between lines of watts the last holds.
// Error{input} when it cannot be started; readings are unknown until its first line and after it has ended.
enum class PowerUnit : std::uint8_t { watts, joules };
// `withheld`: variables that it does not get, as in ChildCommand.
std::unique_ptr<PowerMeter> make_command_meter(EventLoop& loop, std::vector<std::string> command,
                                               PowerUnit unit, std::vector<std::string> withheld = {});

// Watts that somebody gave: `active` while the machine computes, `idle` else. 0 <= idle <= active.
std::unique_ptr<PowerMeter> make_estimated_meter(double idle_watts, double active_watts, Mono now);

}  // namespace costwar
