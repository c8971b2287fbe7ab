#include "pricing/bill_parts.h"

#include <algorithm>
#include <limits>

namespace costwar::pricing {
namespace {

struct RatedMeter {
  Meter meter;
  Rate rate;
};
constexpr std::array<RatedMeter, 6> kRatedMeters{{{Meter::fresh_input, Rate::input},
                                                  {Meter::cache_read, Rate::cache_read},
                                                  {Meter::cache_write_5m, Rate::cache_write_5m},
                                                  {Meter::cache_write_1h, Rate::cache_write_1h},
                                                  {Meter::visible_output, Rate::output},
                                                  {Meter::reasoning, Rate::output}}};

constexpr Meter kPromptMeters[] = {Meter::fresh_input, Meter::cache_read, Meter::cache_write_5m,
                                   Meter::cache_write_1h};

const UnitRecord* storage_of(const Tariff::Resolved& tariff, const Segment& segment) noexcept {
  return segment.storage ? &tariff.book->units[*segment.storage] : nullptr;
}

void set(Bill& bill, Meter meter, MeterState state, int128 amount = 0) noexcept {
  bill.states[static_cast<std::size_t>(meter)] = state;
  bill.atto[static_cast<std::size_t>(meter)] = amount;
  bill.total_atto += amount;
}

// Requests, machine time and energy are nothing that a token tariff charges for. Which tool was called is
// not part of usage, and tools differ in price, so tool calls stay unpriced here.
void charge_units(Bill& bill, const UnitRecord* storage, const Usage& usage) noexcept {
  for (const Meter meter : {Meter::requests, Meter::machine_ns, Meter::microjoules})
    if (usage[meter]) set(bill, meter, MeterState::not_billed);
  const auto& tools = usage[Meter::tool_calls];
  if (tools && tools->value != 0) set(bill, Meter::tool_calls, MeterState::unpriced);
  const auto& stored = usage[Meter::cache_token_hours];
  if (!stored || stored->value == 0) return;
  if (storage == nullptr || storage->state == UnitState::unpriced) {
    set(bill, Meter::cache_token_hours, MeterState::unpriced);
  } else {
    set(bill, Meter::cache_token_hours,
        storage->state == UnitState::free ? MeterState::free : MeterState::priced,
        storage->per_unit * stored->value);
  }
}

}  // namespace

std::int64_t prompt_of(const Usage& usage) noexcept {
  int128 sum = 0;
  for (const Meter meter : kPromptMeters)
    if (const auto& count = usage[meter]) sum += count->value;
  constexpr int128 kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::clamp<int128>(sum, 0, kMost));
}

const Segment& segment_at(const Tariff::Resolved& tariff, Wall instant) noexcept {
  const auto after =
      std::upper_bound(tariff.segments.begin(), tariff.segments.end(), instant,
                       [](Wall value, const Segment& segment) { return value < segment.from; });
  return *(after - 1);
}

const Calendar* calendar_of(const Tariff::Resolved& tariff, const Segment& segment) noexcept {
  return segment.calendar ? &tariff.book->calendars[*segment.calendar] : nullptr;
}

const SheetRow* find_row(const Segment& segment, Band band, std::int64_t prompt) noexcept {
  for (const SheetRow& row : segment.rows)
    if ((row.band == Band::all || row.band == band) && row.tier.holds(prompt)) return &row;
  return nullptr;
}

Refusal refused_anywhere(const Tariff::Resolved& tariff, const Usage& usage,
                         const BillingFacts& facts) noexcept {
  for (std::size_t i = 0; i < kMeterCount; ++i) {
    const auto& count = usage[static_cast<Meter>(i)];
    if (count && count->value < 0) return Refusal::bad_usage;
  }
  if (!facts.service_class.empty() && facts.service_class != tariff.key.service_class)
    return Refusal::other_class;
  if (!facts.region.empty() && facts.region != tariff.key.region) return Refusal::other_region;
  return Refusal::none;
}

Refusal refused_in(const Segment& segment, const Usage& usage) noexcept {
  if (segment.refusal != Refusal::none) return segment.refusal;
  return segment.tiered && !usage[Meter::fresh_input] ? Refusal::prompt_unknown : Refusal::none;
}

// rate x count stays within 128 bits: read_rate and the resolver bound rates at 1e18.
AmountSpan amount_of(const Tariff::Resolved& tariff, const Segment& segment, const SheetRow& row,
                     const Usage& usage) noexcept {
  AmountSpan sum;
  for (const auto& [meter, rate] : kRatedMeters) {
    const RateSpan& span = row.rates[static_cast<std::size_t>(rate)];
    const auto& count = usage[meter];
    if (!count || !span.known) continue;
    sum.low += span.low * count->value;
    sum.high += span.high * count->value;
  }
  const auto& stored = usage[Meter::cache_token_hours];
  const UnitRecord* storage = storage_of(tariff, segment);
  if (stored && storage != nullptr && storage->state == UnitState::priced) {
    sum.low += storage->per_unit * stored->value;
    sum.high += storage->per_unit * stored->value;
  }
  return sum;
}

void charge_row(Bill& bill, const Tariff::Resolved& tariff, const Segment& segment, const SheetRow& row,
                const Usage& usage) noexcept {
  for (const auto& [meter, rate] : kRatedMeters) {
    const auto& count = usage[meter];
    const RateSpan& span = row.rates[static_cast<std::size_t>(rate)];
    if (!count) {
      const bool needed = meter == Meter::fresh_input || meter == Meter::visible_output;
      set(bill, meter, needed ? MeterState::unreported : MeterState::not_used);
    } else if (!span.known) {
      set(bill, meter, count->value == 0 ? MeterState::not_used : MeterState::unpriced);
    } else {
      set(bill, meter, span.high == 0 ? MeterState::free : MeterState::priced, span.high * count->value);
    }
  }
  charge_units(bill, storage_of(tariff, segment), usage);
}

void refuse_meters(Bill& bill, const Usage& usage) noexcept {
  for (std::size_t i = 0; i < kMeterCount; ++i) {
    const auto& count = usage[static_cast<Meter>(i)];
    if (count && count->value != 0) bill.states[i] = MeterState::unpriced;
  }
}

void mark_row(Bill& bill, const SheetRow& row, Wall first, Wall last) noexcept {
  bill.marks |= row.marks;
  if (last >= row.verified_until) bill.add(Mark::after_last_verified);
  if (first < row.start_day_until) bill.add(Mark::start_day_only);
  if (last >= row.promo_until) bill.add(Mark::promo_may_have_ended);
}

void mark_weak_counts(Bill& bill, const Usage& usage) noexcept {
  for (std::size_t i = 0; i < kMeterCount; ++i) {
    const auto& count = usage[static_cast<Meter>(i)];
    if (count && count->provenance >= Provenance::tokenizer && bill.states[i] == MeterState::priced)
      bill.add(Mark::weak_counts);
  }
}

}  // namespace costwar::pricing
