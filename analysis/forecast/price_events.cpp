#include "analysis/forecast/price_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/forecast/price_changes.h"
#include "pricing/schedule.h"

namespace costwar::analysis {
namespace {

using pricing::PriceRecord;
using pricing::Segment;
using pricing::Tariff;

struct EventName {
  PriceEventKind kind;
  std::string_view name;
  std::string_view words;
};
constexpr EventName kEventNames[]{
    {PriceEventKind::new_price, "new_price", "announced price"},
    {PriceEventKind::promo_ends, "promo_ends", "end of a promo"},
    {PriceEventKind::promo_begins, "promo_begins", "beginning of a promo"},
    {PriceEventKind::successor, "successor", "another model behind the name"},
    {PriceEventKind::hours, "hours", "the same prices at other hours"},
    {PriceEventKind::open_promo, "open_promo", "promo without a known end"},
};

const EventName& name_of(PriceEventKind kind) {
  return *std::find_if(std::begin(kEventNames), std::end(kEventNames),
                       [&](const EventName& row) { return row.kind == kind; });
}

const PriceRecord* promo_of(const Tariff& tariff, const Segment& segment) {
  for (const pricing::SheetRow& row : segment.rows) {
    const PriceRecord& price = tariff.resolved().book->prices[row.price];
    if (price.rate_kind == pricing::RateKind::promo) return &price;
  }
  return nullptr;
}

std::string served_by(const Tariff& tariff, const Segment& segment) {
  if (segment.aliases.empty()) return tariff.key().model;
  return tariff.resolved().book->aliases[segment.aliases.back()].alias_of;
}

PriceEventKind kind_of(const Tariff& tariff, const Segment& before, const Segment& after, bool same_price) {
  if (served_by(tariff, before) != served_by(tariff, after)) return PriceEventKind::successor;
  const bool was_promo = promo_of(tariff, before) != nullptr;
  const bool is_promo = promo_of(tariff, after) != nullptr;
  if (was_promo && !is_promo) return PriceEventKind::promo_ends;
  if (!was_promo && is_promo) return PriceEventKind::promo_begins;
  return same_price && before.calendar != after.calendar ? PriceEventKind::hours : PriceEventKind::new_price;
}

}  // namespace

std::string_view price_event_name(PriceEventKind kind) {
  return name_of(kind).name;
}

std::string_view price_event_words(PriceEventKind kind) {
  return name_of(kind).words;
}

std::vector<PriceEvent> price_events(const Tariff& tariff, Wall from, Wall until, const Workload& mix) {
  std::vector<PriceEvent> events;
  const auto& segments = tariff.resolved().segments;
  const std::string model = tariff.key().provider + "/" + tariff.key().model;
  const auto price = [&](const Segment& segment) {
    return segment.refusal == pricing::Refusal::none ? mixed_price(tariff, segment, mix) : std::nullopt;
  };
  const std::vector<pricing::Period> periods = pricing::periods(tariff, from, until);
  for (std::size_t i = 0; i < periods.size(); ++i) {
    const Segment& segment = segments[periods[i].segment];
    const PriceRecord* promo = promo_of(tariff, segment);
    if (i + 1 == periods.size() && promo != nullptr && periods[i].until == pricing::kForever) {
      PriceEvent event{model, std::nullopt, PriceEventKind::open_promo, std::nullopt, price(segment), ""};
      if (promo->promo_assured_until)
        event.detail = fmt::format("promised until {}", format_wall(*promo->promo_assured_until));
      events.insert(events.begin(), std::move(event));
    }
    if (i == 0) continue;
    const Segment& before = segments[periods[i - 1].segment];
    PriceEvent event{model, periods[i].from, PriceEventKind::new_price, price(before), price(segment), ""};
    const bool same = event.before && event.after && std::abs(std::log(*event.after / *event.before)) < 1e-9;
    event.kind = kind_of(tariff, before, segment, same);
    if (same && event.kind == PriceEventKind::new_price) continue;  // nothing that this mix meets
    if (event.kind == PriceEventKind::successor)
      event.detail = "served by " + served_by(tariff, segment) + " from then on";
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace costwar::analysis
