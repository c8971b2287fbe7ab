#include "cli/energy.h"

#include <fmt/format.h>

#include <utility>

#include "core/error.h"
#include "core/json.h"

namespace costwar::cli {
namespace {

std::unique_ptr<PowerMeter> command_meter(const EnergyConfig& config, EventLoop& loop) {
  return make_command_meter(loop, config.command,
                            config.command_unit == "joules" ? PowerUnit::joules : PowerUnit::watts,
                            config.secret_variables);
}

std::unique_ptr<PowerMeter> estimate(const EnergyConfig& config, EventLoop& loop) {
  return make_estimated_meter(*config.idle_watts, *config.active_watts, loop.clock().mono());
}

FoundMeter find_any(const EnergyConfig& config, EventLoop& loop) {
  std::string no_rapl, no_nvml;
  auto counters = sum_of(make_rapl_meter(no_rapl), make_nvml_meter(no_nvml));
  if (counters != nullptr) return {std::move(counters), {}};
  if (!config.command.empty()) return {command_meter(config, loop), {}};
  if (config.active_watts) return {estimate(config, loop), {}};
  return {nullptr, fmt::format("{}; {}", no_rapl, no_nvml)};
}

FoundMeter find_named(const EnergyConfig& config, EventLoop& loop) {
  FoundMeter found;
  if (config.source == "rapl") found.meter = make_rapl_meter(found.why);
  if (config.source == "nvml") found.meter = make_nvml_meter(found.why);
  if (config.source == "command") found.meter = command_meter(config, loop);
  if (config.source == "estimate") found.meter = estimate(config, loop);
  if (found.meter == nullptr)
    throw Error(ErrorKind::input, fmt::format("energy cannot be read from {}: {}", config.source, found.why),
                "energy.source \"auto\" takes what there is, \"off\" nothing");
  return found;
}

}  // namespace

FoundMeter find_power_meter(const EnergyConfig& config, EventLoop& loop) {
  if (config.source == "off") return {};
  return config.source == "auto" ? find_any(config, loop) : find_named(config, loop);
}

std::string power_facts_json(const PowerMeter* meter, const EnergyConfig& config) {
  if (meter == nullptr) return {};
  const PowerFacts& facts = meter->facts();
  Json json = {{"source", facts.source}, {"covers", facts.covers}, {"estimated", facts.estimated}};
  if (facts.estimated) {
    json["idle_watts"] = *config.idle_watts;
    json["active_watts"] = *config.active_watts;
  }
  return json.dump();
}

}  // namespace costwar::cli
