#include "providers/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/error.h"
#include "core/suggest.h"
#include "providers/batch/http_batch.h"
#include "providers/dialects/anthropic.h"
#include "providers/dialects/chat_family.h"
#include "providers/dialects/ollama.h"
#include "providers/dialects/openai_responses.h"
#include "providers/http_provider.h"
#include "system/loopback.h"

namespace costwar {
namespace {

// Its queue may take 10 minutes before inference begins, and an answer with its reasoning may be long.
constexpr Nanos kDeepSeekTimeout = seconds(2400);

constexpr std::array kRows{
    ProviderRow{.name = "openai",
                .title = "OpenAI",
                .base_url = "https://api.openai.com/v1",
                .key_variable = "OPENAI_API_KEY",
                .docs = "https://platform.openai.com/docs/api-reference/chat",
                .dialect = make_openai_dialect,
                .efforts = kOpenAiEfforts,
                .price_provider = "openai",
                .batch = make_openai_batch_codec},
    ProviderRow{.name = "deepseek",
                .title = "DeepSeek",
                .base_url = "https://api.deepseek.com",
                .key_variable = "DEEPSEEK_API_KEY",
                .docs = "https://api-docs.deepseek.com",
                .dialect = make_deepseek_dialect,
                .efforts = kDeepSeekEfforts,
                .price_provider = "deepseek",
                .account_limit = deepseek_account_limit,
                .total_timeout = kDeepSeekTimeout},
    ProviderRow{.name = "openai-responses",
                .title = "OpenAI's Responses",
                .base_url = "https://api.openai.com/v1",
                .key_variable = "OPENAI_API_KEY",
                .docs = "https://platform.openai.com/docs/api-reference/responses",
                .dialect = make_openai_responses_dialect,
                .efforts = kOpenAiResponsesEfforts,
                .price_provider = "openai",
                .batch = make_openai_batch_codec},
    ProviderRow{.name = "deepseek-responses",
                .title = "DeepSeek's Responses",
                .base_url = "https://api.deepseek.com",
                .key_variable = "DEEPSEEK_API_KEY",
                .docs = "https://api-docs.deepseek.com",
                .dialect = make_deepseek_responses_dialect,
                .efforts = kDeepSeekResponsesEfforts,
                .price_provider = "deepseek",
                .account_limit = deepseek_account_limit,
                .total_timeout = kDeepSeekTimeout},
    ProviderRow{.name = "anthropic",
                .title = "Anthropic",
                .base_url = "https://api.anthropic.com/v1",
                .key_variable = "ANTHROPIC_API_KEY",
                .docs = "https://platform.claude.com/docs/en/api/messages",
                .dialect = make_anthropic_dialect,
                .efforts = kAnthropicEfforts,
                .price_provider = "anthropic",
                .batch = make_anthropic_batch_codec},
    ProviderRow{.name = "openrouter",
                .title = "OpenRouter",
                .base_url = "https://openrouter.ai/api/v1",
                .key_variable = "OPENROUTER_API_KEY",
                .docs = "https://openrouter.ai/docs/api-reference/overview",
                .dialect = make_openrouter_dialect,
                .efforts = kOpenAiEfforts},
    ProviderRow{.name = "litellm",
                .title = "the LiteLLM proxy",
                .base_url = "http://127.0.0.1:4000/v1",
                .key_variable = "LITELLM_API_KEY",
                .key_required = false,
                .docs = "https://docs.litellm.ai/docs/simple_proxy",
                .dialect = make_litellm_dialect},
    ProviderRow{.name = "ollama",
                .title = "Ollama",
                .base_url = "http://127.0.0.1:11434",
                .key_variable = "OLLAMA_API_KEY",
                .key_required = false,
                .docs = "https://docs.ollama.com/api/chat",
                .dialect = make_ollama_dialect,
                .efforts = kOllamaEfforts,
                .at_root = true},
    ProviderRow{.name = "ollama-chat",
                .title = "Ollama's copy of OpenAI's API",
                .base_url = "http://127.0.0.1:11434/v1",
                .key_variable = "OLLAMA_API_KEY",
                .key_required = false,
                .docs = "https://docs.ollama.com/openai",
                .dialect = make_ollama_chat_dialect,
                .efforts = kOllamaChatEfforts},
    ProviderRow{.name = "llama-server",
                .title = "llama.cpp's llama-server",
                .base_url = "http://127.0.0.1:8080/v1",
                .key_variable = "LLAMA_API_KEY",
                .key_required = false,
                .docs = "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
                .dialect = make_llama_server_dialect,
                .server = ServerKind::llama_server},
    ProviderRow{.name = "vllm",
                .title = "vLLM",
                .base_url = "http://127.0.0.1:8000/v1",
                .key_variable = "VLLM_API_KEY",
                .key_required = false,
                .docs = "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
                .dialect = make_vllm_dialect,
                .efforts = kEngineEfforts,
                .server = ServerKind::vllm},
    ProviderRow{.name = "sglang",
                .title = "SGLang",
                .base_url = "http://127.0.0.1:30000/v1",
                .key_variable = "SGLANG_API_KEY",
                .key_required = false,
                .docs = "https://docs.sglang.ai/basic_usage/openai_api_completions.html",
                .dialect = make_sglang_dialect,
                .efforts = kEngineEfforts,
                .server = ServerKind::sglang},
    ProviderRow{.name = "ktransformers",
                .title = "KTransformers",
                .base_url = "http://127.0.0.1:10002/v1",
                .key_variable = "KTRANSFORMERS_API_KEY",
                .key_required = false,
                .docs = "https://github.com/kvcache-ai/ktransformers/blob/main/doc/en/balance-serve.md",
                .dialect = make_ktransformers_dialect,
                .server = ServerKind::sglang},
    ProviderRow{.name = "ds4",
                .title = "ds4",
                .base_url = "http://127.0.0.1:8000/v1",
                .key_variable = "DS4_API_KEY",
                .key_required = false,
                .docs = "https://github.com/antirez/ds4/blob/main/docs/SERVER.md",
                .dialect = make_ds4_dialect,
                .efforts = kDs4Efforts},
    ProviderRow{.name = "http",
                .title = "a server with OpenAI's API",
                .key_variable = "COSTWAR_HTTP_KEY",
                .key_required = false,
                .docs = "https://platform.openai.com/docs/api-reference/chat",
                .dialect = make_compatible_dialect,
                .batch = make_openai_batch_codec},
};

// For what a report says about bytes leaving the machine; the transport decides by itself whom it talks to.
bool is_on_this_machine(std::string_view base_url) {
  std::string_view host = base_url.substr(std::min(base_url.size(), base_url.find("://") + 3));
  host = host.substr(0, host.find('/'));
  const std::size_t port = host.rfind(':');
  if (port != std::string_view::npos && !host.ends_with(']')) host = host.substr(0, port);
  return is_loopback_host(host);
}

void check_effort(const ModelSpec& spec, const ProviderRow& row) {
  const auto& efforts = row.efforts;
  if (!spec.effort || efforts.empty() ||
      std::find(efforts.begin(), efforts.end(), *spec.effort) != efforts.end())
    return;
  throw Error(ErrorKind::usage,
              fmt::format("{}: {} knows no effort '{}'", spec.text, row.title, *spec.effort),
              fmt::format("one of {}", fmt::join(efforts, ", ")));
}

}  // namespace

std::span<const ProviderRow> provider_rows() {
  return kRows;
}

const ProviderRow* find_provider_row(std::string_view name) {
  const auto* found =
      std::find_if(kRows.begin(), kRows.end(), [&](const ProviderRow& row) { return row.name == name; });
  return found == kRows.end() ? nullptr : found;
}

const ProviderRow& require_provider_row(const ModelSpec& spec, std::span<const std::string> others) {
  if (const ProviderRow* row = find_provider_row(spec.provider)) return *row;
  std::vector<std::string_view> names(others.begin(), others.end());
  for (const ProviderRow& row : kRows)
    if (row.name != "http") names.push_back(row.name);
  const auto near = nearest_name(spec.provider, std::span<const std::string_view>(names));
  throw Error(ErrorKind::usage, fmt::format("{}: there is no provider '{}'", spec.text, spec.provider),
              near ? fmt::format("did you mean {}/{}?", *near, spec.model)
                   : fmt::format("the providers are {}; or give a server's address", fmt::join(names, ", ")));
}

ModelCard remote_model_card(const ModelSpec& spec) {
  ModelCard card;
  card.name = spec.text;
  card.provider = spec.provider;
  card.model = spec.model;
  const ProviderRow* row = find_provider_row(spec.provider);
  if (row != nullptr && !row->price_provider.empty() && spec.base_url.empty()) {
    card.price_provider = row->price_provider;
    card.price_model = spec.model;
  }
  return card;
}

KeySource key_source(const ModelSpec& spec) {
  const ProviderRow& row = require_provider_row(spec);
  if (spec.base_url.empty()) return {row.key_variable, row.key_required};
  return {find_provider_row("http")->key_variable, false};
}

std::string remote_base_url(const ModelSpec& spec) {
  const ProviderRow& row = require_provider_row(spec);
  return api_address(row, spec.base_url.empty() ? std::string(row.base_url) : spec.base_url);
}

std::string api_address(const ProviderRow& row, std::string base_url) {
  constexpr std::string_view kVersion = "/v1";
  if (row.at_root && base_url.ends_with(kVersion)) base_url.resize(base_url.size() - kVersion.size());
  return base_url;
}

void require_batch_api(const ModelSpec& spec) {
  if (spec.service_class != "batch") return;
  const ProviderRow& row = require_provider_row(spec);
  if (row.batch != nullptr) return;
  std::vector<std::string_view> having;
  for (const ProviderRow& other : kRows)
    if (other.batch != nullptr && other.name != "http") having.push_back(other.name);
  throw Error(ErrorKind::usage, fmt::format("{}: {} has no batch API", spec.text, row.title),
              fmt::format("leave out +batch; batches are known of {}", fmt::join(having, ", ")));
}

std::unique_ptr<BatchService> make_batch_service(EventLoop& loop, HttpTransport& transport,
                                                 const ModelSpec& spec, RemoteOptions options) {
  require_batch_api(spec);
  const ProviderRow& row = require_provider_row(spec);
  HttpBatchOptions http;
  http.base_url = options.base_url.empty() ? remote_base_url(spec) : api_address(row, options.base_url);
  http.key = std::move(options.key);
  http.headers = std::move(options.headers);
  http.secrets = std::move(options.secrets);
  http.connect_timeout = options.connect_timeout;
  return std::make_unique<HttpBatch>(loop, transport, row.dialect(), row.batch(), std::move(http));
}

void require_safe_address(const ModelSpec& spec, const std::string& base_url) {
  if (!base_url.starts_with("http://") || is_on_this_machine(base_url)) return;
  throw Error(ErrorKind::usage, fmt::format("{}: plain http is only allowed to this machine", spec.text),
              "use https, a tunnel that ends on 127.0.0.1, or --allow-plain-http");
}

std::shared_ptr<const HttpCodec> make_remote_codec(const ModelSpec& spec, ModelCard card,
                                                   RemoteOptions options) {
  const ProviderRow& row = require_provider_row(spec);
  check_effort(spec, row);
  if (card.model.empty())
    throw Error(ErrorKind::usage, fmt::format("{} names no model", spec.text),
                fmt::format("write {}#NAME", spec.base_url));
  const KeySource key = key_source(spec);
  if (key.required && options.needs_key && options.key.empty())
    throw Error(ErrorKind::credentials,
                fmt::format("{} needs a key and {} is not set", spec.text, key.variable),
                fmt::format("set {} to the key", key.variable));
  HttpCodecOptions http;
  http.card = std::move(card);
  http.base_url = options.base_url.empty() ? remote_base_url(spec) : api_address(row, options.base_url);
  http.key = options.key;
  http.headers = std::move(options.headers);
  http.secrets = std::move(options.secrets);
  if (row.account_limit != nullptr && http.base_url == row.base_url) {
    // One account of the vendor, whichever of its APIs is asked.
    http.traits.account = fmt::format("{}/{}", row.price_provider, spec.model);
    http.traits.max_concurrency = row.account_limit(spec.model);
  }
  if (options.max_concurrency) {
    http.traits.max_concurrency = *options.max_concurrency;
    http.traits.account = options.account;
  }
  http.traits.remote = !is_on_this_machine(http.base_url);
  http.unix_socket = std::move(options.unix_socket);
  http.connect_timeout = options.connect_timeout;
  http.idle_timeout = options.idle_timeout;
  http.total_timeout = options.total_timeout.value_or(row.total_timeout);
  http.max_answer_bytes = options.max_answer_bytes;
  return std::make_shared<HttpCodec>(row.dialect(), std::move(http));
}

std::unique_ptr<Provider> make_remote_provider(EventLoop& loop, HttpTransport& transport,
                                               const ModelSpec& spec, ModelCard card, RemoteOptions options) {
  return std::make_unique<HttpProvider>(loop, transport,
                                        make_remote_codec(spec, std::move(card), std::move(options)));
}

}  // namespace costwar
