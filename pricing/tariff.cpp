#include "pricing/tariff.h"

#include <fmt/format.h>

#include <algorithm>

#include "pricing/bill_parts.h"

namespace costwar::pricing {
namespace {

constexpr std::array<MarkRow, kMarkCount> kMarks{{
    {Mark::derived, "derived", "a price composed from a sourced rule, not printed by the vendor"},
    {Mark::unconfirmed, "unconfirmed", "a record, or one of its fields, is not confirmed"},
    {Mark::start_unknown, "start_unknown", "since when the price holds is not known"},
    {Mark::start_day_only, "start_day_only", "on the day of a price change whose hour is not known"},
    {Mark::after_last_verified, "after_last_verified", "later than the last time the price was verified"},
    {Mark::promo_may_have_ended, "promo_may_have_ended", "later than the promo price was promised for"},
    {Mark::forecast, "forecast", "later than the instant of knowledge: a forecast"},
    {Mark::band_instant_assumed, "band_instant_assumed",
     "which instant decides between peak and off-peak is not settled"},
    {Mark::band_boundary, "band_boundary", "exactly at the edge between peak and off-peak"},
    {Mark::assumed_holiday, "assumed_holiday", "off-peak by a holiday that is assumed"},
    {Mark::after_holiday_table, "after_holiday_table", "later than the known holidays: may be a holiday"},
    {Mark::tier_boundary, "tier_boundary", "exactly at a prompt size where catalogues differ about the tier"},
    {Mark::sheet_change, "sheet_change", "the price changed while the request ran"},
    {Mark::factor_range, "factor_range", "the vendor names a range of factors"},
    {Mark::weak_counts, "weak_counts", "some counts were tokenized here or estimated, not reported"},
    {Mark::time_unknown, "time_unknown", "the time of day is not known: an interval over the schedule"},
    {Mark::prompt_size_unknown, "prompt_size_unknown",
     "the prompt sizes of the single requests are not known: an interval over the tiers"},
    {Mark::part_unpriced, "part_unpriced",
     "for a part of the possible times or prompt sizes no price is known; the amounts are those of the rest"},
    {Mark::other_modality, "other_modality",
     "audio or image tokens, which have rates of their own, are billed here as text"},
    {Mark::user_price, "user_price", "from a book of your own, not the built-in one"},
    {Mark::free_quota, "free_quota",
     "some calls may be free: the monthly free quota is the account's, so the low end counts none"},
}};

struct Candidate {
  const Segment* segment = nullptr;
  const SheetRow* row = nullptr;
};

// The rows that can be meant, the likeliest first. Two instants x two bands x two sides of a threshold.
struct Candidates {
  std::array<Candidate, 8> items{};
  std::size_t count = 0;
  void add(const Segment& segment, const SheetRow* row) noexcept {
    if (row == nullptr) return;
    for (std::size_t i = 0; i < count; ++i)
      if (items[i].row == row) return;
    items[count++] = {&segment, row};
  }
};

// One attempt's way through a tariff. Lives on the stack of Tariff::bill.
class Biller {
 public:
  Biller(const Tariff::Resolved& tariff, const Usage& usage, const BillingFacts& facts)
      : tariff_(tariff), usage_(usage), facts_(facts), prompt_(prompt_of(usage)) {}

  Bill run() noexcept {
    bill_.currency = tariff_.key.currency;
    decide_instants();
    bill_.segment = static_cast<std::uint32_t>(segment_ - tariff_.segments.data());
    bill_.refusal = refusal();
    if (bill_.refusal == Refusal::none) {
      collect_candidates();
      if (candidates_.count == 0 || !primary_found_) bill_.refusal = Refusal::not_sold;
    }
    if (bill_.refusal != Refusal::none) {
      refuse_meters(bill_, usage_);
      return bill_;
    }
    charge();
    mark();
    return bill_;
  }

 private:
  const Segment& segment_at(Wall instant) const noexcept { return pricing::segment_at(tariff_, instant); }

  const Calendar* calendar_of(const Segment& segment) const noexcept {
    return pricing::calendar_of(tariff_, segment);
  }

