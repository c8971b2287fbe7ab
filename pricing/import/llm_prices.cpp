// The files current-v1.json and historical-v1.json of llm-prices (its data/README.md): a list of prices in
// dollars per million tokens with vendor, id, name, input, output and input_cached; the historical one has
// from_date (inclusive) and to_date (exclusive), null where open. Larger prompts are rows of their own: the
// id ends with "-272k" and the name with ">272k", beside the id without it, whose name ends with "≤272k".
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "pricing/import/import.h"
#include "pricing/import/names.h"
#include "pricing/read_fields.h"

namespace costwar::pricing {
namespace {

// Members that are no prices.
constexpr std::array<std::string_view, 5> kFacts{"id", "vendor", "name", "from_date", "to_date"};

struct LlmPriceField {
  std::string_view name;
  Rate rate;
};
constexpr std::array kLlmPriceFields{LlmPriceField{"input", Rate::input},
                                     LlmPriceField{"output", Rate::output},
                                     LlmPriceField{"input_cached", Rate::cache_read}};

// The N of a name that ends with `sign` Nk, in thousands.
std::optional<std::int64_t> thousands_after(std::string_view name, std::string_view sign) {
  const std::size_t at = name.rfind(sign);
  if (at == std::string_view::npos || !(name.ends_with('k') || name.ends_with('K'))) return std::nullopt;
  const char* first = name.data() + at + sign.size();
  const char* last = name.data() + name.size() - 1;
  std::int64_t thousands = 0;
  const auto [end, failure] = std::from_chars(first, last, thousands);
  if (failure != std::errc() || end != last || thousands <= 0 || thousands > 1'000'000) return std::nullopt;
  return thousands;
}

void read_tier(const std::string& name, std::string& id, DraftPrice& price) {
  if (const auto most = thousands_after(name, "\u2264")) price.up_to = *most * 1000;
  const auto above = thousands_after(name, ">");
  const std::string suffix = above ? fmt::format("-{}k", *above) : "";
  if (!above || !id.ends_with(suffix)) return;
  id.resize(id.size() - suffix.size());
  price.above = *above * 1000;
}

std::string day_of(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  if (found) read_day(*found);
  return found ? found->string() : std::string();
}

}  // namespace

bool looks_like_llm_prices(const Json& document) {
  return document.is_object() && document.contains("prices") && document["prices"].is_array();
}

void read_llm_prices(const JsonIn& in, BookDraft& draft) {
  std::map<std::pair<std::string, std::string>, DraftModel> models;
  for (const JsonIn& row : in.at("prices").elements()) {
    const std::string vendor = provider_name("llm-prices", row.at("vendor").string());
    std::string id = row.at("id").string();
    DraftPrice price;
    read_tier(row.optional_string("name").value_or(""), id, price);
    price.from = day_of(row, "from_date");
    price.until = day_of(row, "to_date");
    for (const auto& [name, value] : row.members()) {
      const auto field =
          std::find_if(kLlmPriceFields.begin(), kLlmPriceFields.end(),
                       [key = std::string_view(name)](const auto& each) { return each.name == key; });
      if (field != kLlmPriceFields.end()) {
        price.rates[static_cast<std::size_t>(field->rate)] = draft.rate(value, 0);
      } else if (std::find(kFacts.begin(), kFacts.end(), name) == kFacts.end() && !value.is_null()) {
        draft.leave_out(fmt::format("charges called {}", name), fmt::format("{}/{}", vendor, id));
      }
    }
    DraftModel& model = models.try_emplace({vendor, id}, DraftModel{vendor, id, {}}).first->second;
    model.prices.push_back(std::move(price));
  }
  for (auto& [name, model] : models) draft.add(std::move(model));
}

}  // namespace costwar::pricing
