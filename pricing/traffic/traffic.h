// Traffic: what a usage log adds up to. A group is one combination of the dimensions that were asked for
// (model and day, say); it holds exact sums of tokens per meter and of money per meter and column. Column 0
// is the bill of the model that answered; further columns are the same requests at other models' rates. Two
// Traffics of parts of a log merge to the same digits as the whole log. Memory grows with the distinct
// groups, never with the records.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/int128.h"
#include "core/money.h"
#include "core/usage.h"
#include "pricing/tariff.h"

namespace costwar::pricing {

// Money of one group in one column. Amounts are 1e-18 of the column's currency.
struct CostSum {
  std::array<int128, kMeterCount> atto{};  // per meter
  int128 total = 0;
  int128 low = 0;  // the least and the most that it can be under any reading of the tariff
  int128 high = 0;
  std::int64_t unpriced = 0;  // records without any price
  std::int64_t partly = 0;    // records of which some meter has no price: the total is "at least"
  std::uint32_t marks = 0;    // union over the bills

  // Error{input} when a sum leaves 128 bits.
  void add(const Bill& bill);
  void add(const CostSum& other);
};

struct TrafficGroup {
  std::int64_t records = 0;
  std::int64_t requests = 0;  // more than records where a record stands for several
  std::array<int128, kMeterCount> counts{};
  std::vector<CostSum> costs;  // one per column

  void add(const TrafficGroup& other);
};

struct TrafficColumn {
  std::string title;  // "as billed", or "provider/model"
  Currency currency;
};

// Why some records have no price, or not all of it: one line each, with how many.
using ReasonCounts = std::map<std::string, std::int64_t>;

struct Traffic {
  std::vector<std::string> dimensions;  // "model", "day", ...
  std::vector<TrafficColumn> columns;
  std::map<std::vector<std::string>, TrafficGroup> groups;  // by the values of the dimensions
  std::int64_t records = 0;
  std::int64_t without_usage = 0;  // read, and nothing in it counts tokens
  std::int64_t not_billed = 0;     // answered from a gateway's own cache
  std::int64_t zone_assumed = 0;   // instants without a zone, read as UTC
  std::int64_t repeated_ids = 0;   // records with the id of the record before them
  std::uint32_t mapped = 0;        // a bit per --map whose field some record had
  std::optional<Wall> first;       // earliest and latest request
  std::optional<Wall> last;
  std::vector<ReasonCounts> gaps;  // per column

  // The other must have the same dimensions and columns.
  void merge(const Traffic& other);
  TrafficGroup total() const;
};

}  // namespace costwar::pricing