  // The end of the request decides where it is known, unless the calendar says that the start does.
  void decide_instants() noexcept {
    instant_ = facts_.completed.value_or(facts_.requested);
    segment_ = &segment_at(instant_);
    const Calendar* calendar = calendar_of(*segment_);
    if (calendar != nullptr && calendar->decided_by == DecidedBy::request_start) {
      instant_ = facts_.requested;
      segment_ = &segment_at(instant_);
    }
  }

  Refusal refusal() const noexcept {
    const Refusal refused = refused_anywhere(tariff_, usage_, facts_);
    return refused != Refusal::none ? refused : refused_in(*segment_, usage_);
  }

  void collect_at(const Segment& segment, Wall instant, bool primary) noexcept {
    BandAnswer answer;
    const Calendar* calendar = calendar_of(segment);
    if (calendar != nullptr) answer = calendar->band_at(instant);
    const SheetRow* row = find_row(segment, answer.band, prompt_);
    if (primary) {
      primary_found_ = row != nullptr;
      if (answer.assumed_holiday) bill_.add(Mark::assumed_holiday);
      if (answer.after_holidays) bill_.add(Mark::after_holiday_table);
      if (answer.on_boundary) bill_.add(Mark::band_boundary);
    }
    const bool at_low = row != nullptr && row->tier.low_unsettled && prompt_ == row->tier.low;
    const bool at_high = row != nullptr && row->tier.high_unsettled && prompt_ == row->tier.high;
    if (primary && (at_low || at_high)) bill_.add(Mark::tier_boundary);
    for (const Band band : {answer.band, answer.otherwise}) {
      candidates_.add(segment, find_row(segment, band, prompt_));
      if (at_low || at_high)
        candidates_.add(segment, find_row(segment, band, at_low ? prompt_ - 1 : prompt_ + 1));
    }
  }

  void collect_candidates() noexcept {
    collect_at(*segment_, instant_, true);
    const Calendar* calendar = calendar_of(*segment_);
    const bool named = calendar != nullptr && calendar->decided_by_confirmed &&
                       (calendar->decided_by == DecidedBy::request_start ||
                        (calendar->decided_by == DecidedBy::request_end && facts_.completed));
    if (calendar != nullptr && !named) bill_.add(Mark::band_instant_assumed);
    if (named || !facts_.completed) return;
    const Wall other = instant_ == *facts_.completed ? facts_.requested : *facts_.completed;
    const Segment& other_segment = segment_at(other);
    // Also where its tiers would need a prompt size that nobody reported.
    if (&other_segment != segment_ && refused_in(other_segment, usage_) != Refusal::none) return;
    collect_at(other_segment, other, false);
  }

  void charge() noexcept {
    const SheetRow& row = *candidates_.items[0].row;
    bill_.row = static_cast<std::uint32_t>(&row - segment_->rows.data());
    charge_row(bill_, tariff_, *segment_, row, usage_);
    bill_.low_atto = bill_.high_atto = bill_.total_atto;
    for (std::size_t i = 0; i < candidates_.count; ++i) {
      const Candidate& candidate = candidates_.items[i];
      const AmountSpan sum = amount_of(tariff_, *candidate.segment, *candidate.row, usage_);
      bill_.low_atto = std::min(bill_.low_atto, sum.low);
      bill_.high_atto = std::max(bill_.high_atto, sum.high);
    }
  }

  void mark() noexcept {
    const SheetRow& row = *candidates_.items[0].row;
    mark_row(bill_, row, instant_, instant_);
    mark_units(bill_, tariff_, *segment_, usage_, instant_, instant_);
    if (instant_ > tariff_.key.known_at) bill_.add(Mark::forecast);
    for (std::size_t i = 1; i < candidates_.count; ++i)
      if (candidates_.items[i].row->price != row.price && candidates_.items[i].segment != segment_)
        bill_.add(Mark::sheet_change);
    mark_weak_counts(bill_, usage_);
  }

