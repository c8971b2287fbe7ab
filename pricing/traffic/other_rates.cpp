#include "pricing/traffic/other_rates.h"

#include <algorithm>
#include <span>

#include "core/int128.h"

namespace costwar::pricing {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr Meter kInputMeters[] = {Meter::fresh_input, Meter::cache_read, Meter::cache_write_5m,
                                  Meter::cache_write_1h};
constexpr Meter kCacheMeters[] = {Meter::cache_read, Meter::cache_write_5m, Meter::cache_write_1h};
constexpr Meter kOutputMeters[] = {Meter::visible_output, Meter::reasoning};

void scale(Usage& usage, std::span<const Meter> meters, std::int64_t millionths) noexcept {
  for (const Meter meter : meters) {
    const auto& count = usage[meter];
    if (!count) continue;
    const int128 scaled = (static_cast<int128>(count->value) * millionths + kMillion / 2) / kMillion;
    usage.set(meter, static_cast<std::int64_t>(scaled), Provenance::estimated);
  }
}

void move_to_fresh(Usage& usage, Meter meter) noexcept {
  const auto count = usage[meter];
  if (!count) return;
  const std::int64_t fresh = usage[Meter::fresh_input] ? usage[Meter::fresh_input]->value : 0;
  usage.set(Meter::fresh_input, fresh + count->value, count->provenance);
  usage.clear(meter);
}

Bill bill_usage(const Tariff& tariff, const Usage& usage, const UsageRecord& record) noexcept {
  if (record.until || record.requests > 1)
    return tariff.bill_over(usage, record.facts, record.until.value_or(record.facts.requested),
                            record.requests);
  return tariff.bill(usage, record.facts);
}

// What the other vendor has no cache price for is ordinary input there.
Bill bill_moving_cache(const Tariff& tariff, Usage usage, const UsageRecord& record) noexcept {
  const Bill bill = bill_usage(tariff, usage, record);
  if (bill.refusal != Refusal::none) return bill;
  bool moved = false;
  for (const Meter meter : kCacheMeters) {
    if (bill.state(meter) != MeterState::unpriced) continue;
    move_to_fresh(usage, meter);
    moved = true;
  }
  return moved ? bill_usage(tariff, usage, record) : bill;
}

}  // namespace

Bill bill_of(const Tariff& tariff, const UsageRecord& record) noexcept {
  return bill_usage(tariff, record.usage, record);
}

Bill bill_elsewhere(const Tariff& tariff, const UsageRecord& record, const std::optional<TokenRatio>& ratio,
                    bool without_cache) noexcept {
  Usage usage = record.usage;
  usage.clear(Meter::tool_calls);
  usage.clear(Meter::cache_token_hours);
  if (without_cache)
    for (const Meter meter : kCacheMeters) move_to_fresh(usage, meter);
  const auto scaled = [&](std::int64_t CountFactor::*end) {
    Usage counts = usage;
    if (ratio && !ratio->input.exact_one()) scale(counts, kInputMeters, ratio->input.*end);
    if (ratio && !ratio->output.exact_one()) scale(counts, kOutputMeters, ratio->output.*end);
    return bill_moving_cache(tariff, counts, record);
  };
  Bill bill = scaled(&CountFactor::estimate);
  if (!ratio || bill.refusal != Refusal::none) return bill;
  for (const auto end : {&CountFactor::low, &CountFactor::high}) {
    if (ratio->input.*end == ratio->input.estimate && ratio->output.*end == ratio->output.estimate) continue;
    const Bill other = scaled(end);
    if (!other.complete()) bill.add(Mark::part_unpriced);
    if (other.refusal != Refusal::none) continue;
    bill.marks |= other.marks;
    bill.low_atto = std::min(bill.low_atto, other.low_atto);
    bill.high_atto = std::max(bill.high_atto, other.high_atto);
  }
  return bill;
}

}  // namespace costwar::pricing
