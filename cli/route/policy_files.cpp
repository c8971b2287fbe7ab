#include "cli/route/policy_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "core/error.h"
#include "core/model_card.h"
#include "core/suggest.h"

namespace costwar::cli {
namespace {

Json figure(const analysis::Estimated& estimated) {
  Json out = {{"estimate", estimated.value}};
  out["low"] = estimated.interval ? Json(estimated.interval->low) : Json(nullptr);
  out["high"] = estimated.interval ? Json(estimated.interval->high) : Json(nullptr);
  return out;
}

Json evidence_of(const analysis::Routing& routing, const analysis::RouteFinding* rule) {
  Json out = {{"run", routing.header.id},
              {"items", routing.shared.rows()},
              {"independent_items", routing.shared.clusters},
              {"level", routing.options.level},
              {"cost_is", routing.calls_for_costs ? "calls to the strong model" : "money per task"}};
  if (!routing.calls_for_costs && routing.shared.currency) out["currency"] = routing.shared.currency->code();
  if (rule == nullptr) return out;
  out["solved"] = figure(rule->quality);
  out["cost"] = figure(rule->cost);
  out["strong_share"] = figure(rule->strong_share);
  out["gain_over_mix"] = figure(rule->gain);
  return out;
}

std::size_t most_gaining(const analysis::Routing& routing) {
  const auto& rules = routing.rules;
  const auto less = [](const analysis::RouteFinding& a, const analysis::RouteFinding& b) {
    return a.gain.value < b.gain.value;
  };
  return static_cast<std::size_t>(std::max_element(rules.begin(), rules.end(), less) - rules.begin());
}

// The share of a mix: of the wanted quality, or as much as the best rule costs.
double mix_share(const analysis::Routing& routing) {
  const analysis::CostQuality& cheap = routing.cheap_point.at;
  const analysis::CostQuality& strong = routing.strong_point.at;
  double share = 0.5;
  if (routing.options.aim == analysis::RouteAim::quality && strong.quality > cheap.quality)
    share = (routing.options.quality - cheap.quality) / (strong.quality - cheap.quality);
  else if (!routing.rules.empty() && strong.cost > cheap.cost)
    share = (routing.rules[most_gaining(routing)].cost.value - cheap.cost) / (strong.cost - cheap.cost);
  return std::clamp(share, 0.0, 1.0);
}

std::size_t chosen_rule(const analysis::Routing& routing, const std::string& rule) {
  const auto& rules = routing.rules;
  if (rule.empty()) return most_gaining(routing);
  std::vector<std::string> names{"mix"};
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].signal == rule) return i;
    names.push_back(rules[i].signal);
  }
  const auto near = nearest_name(rule, std::span<const std::string>(names));
  throw Error(
      ErrorKind::usage, fmt::format("--rule {}: there is no such rule here", rule),
      near ? fmt::format("did you mean {}?", *near) : fmt::format("there are: {}", fmt::join(names, ", ")));
}

// A text as YAML takes it between double quotes, which is as JSON writes it.
std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
}

// LiteLLM's word for the API of a row; what it has none for speaks OpenAI's at an address of its own.
struct LitellmName {
  std::string_view row;
  std::string_view prefix;
};
constexpr std::array kLitellmNames{
    LitellmName{"openai", "openai"},          LitellmName{"openai-responses", "openai"},
    LitellmName{"deepseek", "deepseek"},      LitellmName{"deepseek-responses", "deepseek"},
    LitellmName{"anthropic", "anthropic"},    LitellmName{"openrouter", "openrouter"},
    LitellmName{"litellm", "litellm_proxy"},  LitellmName{"ollama", "ollama"},
    LitellmName{"ollama-chat", "ollama_chat"}};

std::string litellm_params(const std::string& name, const Config& config) {
  const ModelSpec spec = parse_model_spec(name);
  const ProviderConfig* const provider = config.find_provider(spec.provider);
  if (provider == nullptr || spec.model.empty() || spec.service_class == "batch")
    throw Error(ErrorKind::usage, fmt::format("--litellm: LiteLLM cannot ask {}", name),
                "name models behind an API, by name and not as a batch");
  const auto* const known = std::find_if(kLitellmNames.begin(), kLitellmNames.end(),
                                         [&](const auto& each) { return each.row == provider->row->name; });
  const bool as_built_in = known != kLitellmNames.end() && !provider->is_new &&
                           provider->address_from.empty() && spec.base_url.empty();
  std::string text = fmt::format(
      "      model: {}\n",
      quoted(fmt::format("{}/{}", known == kLitellmNames.end() ? "openai" : known->prefix, spec.model)));
  if (!as_built_in) {
    const std::string& base = spec.base_url.empty() ? provider->base_url : spec.base_url;
    const bool has_key = spec.base_url.empty() && !provider->key_variable.empty();
    text += fmt::format("      api_base: {}\n      api_key: {}\n", quoted(api_address(*provider->row, base)),
                        quoted(has_key ? "os.environ/" + provider->key_variable : "none"));
  }
  if (spec.effort) text += fmt::format("      reasoning_effort: {}\n", quoted(*spec.effort));
  if (!spec.service_class.empty())
    text += fmt::format("      service_tier: {}\n", quoted(spec.service_class));
  return text;
}

}  // namespace

RoutingPolicy policy_of(const analysis::Routing& routing, const std::vector<FoundSignal>& signals,
                        const std::string& rule) {
  RoutingPolicy policy;
  policy.cheap = routing.shared.models[routing.cheap].name;
  policy.strong = routing.shared.models[routing.strong].name;
  if (rule == "mix" || (rule.empty() && routing.rules.empty())) {
    policy.rule = RouteRule::mix;
    policy.strong_share = mix_share(routing);
    policy.evidence = evidence_of(routing, nullptr);
    return policy;
  }
  const std::size_t i = chosen_rule(routing, rule);
  const analysis::RouteFinding& found = routing.rules[i];
  policy.rule = signals[i].rule;
  policy.below = found.below;
  if (policy.rule == RouteRule::agreement)
    policy.samples =
        static_cast<int>(*std::max_element(routing.shared.repeat.begin(), routing.shared.repeat.end()) + 1);
  if (policy.rule == RouteRule::score) {
    policy.column = found.signal;
    policy.before = found.before;
  }
  // Always: no reply is kept with 1 or less.
  if (policy.below && std::isinf(*policy.below)) policy.below = 2;
  policy.evidence = evidence_of(routing, &found);
  return policy;
}

std::string litellm_config(const RoutingPolicy& policy, const Config& config) {
  if (policy.rule != RouteRule::mix)
    throw Error(ErrorKind::usage,
                fmt::format("--litellm: LiteLLM's router does not {}",
                            policy.rule == RouteRule::score ? "know the score"
                                                            : "read replies, so it cannot escalate by them"),
                "--rule mix writes the random mix; costwar compare route/POLICY.json runs a cascade");
  std::string text = "# Sends the calls to \"routed\" to two models, drawn by weight.\nmodel_list:\n";
  const auto put = [&](const std::string& name, double share) {
    const auto weight = std::lround(share * 1000);
    if (weight == 0) return;  // LiteLLM reads a weight of 0 as none
    text += fmt::format("  - model_name: \"routed\"\n    litellm_params:\n{}      weight: {}\n",
                        litellm_params(name, config), weight);
  };
  put(policy.cheap, 1 - policy.strong_share);
  put(policy.strong, policy.strong_share);
  return text + "router_settings:\n  routing_strategy: \"simple-shuffle\"\n";
}

}  // namespace costwar::cli
