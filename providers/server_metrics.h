// What a server counted of its own work: GET /metrics before and after a run, and the difference. Evidence
// beside our own counts, never in their place: it holds for everyone who asked the server meanwhile. What a
// server does not count is not known, and never zero. Names of the counters: llama.cpp
// tools/server/README.md; vLLM docs "Production Metrics"; SGLang docs "Production Metrics".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "providers/registry.h"
#include "system/http.h"

namespace costwar {

struct ServerCounters {
  std::optional<double> prompt_tokens;  // with those from the cache, except llama-server's
  std::optional<double> cached_tokens;  // of prompts, found in the cache
  std::optional<double> generated_tokens;
  std::optional<double> prompt_seconds;  // of all requests, added up
  std::optional<double> generation_seconds;
  std::optional<double> requests;  // that ended well
  friend bool operator==(const ServerCounters&, const ServerCounters&) = default;
};

// Of the samples that name a model, those of `model` count; where none names it, all do. nullopt: not one
// counter of the software.
std::optional<ServerCounters> read_counters(ServerKind kind, std::string_view metrics,
                                            std::string_view model);

// What was counted between the two. nullopt members: unknown in either, or smaller than before, which means
// that the server was started anew.
ServerCounters counted_between(const ServerCounters& before, const ServerCounters& after);

// JSON object without what is not known.
Json counters_json(const ServerCounters& counters);

// Calls `done` once, on a later turn of the loop, within 15 seconds. Of the options, address, key, headers
// and socket count.
void fetch_counters(HttpTransport& transport, ServerKind kind, const RemoteOptions& options,
                    const std::string& model, std::function<void(std::optional<ServerCounters>)> done);

}  // namespace costwar
