// What a local server tells of itself at its root, beside its OpenAI API under /v1: facts for the card of a
// model, so that a run says which build, context and file it measured. Sources: GET /props,
// tools/server/README.md of ggml-org/llama.cpp; GET /version, vLLM's API server; GET /get_server_info,
// SGLang's native APIs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "providers/registry.h"
#include "system/http.h"

namespace costwar {

struct ServerFacts {
  std::string software;                          // "llama-server", "vLLM", "SGLang"
  std::string build;                             // "b4719-0893e012"; empty: not told
  std::string model_file;                        // without its folders, which are nobody's business
  std::optional<std::int64_t> context_length{};  // tokens, of one slot
  std::optional<std::int64_t> slots{};           // requests that it computes at a time
  friend bool operator==(const ServerFacts&, const ServerFacts&) = default;
};

// Each reads the body of such an answer; nullopt when it is not one.
std::optional<ServerFacts> parse_llama_props(const std::string& body);
std::optional<ServerFacts> parse_vllm_version(const std::string& body);
std::optional<ServerFacts> parse_sglang_info(const std::string& body);

// Calls `done` once, on a later turn of the loop, within 15 seconds: nullopt when the server tells nothing.
// kind: any but untold. base_url as of its API, without a trailing slash: "http://127.0.0.1:8080/v1". Of the
// options, the key (may be empty), the headers and the socket count.
void fetch_server_facts(HttpTransport& transport, ServerKind kind, const std::string& base_url,
                        const RemoteOptions& options, std::function<void(std::optional<ServerFacts>)> done);

// A JSON object as text, without what is not known.
std::string server_facts_json(const ServerFacts& facts);

}  // namespace costwar
