#include "providers/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/error.h"
#include "core/suggest.h"
#include "providers/dialects/openai_chat.h"
#include "providers/http_provider.h"
#include "system/loopback.h"

namespace costwar {
namespace {

constexpr std::array<std::string_view, 6> kOpenAiEfforts{"none", "minimal", "low", "medium", "high", "xhigh"};
constexpr std::array<std::string_view, 4> kDeepSeekEfforts{"none", "low", "high", "max"};
constexpr std::array<std::string_view, 4> kOllamaEfforts{"none", "low", "medium", "high"};

std::unique_ptr<Dialect> openai_chat() {
  return make_openai_chat_dialect(
      {.efforts = kOpenAiEfforts, .max_completion_tokens = true, .can_hide_obfuscation = true});
}

std::unique_ptr<Dialect> deepseek() {
  return make_openai_chat_dialect({.effort_style = OpenAiChatOptions::EffortStyle::thinking,
                                   .efforts = kDeepSeekEfforts,
                                   .takes_seed = false});
}

std::unique_ptr<Dialect> ollama_chat() {
  return make_openai_chat_dialect({.efforts = kOllamaEfforts});
}

std::unique_ptr<Dialect> compatible_chat() {
  return make_openai_chat_dialect({});
}

constexpr std::array kRows{
    ProviderRow{"openai", "OpenAI", "https://api.openai.com/v1", "OPENAI_API_KEY", true,
                "https://platform.openai.com/docs/api-reference/chat", openai_chat, kOpenAiEfforts, "openai"},
    ProviderRow{"deepseek", "DeepSeek", "https://api.deepseek.com", "DEEPSEEK_API_KEY", true,
                "https://api-docs.deepseek.com", deepseek, kDeepSeekEfforts, "deepseek"},
    ProviderRow{"ollama", "Ollama", "http://127.0.0.1:11434/v1", "OLLAMA_API_KEY", false,
                "https://docs.ollama.com/openai", ollama_chat, kOllamaEfforts},
    ProviderRow{"http", "a server with OpenAI's API", "", "COSTWAR_HTTP_KEY", false,
                "https://platform.openai.com/docs/api-reference/chat", compatible_chat},
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

std::string remote_base_url(const ModelSpec& spec) {
  const ProviderRow& row = require_provider_row(spec);
  return spec.base_url.empty() ? std::string(row.base_url) : spec.base_url;
}

void require_safe_address(const ModelSpec& spec, const std::string& base_url) {
  if (!base_url.starts_with("http://") || is_on_this_machine(base_url)) return;
  throw Error(ErrorKind::usage, fmt::format("{}: plain http is only allowed to this machine", spec.text),
              "use https, a tunnel that ends on 127.0.0.1, or --allow-plain-http");
}

std::unique_ptr<Provider> make_remote_provider(EventLoop& loop, HttpTransport& transport,
                                               const ModelSpec& spec, ModelCard card, RemoteOptions options) {
  const ProviderRow& row = require_provider_row(spec);
  check_effort(spec, row);
  if (card.model.empty())
    throw Error(ErrorKind::usage, fmt::format("{} names no model", spec.text),
                fmt::format("write {}#NAME", spec.base_url));
  if (row.key_required && options.needs_key && options.key.empty())
    throw Error(ErrorKind::credentials,
                fmt::format("{} needs a key and {} is not set", spec.text, row.key_variable),
                fmt::format("set {} to the key", row.key_variable));
  HttpProviderOptions http;
  http.card = std::move(card);
  http.base_url = options.base_url.empty() ? remote_base_url(spec) : options.base_url;
  http.key = options.key;
  http.headers = std::move(options.headers);
  http.secrets = std::move(options.secrets);
  if (row.account_limit != nullptr && http.base_url == row.base_url)
    http.traits.max_concurrency = std::min(http.traits.max_concurrency, row.account_limit(spec.model));
  if (options.max_concurrency) {
    http.traits.max_concurrency = *options.max_concurrency;
    http.traits.account = options.account;
  }
  http.traits.remote = !is_on_this_machine(http.base_url);
  http.connect_timeout = options.connect_timeout;
  http.idle_timeout = options.idle_timeout;
  http.total_timeout = options.total_timeout;
  http.max_answer_bytes = options.max_answer_bytes;
  return std::make_unique<HttpProvider>(loop, transport, row.dialect(), std::move(http));
}

}  // namespace costwar