  const Tariff::Resolved& tariff_;
  const Usage& usage_;
  const BillingFacts& facts_;
  std::int64_t prompt_;
  Wall instant_;
  const Segment* segment_ = nullptr;
  Candidates candidates_;
  bool primary_found_ = false;
  Bill bill_;
};

}  // namespace

bool Segment::same_but_for_start(const Segment& other) const {
  return refusal == other.refusal && reason == other.reason && calendar == other.calendar &&
         tiered == other.tiered && rows == other.rows && aliases == other.aliases &&
         multipliers == other.multipliers && units == other.units;
}

std::string_view meter_state_name(MeterState state) {
  static constexpr std::array<std::string_view, 6> kNames{"not_used", "not_billed", "free",
                                                          "priced",   "unpriced",   "unreported"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view refusal_name(Refusal refusal) {
  static constexpr std::array<std::string_view, 7> kNames{
      "none", "no_sheet", "not_sold", "prompt_unknown", "bad_usage", "other_class", "other_region"};
  return kNames[static_cast<std::size_t>(refusal)];
}

std::span<const MarkRow> marks() {
  return kMarks;
}

TariffKey key_for(std::string_view provider, std::string_view model, Currency currency,
                  const BillingFacts& facts, Wall known_at) {
  return {std::string(provider),
          std::string(model),
          currency,
          facts.service_class.empty() ? "standard" : facts.service_class,
          facts.region.empty() ? "any" : facts.region,
          known_at};
}

bool Bill::complete() const noexcept {
  return refusal == Refusal::none && !has(Mark::part_unpriced) && !has(Mark::other_modality) &&
         std::none_of(states.begin(), states.end(), [](MeterState state) {
           return state == MeterState::unpriced || state == MeterState::unreported;
         });
}

bool Bill::anything_known() const noexcept {
  return refusal == Refusal::none && std::any_of(states.begin(), states.end(), [](MeterState state) {
           return state == MeterState::priced || state == MeterState::free;
         });
}

std::optional<Money> Bill::total() const noexcept {
  return anything_known() ? std::optional(Money(currency, total_atto)) : std::nullopt;
}

std::optional<Money> Bill::low() const noexcept {
  return anything_known() ? std::optional(Money(currency, low_atto)) : std::nullopt;
}

std::optional<Money> Bill::high() const noexcept {
  return anything_known() ? std::optional(Money(currency, high_atto)) : std::nullopt;
}

// bill_over: interval_bill.cpp.
Bill Tariff::bill(const Usage& usage, const BillingFacts& facts) const noexcept {
  return Biller(*resolved_, usage, facts).run();
}

std::vector<const Evidence*> Tariff::records(const Bill& bill) const {
  std::vector<const Evidence*> used;
  if (bill.refusal != Refusal::none) return used;
  const Book& book = *resolved_->book;
  const Segment& segment = resolved_->segments[bill.segment];
  for (const std::uint32_t alias : segment.aliases) used.push_back(&book.aliases[alias].evidence);
  used.push_back(&book.prices[segment.rows[bill.row].price].evidence);
  for (const std::uint32_t multiplier : segment.multipliers)
    used.push_back(&book.multipliers[multiplier].evidence);
  for (std::size_t i = 0; i < kUnitMeters.size(); ++i)
    if (segment.units[i] && bill.state(kUnitMeters[i].meter) != MeterState::not_used)
      used.push_back(&book.units[segment.units[i]->record].evidence);
  return used;
}

std::string Tariff::reason(const Bill& bill) const {
  const TariffKey& key = resolved_->key;
  const Segment& segment = resolved_->segments[bill.segment];
  switch (bill.refusal) {
    case Refusal::none:
      return "";
    case Refusal::no_sheet:
      return segment.reason;
    case Refusal::not_sold:
      return !segment.reason.empty() ? segment.reason
                                     : fmt::format("{}/{} is not sold as {} for this prompt size",
                                                   key.provider, key.model, key.service_class);
    case Refusal::prompt_unknown:
      return "the price depends on the prompt size, and the input tokens were not reported";
    case Refusal::bad_usage:
      return "a count is negative";
    case Refusal::other_class:
      return fmt::format("the attempt was not served as {}, which this tariff is for", key.service_class);
    case Refusal::other_region:
      return fmt::format("the attempt was not served in region {}, which this tariff is for", key.region);
  }
  return "";
}

}  // namespace costwar::pricing
