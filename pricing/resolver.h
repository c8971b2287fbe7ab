// The six query steps of docs/pricing.md at one instant: which records a question about a price can see,
// which of them are in effect, and what sheet they make. A Resolver is a short-lived view of a book and a
// key; both must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pricing/tariff.h"

namespace costwar::pricing {

// What step 3 finds: the rows of the newest sheet, or the alias that is newer than any sheet. Indices into
// the book.
struct FoundSheet {
  std::vector<std::uint32_t> rows;
  std::optional<std::uint32_t> alias;
  bool empty() const { return rows.empty() && !alias; }
};

// What decides between two records in effect: the layer, then the start.
using Rank = std::pair<std::uint32_t, Wall>;
Rank rank_of(const Evidence& evidence);

class Resolver {
 public:
  Resolver(const Book& book, const TariffKey& key) : book_(book), key_(key) {}

  // Steps 1 and 2: whether the record may be seen at the key's known_at, and holds at the instant.
  bool counts(const Evidence& evidence, Wall instant) const;

  // Step 3, for one model, class and region: out of the highest layer that has anything in effect.
  FoundSheet newest(std::string_view model, std::string_view service_class, std::string_view region,
                    Wall instant) const;

  // All steps up to the choice of a row, which depends on the attempt. The instant becomes the segment's
  // start.
  Segment segment_at(Wall instant) const;

  // Every instant at which an answer can change, ascending; the first is kBeginning.
  std::vector<Wall> breakpoints() const;

  // The unit price in effect that best fits: the highest layer, there a record for this caller before one for
  // any caller, the newest first. Empty `item` with a unit finds by unit instead.
  std::optional<std::uint32_t> unit(std::string_view model, std::string_view item, std::string_view unit,
                                    std::string_view caller, Wall instant) const;

 private:
  bool visible(const Evidence& evidence, Wall instant) const;
  std::optional<std::uint32_t> multiplier(const std::string& model, Dimension dimension,
                                          std::string_view value, Wall instant, std::string& why_not) const;
  void multiply(Segment& segment, const std::string& model, Wall instant) const;
  void fill_rows(Segment& segment, const FoundSheet& sheet) const;
  void finish(Segment& segment, const std::string& model) const;
  void find_units(Segment& segment, const std::string& model, Wall instant) const;

  const Book& book_;
  const TariffKey& key_;
};

}  // namespace costwar::pricing
