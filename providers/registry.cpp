#include "providers/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/error.h"
#include "core/suggest.h"
#include "providers/http_provider.h"
#include "system/loopback.h"

namespace costwar {
namespace {

constexpr std::array<std::string_view, 6> kOpenAiEfforts{"none", "minimal", "low", "medium", "high", "xhigh"};
constexpr std::array<std::string_view, 4> kDeepSeekEfforts{"none", "low", "high", "max"};
constexpr std::array<std::string_view, 4> kOllamaEfforts{"none", "low", "medium", "high"};

using Style = OpenAiChatOptions::EffortStyle;

constexpr std::array kRows{
    ProviderRow{"openai",
                "OpenAI",
                "https://api.openai.com/v1",
                "OPENAI_API_KEY",
                true,
                "https://platform.openai.com/docs/api-reference/chat",
                {Style::reasoning_effort, kOpenAiEfforts, true, true, true}},
    ProviderRow{"deepseek",
                "DeepSeek",
                "https://api.deepseek.com",
                "DEEPSEEK_API_KEY",
                true,
                "https://api-docs.deepseek.com",
                {Style::thinking, kDeepSeekEfforts, false, false, false}},
    ProviderRow{"ollama",
                "Ollama",
                "http://127.0.0.1:11434/v1",
                "OLLAMA_API_KEY",
                false,
                "https://docs.ollama.com/openai",
                {Style::reasoning_effort, kOllamaEfforts, false, false, true}},
    ProviderRow{"http",
                "a server with OpenAI's API",
                "",
                "COSTWAR_HTTP_KEY",
                false,
                "https://platform.openai.com/docs/api-reference/chat",
                {Style::reasoning_effort, {}, false, false, true}},
};

const ProviderRow& row_of(const ModelSpec& spec) {
  if (const ProviderRow* row = find_provider_row(spec.provider)) return *row;
  std::vector<std::string_view> names;
  for (const ProviderRow& row : kRows) names.push_back(row.name);
  const auto near = nearest_name(spec.provider, std::span<const std::string_view>(names));
  throw Error(ErrorKind::usage, fmt::format("{}: there is no provider '{}'", spec.text, spec.provider),
              near ? fmt::format("did you mean {}/{}?", *near, spec.model)
                   : fmt::format("providers over HTTP are {}", fmt::join(names, ", ")));
}

// For what a report says about bytes leaving the machine; the transport decides by itself whom it talks to.
bool is_on_this_machine(std::string_view base_url) {
  std::string_view host = base_url.substr(std::min(base_url.size(), base_url.find("://") + 3));
  host = host.substr(0, host.find('/'));
  const std::size_t port = host.rfind(':');
  if (port != std::string_view::npos && !host.ends_with(']')) host = host.substr(0, port);
  return is_loopback_host(host);
}

void check_effort(const ModelSpec& spec, const ProviderRow& row) {
  const auto& efforts = row.dialect.efforts;
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

ModelCard remote_model_card(const ModelSpec& spec) {
  ModelCard card;
  card.name = spec.text;
  card.provider = spec.provider;
  card.model = spec.model;
  const bool has_price = spec.provider == "openai" || spec.provider == "deepseek";
  if (has_price) {
    card.price_provider = spec.provider;
    card.price_model = spec.model;
  }
  return card;
}

std::string remote_base_url(const ModelSpec& spec) {
  const ProviderRow& row = row_of(spec);
  return row.base_url.empty() ? spec.base_url : std::string(row.base_url);
}

void require_safe_address(const ModelSpec& spec) {
  const std::string base_url = remote_base_url(spec);
  if (!base_url.starts_with("http://") || is_on_this_machine(base_url)) return;
  throw Error(ErrorKind::usage, fmt::format("{}: plain http is only allowed to this machine", spec.text),
              "use https, or a tunnel that ends on 127.0.0.1");
}

std::unique_ptr<Provider> make_remote_provider(EventLoop& loop, HttpTransport& transport,
                                               const ModelSpec& spec, ModelCard card, RemoteOptions options) {
  const ProviderRow& row = row_of(spec);
  check_effort(spec, row);
  if (card.model.empty())
    throw Error(ErrorKind::usage, fmt::format("{} names no model", spec.text),
                fmt::format("write {}#NAME", spec.base_url));
  if (row.key_required && options.key.empty())
    throw Error(ErrorKind::credentials,
                fmt::format("{} needs a key and {} is not set", spec.text, row.key_variable),
                fmt::format("set {} to the key", row.key_variable));
  HttpProviderOptions http;
  http.card = std::move(card);
  http.base_url = options.base_url.empty() ? remote_base_url(spec) : options.base_url;
  http.key = options.key;
  http.traits.remote = !is_on_this_machine(http.base_url);
  http.connect_timeout = options.connect_timeout;
  http.idle_timeout = options.idle_timeout;
  http.total_timeout = options.total_timeout;
  return std::make_unique<HttpProvider>(loop, transport, make_openai_chat_dialect(row.dialect),
                                        std::move(http));
}

}  // namespace costwar
