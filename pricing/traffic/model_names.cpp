#include "pricing/traffic/model_names.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "pricing/model_text.h"

namespace costwar::pricing {
namespace {

// What logs call providers (LiteLLM's custom_llm_provider, OpenTelemetry's gen_ai.provider.name), in the
// price book's words. Clouds that resell (azure, bedrock, vertex_ai) have price lists of their own and are
// not here.
struct ProviderWord {
  std::string_view said;
  std::string_view meant;
};
constexpr std::array kProviderWords{ProviderWord{"gemini", "google"},
                                    ProviderWord{"gcp.gemini", "google"},
                                    ProviderWord{"google_ai_studio", "google"},
                                    ProviderWord{"moonshot", "moonshotai"},
                                    ProviderWord{"zhipu", "zai"},
                                    ProviderWord{"z.ai", "zai"},
                                    ProviderWord{"dashscope", "alibaba"},
                                    ProviderWord{"together_ai", "togetherai"},
                                    ProviderWord{"fireworks_ai", "fireworks-ai"}};

// Hosts of others' models: their price of a bare name counts only where its maker has none.
constexpr std::array<std::string_view, 6> kHosts{"alibaba-cn",   "cerebras", "deepinfra",
                                                 "fireworks-ai", "groq",     "togetherai"};

std::string provider_word(std::string_view said) {
  std::string lower = lowered(said);
  for (const ProviderWord& word : kProviderWords)
    if (word.said == lower) return std::string(word.meant);
  return lower;
}

bool is_host(const std::string& provider) {
  return std::find(kHosts.begin(), kHosts.end(), provider) != kHosts.end();
}

}  // namespace

ModelNames::ModelNames(const Book& book, std::map<std::string, std::string> mapped, std::string provider)
    : mapped_(std::move(mapped)), provider_(std::move(provider)) {
  const auto add = [&](const std::string& seller, const std::string& model) {
    auto& sellers = providers_[model];
    if (std::find(sellers.begin(), sellers.end(), seller) == sellers.end()) sellers.push_back(seller);
  };
  for (const auto& price : book.prices) add(price.evidence.provider, price.model);
  for (const auto& alias : book.aliases) add(alias.evidence.provider, alias.model);
  for (auto& [model, sellers] : providers_)
    std::stable_sort(sellers.begin(), sellers.end(),
                     [](const std::string& a, const std::string& b) { return is_host(a) < is_host(b); });
}

std::optional<NamedModel> ModelNames::find_in(const std::string& provider, std::string_view model) const {
  for (const std::string_view name : {model, without_snapshot(model)}) {
    const auto found = providers_.find(name);
    if (found == providers_.end()) continue;
    if (std::find(found->second.begin(), found->second.end(), provider) != found->second.end())
      return NamedModel{provider, std::string(name)};
  }
  return std::nullopt;
}

std::optional<NamedModel> ModelNames::find_anywhere(std::string_view model) const {
  for (const std::string_view name : {model, without_snapshot(model)}) {
    const auto found = providers_.find(name);
    if (found == providers_.end()) continue;
    const auto& sellers = found->second;
    // Several hosts and no maker: nothing says who served it.
    if (sellers.size() > 1 && is_host(sellers.front())) return std::nullopt;
    return NamedModel{sellers.front(), std::string(name)};
  }
  return std::nullopt;
}

std::optional<NamedModel> ModelNames::find(std::string_view provider, std::string_view model) const {
  const auto said = [&](const std::string& name) -> std::optional<NamedModel> {
    const auto found = mapped_.find(name);
    if (found == mapped_.end()) return std::nullopt;
    const std::size_t slash = found->second.find('/');
    return NamedModel{found->second.substr(0, slash), found->second.substr(slash + 1)};
  };
  if (auto named = said(std::string(model))) return named;
  if (!provider.empty()) {
    if (auto named = said(std::string(provider) + "/" + std::string(model))) return named;
  }
  if (const std::size_t at = model.rfind('@'); at != std::string_view::npos) model = model.substr(0, at);
  if (model.starts_with("models/")) model.remove_prefix(7);  // Gemini's resource names
  if (model.empty()) return std::nullopt;
  const std::size_t slash = model.find('/');
  const std::string_view bare = slash == std::string_view::npos ? model : model.substr(slash + 1);
  if (!provider.empty()) {
    // Who is told to have served it is who is paid, whatever stands in front of the name.
    const std::string seller = provider_word(provider);
    auto named = find_in(seller, model);
    return named ? named : find_in(seller, bare);
  }
  if (slash != std::string_view::npos)
    if (auto named = find_in(provider_word(model.substr(0, slash)), bare)) return named;
  if (!provider_.empty()) return find_in(provider_, model);
  return find_anywhere(model);
}

}  // namespace costwar::pricing
