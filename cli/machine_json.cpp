#include "cli/machine_json.h"

#include "core/json.h"
#include "system/machine.h"

namespace costwar::cli {

std::string machine_facts_json(const std::string& power) {
  const MachineFacts facts = read_machine_facts();
  Json json = {{"os", facts.os}, {"kernel", facts.kernel}, {"logical_cpus", facts.logical_cpus}};
  if (facts.cpu_model) json["cpu_model"] = *facts.cpu_model;
  if (facts.memory_bytes) json["memory_bytes"] = *facts.memory_bytes;
  if (facts.load_average_1m) json["load_average_1m"] = *facts.load_average_1m;
  if (!power.empty()) json["power"] = Json::parse(power);
  return json.dump();
}

}  // namespace costwar::cli
