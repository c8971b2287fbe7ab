#include "reports/views/price_timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.h"
#include "pricing/schedule.h"
#include "reports/views/price_words.h"

namespace costwar::reports {
namespace {

using pricing::Period;
using pricing::SheetRow;

constexpr std::array kRates{pricing::Rate::input, pricing::Rate::cache_read, pricing::Rate::output};

// Which of a sheet's prices a row is: bands and prompt sizes are lines of their own.
using Slot = std::pair<std::int64_t, pricing::Band>;

Slot slot_of(const SheetRow& row) {
  return {row.tier.low, row.band};
}

std::optional<Money> price_in(const pricing::Segment& segment, const Slot& slot, pricing::Rate rate,
                              Currency currency) {
  for (const SheetRow& row : segment.rows) {
    const pricing::RateSpan& span = row.rates[static_cast<std::size_t>(rate)];
    if (slot_of(row) == slot && span.known) return Money(currency, span.high).times(1'000'000);
  }
  return std::nullopt;
}

std::vector<StepSeries> lines(const NamedTariff& named, pricing::Rate rate, Wall from, Wall until) {
  const auto& segments = named.tariff.resolved().segments;
  const std::vector<Period> periods = pricing::periods(named.tariff, from, until);
  std::map<Slot, std::string> slots;
  for (const Period& period : periods)
    for (const SheetRow& row : segments[period.segment].rows)
      slots.try_emplace(slot_of(row), row_words(row, segments[period.segment].tiered));
  std::vector<StepSeries> found;
  for (const auto& [slot, words] : slots) {
    StepSeries series{words.empty() ? named.name : fmt::format("{}, {}", named.name, words), {}};
    bool known = false;
    for (const Period& period : periods) {
      const auto value = price_in(segments[period.segment], slot, rate, named.tariff.key().currency);
      known = known || value;
      // What is not known before the first price is no point.
      if (series.points.empty() ? known : series.points.back().value != value)
        series.points.push_back({std::max(period.from, from), value});
    }
    if (known) found.push_back(std::move(series));
  }
  return found;
}

}  // namespace

std::optional<StepChart> price_timeline(std::span<const NamedTariff> tariffs, Wall from, Wall until) {
  if (tariffs.empty()) return std::nullopt;
  const Currency currency = tariffs.front().tariff.key().currency;
  for (const NamedTariff& named : tariffs)
    if (!(named.tariff.key().currency == currency))
      throw Error(ErrorKind::internal, "prices of two currencies on one axis");
  StepChart chart{"", fmt::format("{} per million tokens, over time", currency.code()), from, until, {}};
  for (const RateTitle& title : kRateTitles) {
    if (std::find(kRates.begin(), kRates.end(), title.rate) == kRates.end()) continue;
    StepPanel panel{std::string(title.key), std::string(title.title), {}};
    for (const NamedTariff& named : tariffs)
      for (StepSeries& series : lines(named, title.rate, from, until))
        panel.series.push_back(std::move(series));
    if (!panel.series.empty()) chart.panels.push_back(std::move(panel));
  }
  if (chart.panels.empty()) return std::nullopt;
  return chart;
}

}  // namespace costwar::reports
