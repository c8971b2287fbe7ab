#include "cli/model_prices.h"

#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "reports/views/price_timeline.h"

namespace costwar::cli {
namespace {

constexpr std::int64_t kDaysBefore = 180;
constexpr std::int64_t kDaysAfter = 30;
constexpr std::int64_t kSecondsPerDay = 86'400;

}  // namespace

std::optional<StepChart> model_prices(const RunHeader& header, const pricing::PriceBook& book,
                                      Wall known_at) {
  std::vector<reports::NamedTariff> tariffs;
  std::set<std::pair<std::string, std::string>> seen;  // an effort is no price of its own
  for (const ModelCard& card : header.models) {
    if (card.own_machine || card.price_model.empty()) continue;
    if (!seen.emplace(card.price_provider, card.price_model).second) continue;
    pricing::TariffKey key;
    key.provider = card.price_provider;
    key.model = card.price_model;
    key.known_at = known_at;
    auto resolved = book.resolve(key);
    if (auto* tariff = std::get_if<pricing::Tariff>(&resolved))
      tariffs.push_back({card.price_model, std::move(*tariff)});
  }
  return reports::price_timeline(tariffs, header.created + seconds(-kDaysBefore * kSecondsPerDay),
                                 header.created + seconds(kDaysAfter * kSecondsPerDay));
}

}  // namespace costwar::cli
