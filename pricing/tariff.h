// Tariff: the prices of one (provider, model, currency, service class, region) as known at one instant,
// resolved over all of time, so that one Tariff bills every attempt of a run. Bill: what one attempt costs,
// meter by meter, with how settled that is. A Tariff is immutable and shares its price book; copies are cheap
// and may be used from any thread. Tariff::bill allocates nothing and never throws.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/attempt.h"
#include "core/money.h"
#include "core/usage.h"
#include "pricing/record.h"

namespace costwar::pricing {

struct TariffKey {
  std::string provider;
  std::string model;  // the API name, without the provider
  Currency currency;
  std::string service_class = "standard";
  std::string region = "any";
  Wall known_at;  // only what could be known at this instant counts
};

// The key that an attempt asks for; class and region that were not told are "standard" and "any".
TariffKey key_for(std::string_view provider, std::string_view model, Currency currency,
                  const BillingFacts& facts, Wall known_at);

enum class MeterState : std::uint8_t {
  not_used,    // no count, or a count of zero that has no rate
  not_billed,  // counted, but not what this tariff charges for (requests, machine time, energy)
  free,        // charged at 0
  priced,
  unpriced,    // it costs, and the amount is not known
  unreported,  // a bill needs this count and nobody reported it
};
std::string_view meter_state_name(MeterState state);

// Why there is no bill at all.
enum class Refusal : std::uint8_t {
  none,
  no_sheet,        // no price is recorded for that instant
  not_sold,        // this class, region, prompt size or band is not sold, or has no recorded rule
  prompt_unknown,  // the price depends on the prompt size, which nobody reported
  bad_usage,       // a negative count
  other_class,     // the attempt was served in another class than this tariff's
  other_region,
};
std::string_view refusal_name(Refusal refusal);

// What a reader has to know about a bill. Each has a row in marks().
enum class Mark : std::uint8_t {
  derived,               // a price composed from a sourced rule
  unconfirmed,           // a record or one of its fields is not confirmed
  start_unknown,         // the record's start is not known: treated as unbounded
  start_day_only,        // the instant lies on the day or month of a change whose hour is not known
  after_last_verified,   // nobody has looked since before this instant
  promo_may_have_ended,  // the promo was promised only until before this instant
  forecast,              // the instant lies after known_at
  band_instant_assumed,  // which instant decides the band is not settled
  band_boundary,         // exactly at the edge of a band, whose inclusion is not confirmed
  assumed_holiday,       // a holiday that is assumed, not confirmed
  after_holiday_table,   // the holiday table ends before this date
  tier_boundary,         // exactly at the threshold of a tier, where catalogues differ
  sheet_change,          // the tariff changed while the request ran
  factor_range,          // the vendor names a range of factors
  weak_counts,           // a count was tokenized by us or estimated, not reported
  time_unknown,          // only an interval of time is known, and the price changes in it
  prompt_size_unknown,   // several requests summed: more than one tier is possible
  part_unpriced,         // for a part of the possible times or prompt sizes no price is known
  other_modality,        // audio or image tokens are billed here at the rates of text
  user_price,            // a record used is from a book of the user's own, not the built-in one
  free_quota,            // calls that may be free: the vendor's free quota is the account's, per month
};
inline constexpr std::size_t kMarkCount = 21;
struct MarkRow {
  Mark mark;
  std::string_view name;
  std::string_view text;  // for people
};
std::span<const MarkRow> marks();

struct Bill {
  Currency currency;
  std::array<int128, kMeterCount> atto{};  // amount per meter; 0 unless priced
  std::array<MeterState, kMeterCount> states{};
  int128 total_atto = 0;  // sum over priced meters, under the reading that `marks` tell
  int128 low_atto = 0;    // the least and the most it can be under any reading
  int128 high_atto = 0;
  Refusal refusal = Refusal::none;
  std::uint32_t marks = 0;
  std::uint32_t segment = 0;  // for Tariff: where in the tariff this came from
  std::uint32_t row = 0;

  bool has(Mark mark) const noexcept { return (marks >> static_cast<unsigned>(mark) & 1U) != 0; }
  void add(Mark mark) noexcept { marks |= 1U << static_cast<unsigned>(mark); }
  MeterState state(Meter meter) const noexcept { return states[static_cast<std::size_t>(meter)]; }
  Money amount(Meter meter) const noexcept { return {currency, atto[static_cast<std::size_t>(meter)]}; }

