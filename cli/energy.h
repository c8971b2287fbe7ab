// The meter of this machine's energy, as the configuration wants it.
#pragma once

#include <memory>
#include <string>

#include "cli/config.h"
#include "system/event_loop.h"
#include "system/power_meter.h"

namespace costwar::cli {

struct FoundMeter {
  std::unique_ptr<PowerMeter> meter;  // null: joules stay unknown
  std::string why;                    // why there is none, for people; empty where it was switched off
};

// "auto" takes the counters of processor and accelerators, else the command, else the estimate, whichever is
// there. Error{input} where one source was named and is not there.
FoundMeter find_power_meter(const EnergyConfig& config, EventLoop& loop);

// For the machine facts of a run; empty without a meter: {"source": "rapl", "covers": "package-0", ...}.
std::string power_facts_json(const PowerMeter* meter, const EnergyConfig& config);

}  // namespace costwar::cli
