// What a bill at one instant and a bill over an interval have in common: which row holds, what it charges,
// which doubts it brings; and, for those who look at a tariff without billing, which segment and row hold.
// Nothing here allocates or throws.
#pragma once

#include <array>
#include <cstdint>

#include "pricing/tariff.h"

namespace costwar::pricing {

// The meters of tokens and the rates that they are billed at.
struct RatedMeter {
  Meter meter;
  Rate rate;
};
inline constexpr std::array<RatedMeter, 6> kRatedMeters{{{Meter::fresh_input, Rate::input},
                                                         {Meter::cache_read, Rate::cache_read},
                                                         {Meter::cache_write_5m, Rate::cache_write_5m},
                                                         {Meter::cache_write_1h, Rate::cache_write_1h},
                                                         {Meter::visible_output, Rate::output},
                                                         {Meter::reasoning, Rate::output}}};

// The whole prompt. Summed in 128 bits and capped, since counts come from outside.
std::int64_t prompt_of(const Usage& usage) noexcept;

const Segment& segment_at(const Tariff::Resolved& tariff, Wall instant) noexcept;
const Calendar* calendar_of(const Tariff::Resolved& tariff, const Segment& segment) noexcept;

// The row for a band and a prompt size; nullptr when that combination is not sold.
const SheetRow* find_row(const Segment& segment, Band band, std::int64_t prompt) noexcept;

// Why the usage has no bill at any instant, or none in this segment.
Refusal refused_anywhere(const Tariff::Resolved& tariff, const Usage& usage,
                         const BillingFacts& facts) noexcept;
Refusal refused_in(const Segment& segment, const Usage& usage) noexcept;

struct AmountSpan {
  int128 low = 0;
  int128 high = 0;
  friend bool operator==(const AmountSpan&, const AmountSpan&) = default;
};

// What the usage costs by one row, over its range of factors.
AmountSpan amount_of(const Tariff::Resolved& tariff, const Segment& segment, const SheetRow& row,
                     const Usage& usage) noexcept;

// Sets state and amount of every meter by one row, and the total.
void charge_row(Bill& bill, const Tariff::Resolved& tariff, const Segment& segment, const SheetRow& row,
                const Usage& usage) noexcept;
void refuse_meters(Bill& bill, const Usage& usage) noexcept;

// The doubts that a row brings when it is used between two instants, both included.
void mark_row(Bill& bill, const SheetRow& row, Wall first, Wall last) noexcept;
// The same for the records of what is charged for besides tokens, where any of it was used.
void mark_units(Bill& bill, const Tariff::Resolved& tariff, const Segment& segment, const Usage& usage,
                Wall first, Wall last) noexcept;
void mark_weak_counts(Bill& bill, const Usage& usage) noexcept;

}  // namespace costwar::pricing
