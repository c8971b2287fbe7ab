// Tariff::bill_over. A reading is one row that can be meant: by the price in force, the band of the time of
// day, and the tier. The walk visits every reading of the interval once or more; the bill keeps the least,
// the most, and the row of the most.

#include <algorithm>
#include <limits>

#include "core/int128.h"
#include "pricing/bill_parts.h"
#include "pricing/local_days.h"

namespace costwar::pricing {
namespace {

struct Reading {
  const Segment* segment = nullptr;
  const SheetRow* row = nullptr;
  AmountSpan amount;
};

// A stretch of time within one segment, both ends included.
struct Stretch {
  Wall first;
  Wall last;
};

class IntervalBiller {
 public:
  IntervalBiller(const Tariff::Resolved& tariff, const Usage& usage, const BillingFacts& facts, Wall last,
                 bool one_request) noexcept
      : tariff_(tariff),
        usage_(usage),
        facts_(facts),
        last_(last),
        one_request_(one_request),
        prompt_(prompt_of(usage)) {}

  Bill run() noexcept {
    bill_.currency = tariff_.key.currency;
    const Segment* const first = &segment_at(tariff_, facts_.requested);
    bill_.segment = static_cast<std::uint32_t>(first - tariff_.segments.data());
    bill_.refusal = refused_anywhere(tariff_, usage_, facts_);
    if (bill_.refusal == Refusal::none) {
      const Segment* const end = tariff_.segments.data() + tariff_.segments.size();
      for (const Segment* segment = first; segment != end && segment->from <= last_; ++segment) {
        const Wall next = segment + 1 == end ? kForever : (segment + 1)->from;
        visit(*segment, {std::max(facts_.requested, segment->from), std::min(last_, Wall{next.ns - 1})});
      }
    }
    if (most_.row == nullptr) {
      if (bill_.refusal == Refusal::none) bill_.refusal = refusal_;
      bill_.marks = 0;
      refuse_meters(bill_, usage_);
      return bill_;
    }
    finish();
    return bill_;
  }

 private:
  void visit(const Segment& segment, Stretch stretch) noexcept {
    const Refusal refused = refused_in(segment, usage_);
    if (refused != Refusal::none) {
      gap(refused);
      return;
    }
    const Calendar* calendar = calendar_of(tariff_, segment);
    if (calendar == nullptr) {
      read(segment, stretch, Band::all, Band::all);
      return;
    }
    if (!(calendar->decided_by_confirmed && calendar->decided_by == DecidedBy::request_start))
      bill_.add(Mark::band_instant_assumed);
    walk(segment, *calendar, stretch);
  }

  // Bands change at midnight and at the edges of windows only. A week shows all that windows do, save that
  // holidays can hide them: each weekday is seen once without a holiday within 7 x (holidays + 1) days. What
  // holidays do themselves, and the days behind their table, is looked at wherever they are.
  void walk(const Segment& segment, const Calendar& calendar, Stretch stretch) noexcept {
    const auto week_and_holidays = static_cast<std::int64_t>(7 * (calendar.holidays.size() + 1) + 1);
    const std::int64_t first_day = local_instant(stretch.first, calendar.offset_ns).day;
    const std::int64_t last_day = local_instant(stretch.last, calendar.offset_ns).day;
    mark_days(calendar, first_day, last_day);
    unsigned seen = 0;  // bit per pair of bands
    const auto look = [&](int128 ns) {
      if (ns < stretch.first.ns || ns > stretch.last.ns) return;
      const BandAnswer answer = calendar.band_at({static_cast<std::int64_t>(ns)});
      if (answer.on_boundary) bill_.add(Mark::band_boundary);
      const unsigned bit =
          1U << (static_cast<unsigned>(answer.band) * 3 + static_cast<unsigned>(answer.otherwise));
      if ((seen & bit) != 0) return;
      seen |= bit;
      read(segment, stretch, answer.band, answer.otherwise);
    };
    look(stretch.first.ns);
    const auto look_at = [&](std::int64_t day, std::int64_t minute) {
      look(utc_of(day, minute, calendar.offset_ns));
    };
    for (std::int64_t day = first_day; day <= last_day && day - first_day <= week_and_holidays; ++day) {
      look_at(day, 0);
      for (const BandWindow& window : calendar.windows) {
        look_at(day, window.start_minute);
        look_at(day, window.end_minute);
      }
    }
    if (calendar.holiday_band == Band::all) return;
    for (const Holiday& holiday : calendar.holidays) look_at(holiday.day, 0);
    look_at(calendar.holidays_complete_through + 1, 0);
  }

