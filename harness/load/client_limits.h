// Whether the system lets a client have as many connections as a load needs, before the first one is opened:
// a client that runs into its own limits measures those. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"

namespace costwar::harness {

// What the system grants; nullopt: not known, or no limit.
struct ClientMeans {
  std::optional<std::int64_t> descriptors{};       // that may be open at once ...
  std::optional<std::int64_t> most_descriptors{};  // ... and could be, had the shell asked for them
  std::int64_t open_descriptors = 0;               // of them now
  std::optional<std::int64_t> ports{};             // local ports towards one address
  std::optional<std::int64_t> tasks{};             // threads of the container
  std::optional<std::int64_t> memory_bytes{};
};

struct ClientNeeds {
  // Most connections at once; nullopt: calls in flight have no limit, as many may be needed as the server is
  // slow.
  std::optional<std::int64_t> connections{};
  std::int64_t threads = 1;  // loops, each with a thread that reads its answers
  bool loopback = false;     // the server is on this machine
};

struct ClientLimits {
  std::optional<Error> error{};      // what makes the load impossible: ErrorKind::usage
  std::vector<std::string> notes{};  // what may come to matter, for people
  // Most connections that can be had: what an unlimited number of calls in flight has to be cut to.
  std::optional<std::int64_t> most_connections{};
};

ClientLimits check_client_limits(const ClientNeeds& needs, const ClientMeans& means);

}  // namespace costwar::harness
