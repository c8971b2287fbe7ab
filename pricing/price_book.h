// PriceBook: all price records that were given, parsed from bytes and checked, and the two questions to ask
// them: what does this model cost (resolve), and what is in here (list). Immutable after parse; safe to share
// between threads; tariffs keep the book's data alive.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/money.h"
#include "core/time.h"
#include "pricing/record.h"
#include "pricing/tariff.h"

namespace costwar::pricing {

// A file's bytes and the name that complaints use. Sources of one layer make one book; a higher layer wins
// over a lower one, see pricing/layers.h.
struct Source {
  std::string name;
  std::string_view bytes;
  std::uint32_t layer = 0;  // 0: the built-in book; higher: the user's own
};

// Why there is no price, and what to do about it (may be empty).
struct Unpriced {
  std::string reason;
  std::string hint;
};

// What is charged per call, page or token-hour besides tokens.
struct UnitKey {
  std::string provider;
  std::string model;
  std::string item;            // "web_search", "fetch", ...
  std::string caller = "any";  // who makes the call, where the vendor tells callers apart
  Currency currency;
  Wall instant;
  Wall known_at;
};
struct UnitPrice {
  MeterState state = MeterState::unpriced;  // free, priced or unpriced
  Money per_unit;                           // per single unit; 0 unless priced
  std::optional<std::int64_t> free_units_per_month;
  const Evidence* evidence = nullptr;  // lives as long as the book
};

// One row of a listing: a price row in effect, or an alias.
struct ListedPrice {
  std::string provider;
  std::string model;
  std::string alias_of;  // not empty: an alias, without rates of its own
  Currency currency;
  std::string service_class;
  std::string region;
  std::string_view band;
  bool in_effect = true;  // false for a band that does not hold at the instant asked for
  TokenRange tier;
  std::array<std::optional<Money>, kRateCount> per_million;  // indexed by Rate; nullopt: not known
  std::string_view status;
  std::string_view rate_kind;
  bool confirmed = false;
  bool derived = false;
  std::size_t source_count = 0;
  const Evidence* evidence = nullptr;  // lives as long as the book
};

class PriceBook {
 public:
  // Reads every source, in any order; records of one may refer to another's. Error{input} names source and
  // pointer.
  static PriceBook parse(std::span<const Source> sources);

  // A tariff for all instants, or why no instant has a price.
  std::variant<Tariff, Unpriced> resolve(const TariffKey& key) const;

  std::variant<UnitPrice, Unpriced> unit_price(const UnitKey& key) const;

  // The sheets in effect at an instant as known at another, by provider, model, currency, class and region.
  std::vector<ListedPrice> list(Wall instant, Wall known_at) const;

  const Book& book() const { return *book_; }

 private:
  explicit PriceBook(std::shared_ptr<const Book> book) : book_(std::move(book)) {}
  Unpriced explain_absence(const TariffKey& key) const;

  std::shared_ptr<const Book> book_;
};

std::string_view status_name(Status status);
std::string_view rate_kind_name(RateKind kind);
std::string_view source_kind_name(SourceKind kind);

}  // namespace costwar::pricing
