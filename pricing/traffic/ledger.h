// Ledger: takes the records of a usage log one by one, bills each (as it was served, and as other models
// would bill it), and adds up groups. One ledger per thread; they merge to the same digits as one ledger over
// everything. A record allocates nothing unless its model or its group is new.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/money.h"
#include "core/time.h"
#include "pricing/price_book.h"
#include "pricing/traffic/model_names.h"
#include "pricing/traffic/text_index.h"
#include "pricing/traffic/traffic.h"
#include "pricing/traffic/usage_record.h"

namespace costwar::pricing {

// A factor for token counts, in millionths, with what it may be at least and at most.
struct CountFactor {
  std::int64_t estimate = 1'000'000;
  std::int64_t low = 1'000'000;
  std::int64_t high = 1'000'000;
  bool exact_one() const { return estimate == 1'000'000 && low == 1'000'000 && high == 1'000'000; }
};
struct TokenRatio {
  CountFactor input;   // prompt tokens: fresh, cached and written
  CountFactor output;  // visible and reasoning
};

// One --as: the same requests at this model's rates.
struct AsModel {
  std::string name;  // "provider/model"
  Tariff tariff;
  // How many tokens this model would count where `served` counted one; nullopt: nothing is known, so the same
  // counts are assumed.
  std::function<std::optional<TokenRatio>(const std::string& served)> ratio;
};

struct LedgerOptions {
  const PriceBook* book = nullptr;    // outlives the ledger
  const ModelNames* names = nullptr;  // the same
  Wall known_at;
  Currency currency;                    // of column 0
  std::vector<std::string> dimensions;  // rows of dimensions(), or the paths of tags
  std::vector<std::string> tags;        // paths, as given to log_fields()
  std::int64_t day_offset_ns = 0;       // where days begin: local time minus UTC
  std::optional<Wall> at;               // bill everything at this instant instead of its own
  std::vector<AsModel> as;
  bool as_without_cache = false;  // in the --as columns, all input is fresh
};

// The dimensions that have names: "model", "provider", "day", "month", "hour", "class", "user", "project",
// "key".
std::vector<std::string> dimension_names();

// Sees every record with its bill, in the order of the log; for --each.
class BillSink {
 public:
  virtual ~BillSink() = default;
  // `model`: "provider/model", or what the log said. `tariff`: nullptr where there is none.
  virtual void take(const UsageRecord& record, const std::string& model, const Tariff* tariff,
                    const Bill& bill, const std::string& reason) = 0;
};

class Ledger {
 public:
  explicit Ledger(const LedgerOptions& options, BillSink* each = nullptr);
  ~Ledger();
  Ledger(Ledger&&) noexcept;

  void add(const UsageRecord& record);
  void count_without_usage() { ++without_usage_; }
  void count_not_billed() { ++not_billed_; }

  Traffic finish() const;

 private:
  struct Served;
  void add_at(const UsageRecord& record);
  Served& served(const UsageRecord& record);
  TrafficGroup& group(const UsageRecord& record, const Served& served);
  Bill own_bill(Served& served, const UsageRecord& record, std::string& reason) const;
  void add_as(Served& served, const UsageRecord& record, TrafficGroup& group);

  const LedgerOptions* options_;
  BillSink* each_;
  TextIndex served_index_;
  std::vector<std::unique_ptr<Served>> served_;
  TextIndex group_index_;
  std::vector<TrafficGroup> groups_;
  std::vector<std::vector<std::string>> group_keys_;
  std::vector<std::uint8_t> dimension_kinds_;
  std::string buffer_;
  std::int64_t records_ = 0;
  std::int64_t without_usage_ = 0;
  std::int64_t not_billed_ = 0;
  std::int64_t zone_assumed_ = 0;
  Wall first_ = kForever;
  Wall last_ = kBeginning;
};

}  // namespace costwar::pricing
