// One GET at the root of a server, for what stands beside its API: properties, metrics, health.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "providers/registry.h"
#include "system/http.h"

namespace costwar {

// "http://127.0.0.1:8080/v1" and "http://127.0.0.1:8080" give "http://127.0.0.1:8080".
std::string server_root(std::string_view base_url);

// Calls `done` once, on a later turn of the loop, within 15 seconds: the body of an answer with status 200
// and at most 4 MiB, else nullopt. Of the options, key, headers and socket count.
void look_up(HttpTransport& transport, std::string url, const RemoteOptions& options,
             std::function<void(std::optional<std::string>)> done);

}  // namespace costwar
