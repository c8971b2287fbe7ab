// What is known to happen to a model's price: announced prices, ends and beginnings of promos, successors
// behind the same name, other peak hours, and promos of which no end is known. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/forecast/month_cost.h"
#include "pricing/tariff.h"

namespace costwar::analysis {

enum class PriceEventKind : std::uint8_t {
  new_price,   // another list price begins
  promo_ends,  // the list price after a promo begins
  promo_begins,
  successor,   // another model stands behind the name
  hours,       // the same rates at other hours
  open_promo,  // a promo holds of which no end is known
};
std::string_view price_event_name(PriceEventKind kind);   // "promo_ends"
std::string_view price_event_words(PriceEventKind kind);  // "end of the promo"

struct PriceEvent {
  std::string model;       // "google/gemini-3.8-flash"
  std::optional<Wall> at;  // nullopt: it holds at the beginning
  PriceEventKind kind = PriceEventKind::new_price;
  std::optional<double> before;  // per million tokens of the mix
  std::optional<double> after;
  std::string detail;  // "is served by deepseek-flash"; may be empty
};

// Within [from, until), ascending; the open promo first.
std::vector<PriceEvent> price_events(const pricing::Tariff& tariff, Wall from, Wall until,
                                     const Workload& mix);

}  // namespace costwar::analysis
