// The vendors and servers that costwar can ask over HTTP: one row each. Adding one is adding a row, and a
// test. A row names the variable that holds the key; only cli reads it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/batch.h"
#include "core/model_card.h"
#include "core/provider.h"
#include "providers/batch/batch_codec.h"
#include "providers/dialect.h"
#include "providers/http_codec.h"
#include "system/event_loop.h"
#include "system/http.h"

namespace costwar {

// What software stands behind a row, where it tells of itself beside its API (server_facts.h) and counts its
// work (server_metrics.h).
enum class ServerKind : std::uint8_t { untold, llama_server, vllm, sglang };

struct ProviderRow {
  std::string_view name;  // before the slash of a model's name; "http" for addresses that name none
  std::string_view title;
  std::string_view base_url{};  // empty: in the model's name
  std::string_view key_variable;
  bool key_required = true;
  std::string_view docs;
  std::unique_ptr<Dialect> (*dialect)();
  std::span<const std::string_view> efforts{};  // what may stand after '@'; empty: anything, it is passed on
  std::string_view price_provider{};            // whose prices hold; empty: none are known
  // Requests that an account may have in flight to one model, over all its users; nullptr: not told.
  std::size_t (*account_limit)(std::string_view model) = nullptr;
  std::unique_ptr<BatchCodec> (*batch)() = nullptr;  // nullptr: no batch API
  Nanos total_timeout = seconds(900);                // of a request, from its start to its last byte
  ServerKind server = ServerKind::untold;
  bool at_root = false;  // its API stands at the server's root: an address that ends in /v1 means that
};

std::span<const ProviderRow> provider_rows();
const ProviderRow* find_provider_row(std::string_view name);

// The card of a model as its name alone tells it; the catalogue may know more. Prices are looked up under the
// vendor's own name; servers at bare addresses and Ollama have none.
ModelCard remote_model_card(const ModelSpec& spec);

// The row of a model's provider. Error{usage} that lists the names, and those of `others` (the caller's own).
const ProviderRow& require_provider_row(const ModelSpec& spec, std::span<const std::string> others = {});

struct RemoteOptions {
  std::string key;        // empty: none
  bool needs_key = true;  // where the row requires one; false: another header carries it
  std::string base_url;   // instead of the row's and the name's, without a trailing slash; empty: theirs
  std::vector<std::pair<std::string, std::string>> headers;  // see HttpCodecOptions
  std::vector<std::string> secrets;                          // besides the key
  std::optional<std::size_t> max_concurrency;                // shared by the models of `account`
  std::string account;
  std::string unix_socket;  // see HttpRequest; empty: the address says where
  Nanos connect_timeout = seconds(30);
  Nanos idle_timeout = HttpRequest().idle_timeout;
  std::optional<Nanos> total_timeout{};  // nullopt: the row's
  std::uint64_t max_answer_bytes = HttpRequest().max_answer_bytes;
};

// Which variable holds the key for this model. An address of one's own is never sent the key of a vendor,
// whose API it only speaks.
struct KeySource {
  std::string_view variable;
  bool required = false;
};
KeySource key_source(const ModelSpec& spec);

// Where the requests for this model go.
std::string remote_base_url(const ModelSpec& spec);

// The address as the row's API stands there: "http://HOST:11434/v1", which is the base URL that tools for
// OpenAI's API are given, is "http://HOST:11434" for Ollama's own.
std::string api_address(const ProviderRow& row, std::string base_url);

// Error{usage} for plain http to anything but this machine: keys and prompts would travel in the clear.
void require_safe_address(const ModelSpec& spec, const std::string& base_url);

// card.model is what the requests should carry as ChatRequest::model. Error{usage} for an unknown provider or
// effort and for an address without a model (see list_models), Error{credentials} when a required key is
// empty.
std::shared_ptr<const HttpCodec> make_remote_codec(const ModelSpec& spec, ModelCard card,
                                                   RemoteOptions options);

// The same as a provider.
std::unique_ptr<Provider> make_remote_provider(EventLoop& loop, HttpTransport& transport,
                                               const ModelSpec& spec, ModelCard card, RemoteOptions options);

// Error{usage} that names the provider when the spec asks for a batch and there is no API for it.
void require_batch_api(const ModelSpec& spec);

// What hands the requests of a spec of the class "batch" to its vendor.
std::unique_ptr<BatchService> make_batch_service(EventLoop& loop, HttpTransport& transport,
                                                 const ModelSpec& spec, RemoteOptions options);

}  // namespace costwar