  // The doubts about days, also of those that the walk no longer visits.
  void mark_days(const Calendar& calendar, std::int64_t first_day, std::int64_t last_day) noexcept {
    if (calendar.holiday_band == Band::all) return;
    if (last_day > calendar.holidays_complete_through) bill_.add(Mark::after_holiday_table);
    for (const Holiday& holiday : calendar.holidays)
      if (!holiday.confirmed && first_day <= holiday.day && holiday.day <= last_day)
        bill_.add(Mark::assumed_holiday);
  }

  void read(const Segment& segment, Stretch stretch, Band band, Band otherwise) noexcept {
    const Reading most = read_band(segment, stretch, band);
    if (most.row != nullptr) {
      if (first_.row != nullptr && first_.amount != most.amount) bill_.add(Mark::time_unknown);
      if (first_.row == nullptr) first_ = most;
    }
    if (otherwise != band) read_band(segment, stretch, otherwise);
  }

  // Every tier that is possible; its dearest reading. Tiers are asked for at their lowest prompt size and at
  // the whole sum.
  Reading read_band(const Segment& segment, Stretch stretch, Band band) noexcept {
    const SheetRow* whole = find_row(segment, band, prompt_);
    if (whole == nullptr) {
      gap(Refusal::not_sold);
      if (one_request_) return {};
    }
    Reading most = whole != nullptr ? use(segment, stretch, *whole) : Reading();
    if (whole != nullptr) try_boundary(segment, stretch, band, *whole);
    if (one_request_ || !segment.tiered) return most;
    for (const SheetRow& row : segment.rows) {
      if ((row.band != Band::all && row.band != band) || row.tier.low > prompt_ || &row == whole) continue;
      const Reading reading = use(segment, stretch, row);
      if (most.row != nullptr && reading.amount != most.amount) bill_.add(Mark::prompt_size_unknown);
      if (most.row == nullptr || reading.amount.high > most.amount.high) most = reading;
    }
    return most;
  }

  void try_boundary(const Segment& segment, Stretch stretch, Band band, const SheetRow& row) noexcept {
    const bool at_low = row.tier.low_unsettled && prompt_ == row.tier.low;
    const bool at_high = row.tier.high_unsettled && prompt_ == row.tier.high;
    if (!at_low && !at_high) return;
    bill_.add(Mark::tier_boundary);
    const SheetRow* other = find_row(segment, band, at_low ? prompt_ - 1 : prompt_ + 1);
    if (other != nullptr) use(segment, stretch, *other);
  }

  Reading use(const Segment& segment, Stretch stretch, const SheetRow& row) noexcept {
    const Reading reading{&segment, &row, amount_of(tariff_, segment, row, usage_)};
    mark_row(bill_, row, stretch.first, stretch.last);
    mark_units(bill_, tariff_, segment, usage_, stretch.first, stretch.last);
    Bill charged;
    charge_row(charged, tariff_, segment, row, usage_);
    unsigned unpriced = 0;
    for (std::size_t i = 0; i < kMeterCount; ++i)
      if (charged.states[i] == MeterState::unpriced) unpriced |= 1U << i;
    if (most_.row != nullptr && unpriced != unpriced_) bill_.add(Mark::part_unpriced);
    unpriced_ |= unpriced;
    if (most_.row == nullptr || reading.amount.high > most_.amount.high) most_ = reading;
    least_ = least_ ? std::min(*least_, reading.amount.low) : reading.amount.low;
    return reading;
  }

  void gap(Refusal why) noexcept {
    if (refusal_ == Refusal::none) refusal_ = why;
    bill_.add(Mark::part_unpriced);
  }

  void finish() noexcept {
    bill_.segment = static_cast<std::uint32_t>(most_.segment - tariff_.segments.data());
    bill_.row = static_cast<std::uint32_t>(most_.row - most_.segment->rows.data());
    charge_row(bill_, tariff_, *most_.segment, *most_.row, usage_);
    bill_.low_atto = *least_;
    bill_.high_atto = bill_.total_atto;
    if (last_ > tariff_.key.known_at) bill_.add(Mark::forecast);
    mark_weak_counts(bill_, usage_);
  }

  const Tariff::Resolved& tariff_;
  const Usage& usage_;
  const BillingFacts& facts_;
  Wall last_;
  bool one_request_;
  std::int64_t prompt_;
  Reading first_;  // to tell whether time makes a difference
  Reading most_;
  std::optional<int128> least_;
  unsigned unpriced_ = 0;            // bit per meter that some reading has no price for
  Refusal refusal_ = Refusal::none;  // the first
  Bill bill_;
};

}  // namespace

Bill Tariff::bill_over(const Usage& usage, const BillingFacts& facts, Wall until,
                       std::int64_t requests) const noexcept {
  const bool instant_known = until <= facts.requested;
  if (instant_known && requests <= 1) return bill(usage, facts);
  const Wall last = instant_known ? facts.requested : Wall{until.ns - 1};
  return IntervalBiller(*resolved_, usage, facts, last, requests <= 1).run();
}

}  // namespace costwar::pricing
