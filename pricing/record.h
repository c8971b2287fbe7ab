// What a price book holds, as values: price sheets, aliases, multipliers, unit prices, calendars and model
// facts, each with where it comes from and when it held. A record has two time axes: it held in [from, until)
// and could be known in [known_from, known_until). A parsed Book never changes; PriceBook and Tariff share it
// between threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/int128.h"
#include "core/money.h"
#include "core/time.h"
#include "pricing/calendar.h"

namespace costwar::pricing {

inline constexpr Wall kBeginning{std::numeric_limits<std::int64_t>::min()};  // a start that is not known
inline constexpr Wall kForever{std::numeric_limits<std::int64_t>::max()};    // an open end

enum class Status : std::uint8_t {
  in_force,       // held in its interval, past ones too
  scheduled,      // published for the future
  cancelled,      // announced, then withdrawn
  never_applied,  // announced, then overtaken
  reference,      // shown, never charged
};
enum class Precision : std::uint8_t { minute, day, month, unknown };
enum class SourceKind : std::uint8_t { official, official_copy, third_party };
enum class RateKind : std::uint8_t { list, promo };

// What every record carries, whatever its kind.
struct Evidence {
  std::string id;
  std::string where;  // "deepseek.json: /records/3"
  std::string provider;
  // Whose book the record is from: 0 is the built-in one, higher ones are the user's own.
  std::uint32_t layer = 0;
  // The layer that it answers in: its own, or the lowest whose record of the same id it replaces.
  std::uint32_t place = 0;
  Status status = Status::in_force;
  Wall from = kBeginning;
  Wall until = kForever;
  Precision from_precision = Precision::unknown;
  Precision until_precision = Precision::unknown;
  Wall known_from = kBeginning;
  Wall known_until = kForever;
  std::optional<Wall> until_known_from;  // before it the record counts as open-ended
  std::string known_from_basis;
  bool confirmed = false;
  std::vector<std::string> unconfirmed;  // fields of the record that are not settled
  SourceKind source_kind = SourceKind::third_party;
  std::vector<std::string> sources;
  std::string seen;                // day or month of the page or copy
  std::string last_verified;       // day or month of the newest agreeing one
  Wall verified_until = kForever;  // first instant after the day or month of last_verified
  std::string notes;
};

// The meters that a price sheet has rates for. Reasoning is billed as output.
enum class Rate : std::uint8_t { input, cache_read, cache_write_5m, cache_write_1h, output };
inline constexpr std::size_t kRateCount = 5;
std::string_view rate_name(Rate rate);

// 1e-18 of a currency unit per single token (or per single call, page or token-hour).
using AttoRate = int128;
// The largest rate: keeps rate x count within 128 bits for every 64-bit count, and the sum over all meters
// too.
inline constexpr AttoRate kMaxRate = 1'000'000'000'000'000'000;
using Rates = std::array<std::optional<AttoRate>, kRateCount>;

// The prompt sizes that one row covers, both ends included.
struct TokenRange {
  std::int64_t low = 0;
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
  bool low_unsettled = false;   // catalogues differ on whether a prompt of exactly `low` belongs here
  bool high_unsettled = false;  // the same for exactly `high`
  bool overlaps(const TokenRange& other) const { return low <= other.high && other.low <= high; }
  bool holds(std::int64_t tokens) const { return low <= tokens && tokens <= high; }
  friend bool operator==(const TokenRange&, const TokenRange&) = default;
};

struct PriceRecord {
  Evidence evidence;
  std::string model;
  std::vector<std::string> served_versions;
  Currency currency;
  std::string service_class;
  std::string region;
  std::optional<std::uint32_t>
      calendar;  // index into Book::calendars; with it, `band` says when this row holds
  Band band = Band::all;
  std::optional<TokenRange> tier;
  Rates rates;
  RateKind rate_kind = RateKind::list;
  bool derived = false;                     // composed from a sourced rule
  std::optional<Wall> promo_assured_until;  // the vendor promised the promo at least until then
};

struct AliasRecord {
  Evidence evidence;
  std::string model;
  std::string alias_of;
  std::string alias_effort;
  std::vector<std::string> served_versions;
};

enum class Dimension : std::uint8_t { service_class, region };

// A factor is a count of millionths: 1.1 is 1,100,000.
inline constexpr std::int64_t kFactorUnit = 1'000'000;

// Which models a rule is for: "*", a prefix such as "gemini-3*", or a name.
bool matches_model(const std::vector<std::string>& patterns, const std::string& model);

struct MultiplierRecord {
  Evidence evidence;
  std::vector<std::string> models;
  std::vector<std::string> except_models;
  std::string models_released_from;  // a date, or empty
  Dimension dimension = Dimension::service_class;
  std::string value;
  std::int64_t factor_low = kFactorUnit;
  std::int64_t factor_high = kFactorUnit;
  std::array<bool, kRateCount> covers{};
};

enum class UnitState : std::uint8_t { priced, free, unpriced };

struct UnitRecord {
  Evidence evidence;
  std::vector<std::string> models;
  std::string item;    // "web_search", ...
  std::string caller;  // "any", "direct_api", ...
  Currency currency;
  std::string unit;                  // "per_1000_calls", ...
  std::int64_t units_per_price = 1;  // 1000 for "per_1000_calls"
  UnitState state = UnitState::unpriced;
  AttoRate per_unit = 0;  // per single call, page or token-hour; only when priced
  std::optional<std::int64_t> free_units_per_month;
};

struct ModelVersion {
  std::string id;
  std::string served_from;
  std::string note;
};

// Unknown figures are absent. Parameter counts are decimal text in billions.
struct ModelFacts {
  std::string id;     // "provider/model"
  std::string where;  // "models.json: /models/3"
  std::uint32_t layer = 0;
  std::string name;
  std::string same_weights_as;
  bool priced = false;
  std::string released;  // a date, or empty
  std::optional<Wall> retired_at;
  std::string license;
  std::string weights;
  std::optional<std::int64_t> context_tokens;
  std::optional<std::int64_t> max_input_tokens;
  std::optional<std::int64_t> max_output_tokens;
  std::string params_total_b;
  std::string params_active_b;
  std::string params_active_prefill_b;
  std::string params_active_decode_b;
  std::vector<std::string> efforts;
  std::string default_effort;
  std::vector<ModelVersion> versions;
  std::vector<std::string> unconfirmed;
  std::vector<std::string> sources;
  std::string notes;
};

struct Book {
  std::vector<Calendar> calendars;
  std::vector<PriceRecord> prices;
  std::vector<AliasRecord> aliases;
  std::vector<MultiplierRecord> multipliers;
  std::vector<UnitRecord> units;
  std::vector<ModelFacts> models;
  const ModelFacts* model(std::string_view id) const;  // by "provider/model"; nullptr when not listed
};

}  // namespace costwar::pricing
