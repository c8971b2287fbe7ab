#include "cli/load/client_check.h"

#include <fmt/format.h>

#include "harness/load/client_limits.h"
#include "system/process_limits.h"

namespace costwar::cli {
namespace {

// Where neither the calls in flight nor the system have a bound.
constexpr std::int64_t kMostConnections = 60'000;

harness::ClientMeans means_of_this_process() {
  const ProcessLimits limits = read_process_limits();
  harness::ClientMeans means;
  means.descriptors = limits.descriptors;
  means.most_descriptors = limits.most_descriptors;
  means.open_descriptors = limits.open_descriptors;
  means.ports = limits.ports;
  means.tasks = limits.tasks;
  means.memory_bytes = limits.memory_bytes;
  return means;
}

}  // namespace

std::size_t connections_to_open(std::size_t most_in_flight, std::uint32_t threads, bool remote,
                                const Environment& environment) {
  raise_descriptor_limit();
  harness::ClientNeeds needs;
  if (most_in_flight > 0) needs.connections = static_cast<std::int64_t>(most_in_flight);
  needs.threads = threads;
  needs.loopback = !remote;
  const harness::ClientLimits checked = harness::check_client_limits(needs, means_of_this_process());
  if (checked.error) throw *checked.error;
  for (const std::string& note : checked.notes) fmt::print(environment.err, "{}\n", note);
  if (most_in_flight > 0) return most_in_flight;
  return static_cast<std::size_t>(checked.most_connections.value_or(kMostConnections));
}

}  // namespace costwar::cli
