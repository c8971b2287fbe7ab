#include "cli/host/this_machine.h"

#include <fmt/format.h>

#include "system/machine.h"
#include "system/machine_speed.h"
#include "system/memory_speed.h"

namespace costwar::cli {

pricing::Accelerator describe_this_machine(bool measure_bandwidth, bool measure_arithmetic) {
  const MachineFacts facts = read_machine_facts();
  pricing::Accelerator it;
  it.id = "this-machine";
  it.name = facts.cpu_model.value_or("this machine");
  it.basis = "this_machine";
  it.domain = {1, true, "one machine", "", {}};
  if (facts.memory_bytes)
    it.memory_bytes = {static_cast<double>(*facts.memory_bytes), true, "the operating system", "", {}};
  const std::string how = fmt::format("measured just now on {} threads", facts.logical_cpus);
  if (measure_bandwidth)
    it.bandwidth = {measure_read_speed(static_cast<std::size_t>(facts.logical_cpus)), true, how, "", {}};
  if (measure_arithmetic)
    it.bf16_flops = {multiply_add_rate(facts.logical_cpus), true, how + ", 32-bit multiply-adds", "", {}};
  return it;
}

}  // namespace costwar::cli
