#include "harness/load/client_limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace costwar::harness {
namespace {

// Of one loop: epoll, timer, wake-up, resolver and transport; the store's files are open already.
constexpr std::int64_t kDescriptorsOfThread = 16;
constexpr std::int64_t kThreadsOfClient = 8;  // the store's, the lease's, the live view, resolvers
// Of one stream with its buffers: curl's 16 kB, a dialect's parser, events, the kernel's socket buffers.
constexpr std::int64_t kBytesOfStream = 96 * 1024;
constexpr std::int64_t kBytesOfClient = 64 * 1024 * 1024;

std::optional<std::int64_t> least(std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

Error too_many(const ClientNeeds& needs, std::string what, std::string hint) {
  return {
      ErrorKind::usage,
      fmt::format("{} connections at once are more than this machine allows: {}", *needs.connections, what),
      std::move(hint)};
}

Error out_of_descriptors(const ClientNeeds& needs, const ClientMeans& means, std::int64_t usable,
                         std::int64_t beside) {
  const std::int64_t wanted = *needs.connections + beside;
  const std::string remedy =
      means.most_descriptors && *means.most_descriptors >= wanted
          ? fmt::format("ulimit -n {}", wanted)
          : fmt::format(
                "raise the hard limit first (as root: ulimit -Hn {0}; in a container: --ulimit "
                "nofile={0}; a service: LimitNOFILE={0})",
                wanted);
  return too_many(needs,
                  fmt::format("it may have {} descriptors open, {} of which are left for connections",
                              means.descriptors.value_or(0), std::max<std::int64_t>(0, usable)),
                  remedy + fmt::format(", or ask for at most {}", std::max<std::int64_t>(0, usable)));
}

}  // namespace

ClientLimits check_client_limits(const ClientNeeds& needs, const ClientMeans& means) {
  ClientLimits limits;
  const std::int64_t beside = means.open_descriptors + needs.threads * kDescriptorsOfThread;
  std::optional<std::int64_t> usable;
  if (means.descriptors) usable = std::max<std::int64_t>(0, *means.descriptors - beside);
  limits.most_connections = least(usable, means.ports);
  if (needs.connections && usable && *needs.connections > *usable) {
    limits.error = out_of_descriptors(needs, means, *usable, beside);
    return limits;
  }
  if (needs.connections && means.ports && *needs.connections > *means.ports) {
    limits.error =
        too_many(needs, fmt::format("there are {} local ports towards one address", *means.ports),
                 "as root: sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\", or ask for fewer");
    return limits;
  }
  const std::int64_t threads = needs.threads * 2 + kThreadsOfClient;
  if (means.tasks && threads > *means.tasks) {
    limits.error = Error(ErrorKind::usage,
                         fmt::format("{} threads need {} tasks, and the container may have {}", needs.threads,
                                     threads, *means.tasks),
                         "give fewer --threads, or the container a higher --pids-limit");
    return limits;
  }
  // Closed connections keep their port for a minute (TIME_WAIT), so that reuse matters near the limit.
  if (needs.connections && means.ports && *needs.connections * 2 > *means.ports)
    limits.notes.push_back(
        fmt::format("{} connections are more than half of the {} local ports: where the server closes them, "
                    "new ones may find none (net.ipv4.ip_local_port_range).",
                    *needs.connections, *means.ports));
  if (needs.connections && means.memory_bytes &&
      *needs.connections > (*means.memory_bytes - kBytesOfClient) / kBytesOfStream)
    limits.notes.push_back(fmt::format(
        "{} streams may need {} MB, and the container has {} MB.", *needs.connections,
        (*needs.connections * kBytesOfStream + kBytesOfClient) / 1'000'000, *means.memory_bytes / 1'000'000));
  if (!needs.connections && limits.most_connections)
    limits.notes.push_back(
        fmt::format("Calls in flight have no limit of their own; this machine allows {} connections at once.",
                    *limits.most_connections));
  if (needs.loopback && needs.connections && means.descriptors && *needs.connections * 2 > *means.descriptors)
    limits.notes.push_back("The server is on this machine and needs as many descriptors for itself.");
  return limits;
}

}  // namespace costwar::harness
