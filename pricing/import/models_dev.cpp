// The api.json of models.dev (its schema.ts): providers, their models, and for each a "cost" in dollars per
// million tokens: input, output, cache_read, cache_write, reasoning; larger prompts in "tiers" of
// {"tier": {"type": "context", "size": N}, rates} or, older, in context_over_200k; service classes under
// experimental.modes.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "pricing/import/import.h"
#include "pricing/import/names.h"
#include "pricing/import/numbers.h"

namespace costwar::pricing {
namespace {

struct CostField {
  std::string_view name;
  Rate rate;
};
constexpr std::array kCostFields{CostField{"input", Rate::input}, CostField{"output", Rate::output},
                                 CostField{"cache_read", Rate::cache_read},
                                 CostField{"cache_write", Rate::cache_write_5m}};
// Members of a cost that are no rates of their own.
constexpr std::array<std::string_view, 4> kNested{"tiers", "tier", "context_over_200k", "reasoning"};
constexpr std::array<std::string_view, 4> kModes{"batch", "flex", "priority", "fast"};

class CostReader {
 public:
  CostReader(std::string example, BookDraft& draft) : example_(std::move(example)), draft_(draft) {}

  bool reasoning_differs() const { return reasoning_differs_; }

  std::vector<DraftPrice> read(const JsonIn& cost, std::string_view service_class) {
    std::map<std::int64_t, DraftRates> tiers{{0, rates_of(cost)}};
    if (const auto list = cost.find("tiers")) {
      for (const JsonIn& each : list->elements()) add_tier(each, tiers);
    } else if (const auto over = cost.find("context_over_200k")) {
      tiers[200'000] = rates_of(*over);
    }
    std::vector<DraftPrice> rows;
    for (auto tier = tiers.begin(); tier != tiers.end(); ++tier) {
      DraftPrice row;
      row.service_class = service_class;
      if (tier->first > 0) row.above = tier->first;
      if (std::next(tier) != tiers.end()) row.up_to = std::next(tier)->first;
      row.rates = tier->second;
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  DraftRates rates_of(const JsonIn& cost) {
    DraftRates rates;
    std::string reasoning;
    for (const auto& [name, value] : cost.members()) {
      const auto field =
          std::find_if(kCostFields.begin(), kCostFields.end(),
                       [&, key = std::string_view(name)](const auto& row) { return row.name == key; });
      if (field != kCostFields.end()) {
        rates[static_cast<std::size_t>(field->rate)] = draft_.rate(value, 0);
      } else if (name == "reasoning") {
        reasoning = draft_.rate(value, 0);
      } else if (std::find(kNested.begin(), kNested.end(), name) == kNested.end()) {
        draft_.leave_out(fmt::format("charges called {}", name), example_);
      }
    }
    if (!reasoning.empty() && reasoning != rates[static_cast<std::size_t>(Rate::output)])
      reasoning_differs_ = true;
    return rates;
  }

  void add_tier(const JsonIn& in, std::map<std::int64_t, DraftRates>& tiers) {
    const JsonIn tier = in.at("tier");
    const std::string type = tier.optional_string("type").value_or("context");
    const std::int64_t size = read_tokens(tier.at("size"));
    if (type != "context" || size == 0) {
      draft_.leave_out("tiers by something else than the prompt", example_);
      return;
    }
    tiers[size] = rates_of(in);
  }

  std::string example_;
  BookDraft& draft_;
  bool reasoning_differs_ = false;
};

// The service class that a mode asks for: by the request's own field where it says, else by its name.
std::string class_of_mode(const std::string& name, const JsonIn& mode) {
  std::string wanted = name;
  if (const auto provider = mode.find("provider"))
    if (const auto body = provider->find("body"))
      if (const auto tier = body->find("service_tier"); tier && tier->raw().is_string())
        wanted = tier->string();
  return std::find(kModes.begin(), kModes.end(), wanted) != kModes.end() ? wanted : "";
}

void read_model(const std::string& provider, const std::string& id, const JsonIn& in, const std::string& doc,
                BookDraft& draft) {
  const std::string example = fmt::format("{}/{}", provider, id);
  CostReader reader(example, draft);
  DraftModel model{provider, id, doc};
  if (const auto cost = in.find("cost")) model.prices = reader.read(*cost, "standard");
  const auto experimental = in.find("experimental");
  // Was a flag once.
  const auto modes =
      experimental && experimental->raw().is_object() ? experimental->find("modes") : std::nullopt;
  if (modes)
    for (const auto& [name, mode] : modes->members()) {
      const auto cost = mode.find("cost");
      if (!cost) continue;
      const std::string service_class = class_of_mode(name, mode);
      if (service_class.empty()) {
        draft.leave_out("modes that are no service class of ours", fmt::format("{} of {}", name, example));
        continue;
      }
      for (DraftPrice& row : reader.read(*cost, service_class)) model.prices.push_back(std::move(row));
    }
  if (reader.reasoning_differs()) {
    draft.leave_out("models that bill reasoning at another rate than output", example);
    return;
  }
  draft.add(std::move(model));
}

}  // namespace

bool looks_like_models_dev(const Json& document) {
  return document.is_object() && std::any_of(document.begin(), document.end(), [](const Json& provider) {
           return provider.is_object() && provider.contains("models") && provider["models"].is_object();
         });
}

void read_models_dev(const JsonIn& in, BookDraft& draft) {
  for (const auto& [id, provider] : in.members()) {
    const std::string doc = provider.optional_string("doc").value_or("");
    const std::string name = provider_name("models.dev", id);
    if (const auto models = provider.find("models"))
      for (const auto& [model, entry] : models->members()) read_model(name, model, entry, doc, draft);
  }
}

}  // namespace costwar::pricing
