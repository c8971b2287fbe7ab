// What a tariff does over time: periods of equal prices, the next change of the band, what was announced and
// never held, and what else is charged for besides tokens. Pure; pointers live as long as the tariff's book.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pricing/tariff.h"

namespace costwar::pricing {

// [from, until) in which one sheet holds, or none.
struct Period {
  Wall from;
  Wall until;
  std::uint32_t segment = 0;  // the first segment of it
};

// The periods that meet [from, until), ascending, without cutting the first and the last. Neighbours with the
// same records and rates are one.
std::vector<Period> periods(const Tariff& tariff, Wall from, Wall until);

// When another band than that of `instant` begins; nullopt when none does within two years.
std::optional<Wall> next_band(const Calendar& calendar, Wall instant);

// The model itself and every model that it was ever an alias of.
std::vector<std::string> served_names(const Book& book, const TariffKey& key);

// Prices and aliases of the model that were announced and withdrawn or overtaken, or are only shown. For
// aliases `price` is absent.
struct Withdrawn {
  const Evidence* evidence = nullptr;
  const PriceRecord* price = nullptr;
  const AliasRecord* alias = nullptr;
};
std::vector<Withdrawn> never_in_force(const Tariff& tariff);

// What is charged per call, page or token-hour in the tariff's currency at the instant: the newest record for
// each item and caller.
std::vector<const UnitRecord*> units_at(const Tariff& tariff, Wall instant);

// "Mon 2026-08-17 09:00 (UTC+08:00)"
std::string local_time(const Calendar& calendar, Wall instant);

// "peak Mon to Fri 09:00 to 12:00, 14:00 to 18:00; holidays off-peak; otherwise off-peak (UTC+08:00)"
std::string calendar_words(const Calendar& calendar);

// Why the band of that instant holds: "in the window Mon to Fri 09:00 to 12:00", "outside the windows", or
// the holiday.
std::string band_reason(const Calendar& calendar, Wall instant);

// For people: "peak", "off-peak", "" for all.
std::string band_words(Band band);

}  // namespace costwar::pricing