  // Nothing refused, unpriced or unreported: the total is the whole cost. Otherwise it is "at least".
  bool complete() const noexcept;
  // False where one reading of the tariff gives another amount: then low() and high() differ.
  bool settled() const noexcept { return low_atto == high_atto; }
  // nullopt where not one meter could be priced: unknown is never zero. Where the vendor names a range of
  // factors, nothing supports one number, and the total is the upper bound.
  std::optional<Money> total() const noexcept;
  std::optional<Money> low() const noexcept;
  std::optional<Money> high() const noexcept;

 private:
  bool anything_known() const noexcept;
};

using BillFn = std::function<Bill(const Usage&, const BillingFacts&)>;

struct RateSpan {
  bool known = false;
  AttoRate low = 0;
  AttoRate high = 0;
  friend bool operator==(const RateSpan&, const RateSpan&) = default;
};

// One row of the sheet in effect, with all factors applied.
struct SheetRow {
  std::uint32_t price = 0;  // index into Book::prices
  Band band = Band::all;
  TokenRange tier;
  std::array<RateSpan, kRateCount> rates;
  std::uint32_t marks = 0;         // those that hold at every instant of the segment
  Wall verified_until = kForever;  // the earliest over all records used
  Wall start_day_until = kBeginning;
  Wall promo_until = kForever;
  friend bool operator==(const SheetRow&, const SheetRow&) = default;
};

// What is charged for besides tokens, and the item or the unit of its records. `what` is for people.
struct UnitMeter {
  Meter meter;
  std::string_view item;  // empty: any record of the unit
  std::string_view unit;
  std::string_view what;
};
inline constexpr std::array<UnitMeter, 2> kUnitMeters{
    {{Meter::cache_token_hours, "", "per_1m_token_hours", "cache storage"},
     {Meter::web_searches, "web_search", "", "web search"}}};

// The record in effect for one of kUnitMeters, with the doubts that it brings.
struct SheetUnit {
  std::uint32_t record = 0;  // index into Book::units
  std::uint32_t marks = 0;
  Wall verified_until = kForever;
  Wall start_day_until = kBeginning;
  friend bool operator==(const SheetUnit&, const SheetUnit&) = default;
};

// What holds from `from` until the next segment's start.
struct Segment {
  Wall from = kBeginning;
  Refusal refusal = Refusal::none;
  std::string reason;  // only with a refusal
  std::optional<std::uint32_t> calendar;
  bool tiered = false;
  std::vector<SheetRow> rows;
  std::vector<std::uint32_t> aliases;      // followed, in order; indices into Book::aliases
  std::vector<std::uint32_t> multipliers;  // applied; indices into Book::multipliers
  std::array<std::optional<SheetUnit>, kUnitMeters.size()> units;

  bool same_but_for_start(const Segment& other) const;
};

class Tariff {
 public:
  struct Resolved {
    std::shared_ptr<const Book> book;
    TariffKey key;
    std::vector<Segment> segments;  // ascending; the first starts at kBeginning
  };
  explicit Tariff(std::shared_ptr<const Resolved> resolved) : resolved_(std::move(resolved)) {}

  Bill bill(const Usage& usage, const BillingFacts& facts) const noexcept;

  // The bill of usage of which only an interval of time is known: low and high over every price and band that
  // holds in [facts.requested, until), and the total and its lines are those of the dearest. `requests` above
  // 1: the counts are sums over that many requests, so that the size of one prompt can be anything from 0 to
  // the sum, and every tier that this allows is a reading (a bound: it may be that not all requests fit into
  // it). An `until` that is not after facts.requested means that the instant is known. facts.completed is not
  // used unless the instant is known and it is one request. What has no price in a part of the interval is
  // marked and makes the bill incomplete. Allocates nothing.
  Bill bill_over(const Usage& usage, const BillingFacts& facts, Wall until,
                 std::int64_t requests = 1) const noexcept;

  const TariffKey& key() const noexcept { return resolved_->key; }
  const Resolved& resolved() const noexcept { return *resolved_; }

  // The records that the bill rests on: aliases, price row, multipliers, units. Empty for a refused bill.
  // The bill must come from this tariff; the pointers live as long as it does.
  std::vector<const Evidence*> records(const Bill& bill) const;

  // One line that says why the bill was refused; empty when it was not.
  std::string reason(const Bill& bill) const;

 private:
  std::shared_ptr<const Resolved> resolved_;
};

}  // namespace costwar::pricing
