#include "pricing/bill_parts.h"

#include <algorithm>
#include <limits>

namespace costwar::pricing {
namespace {

constexpr Meter kPromptMeters[] = {Meter::fresh_input, Meter::cache_read, Meter::cache_write_5m,
                                   Meter::cache_write_1h};

// Part of the calls may be free: the quota is the account's, and other requests may have used it up.
bool may_be_free(const UnitRecord& record) noexcept {
  return record.state == UnitState::priced && record.free_units_per_month.value_or(0) > 0;
}

// Where that unit was used: how often; else 0.
std::int64_t used(const Usage& usage, const UnitMeter& unit) noexcept {
  const auto& count = usage[unit.meter];
  return count ? count->value : 0;
}

void set(Bill& bill, Meter meter, MeterState state, int128 amount = 0) noexcept {
  bill.states[static_cast<std::size_t>(meter)] = state;
  bill.atto[static_cast<std::size_t>(meter)] = amount;
  bill.total_atto += amount;
}

// Requests, machine time and energy are nothing that a token tariff charges for. Which tool was called is
// not part of usage, save for web searches, and tools differ in price, so tool calls stay unpriced here.
void charge_units(Bill& bill, const Tariff::Resolved& tariff, const Segment& segment,
                  const Usage& usage) noexcept {
  for (const Meter meter : {Meter::requests, Meter::machine_ns, Meter::microjoules})
    if (usage[meter]) set(bill, meter, MeterState::not_billed);
  const auto& tools = usage[Meter::tool_calls];
  if (tools && tools->value != 0) set(bill, Meter::tool_calls, MeterState::unpriced);
  for (std::size_t i = 0; i < kUnitMeters.size(); ++i) {
    const std::int64_t count = used(usage, kUnitMeters[i]);
    if (count == 0) continue;
    const auto& unit = segment.units[i];
    const UnitRecord* record = unit ? &tariff.book->units[unit->record] : nullptr;
    if (record == nullptr || record->state == UnitState::unpriced) {
      set(bill, kUnitMeters[i].meter, MeterState::unpriced);
    } else {
      set(bill, kUnitMeters[i].meter,
          record->state == UnitState::free ? MeterState::free : MeterState::priced, record->per_unit * count);
    }
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
  for (std::size_t i = 0; i < kUnitMeters.size(); ++i) {
    const std::int64_t count = used(usage, kUnitMeters[i]);
    if (count == 0 || !segment.units[i]) continue;
    const UnitRecord& record = tariff.book->units[segment.units[i]->record];
    if (record.state != UnitState::priced) continue;
    sum.high += record.per_unit * count;
    if (!may_be_free(record)) sum.low += record.per_unit * count;
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
  charge_units(bill, tariff, segment, usage);
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

void mark_units(Bill& bill, const Tariff::Resolved& tariff, const Segment& segment, const Usage& usage,
                Wall first, Wall last) noexcept {
  for (std::size_t i = 0; i < kUnitMeters.size(); ++i) {
    if (!segment.units[i] || used(usage, kUnitMeters[i]) == 0) continue;
    const SheetUnit& unit = *segment.units[i];
    bill.marks |= unit.marks;
    if (last >= unit.verified_until) bill.add(Mark::after_last_verified);
    if (first < unit.start_day_until) bill.add(Mark::start_day_only);
    if (may_be_free(tariff.book->units[unit.record])) bill.add(Mark::free_quota);
  }
}

void mark_weak_counts(Bill& bill, const Usage& usage) noexcept {
  for (std::size_t i = 0; i < kMeterCount; ++i) {
    const auto& count = usage[static_cast<Meter>(i)];
    if (count && count->provenance >= Provenance::tokenizer && bill.states[i] == MeterState::priced)
      bill.add(Mark::weak_counts);
  }
}

}  // namespace costwar::pricing
