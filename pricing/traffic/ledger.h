// Ledger: takes the records of a usage log one by one, bills each (as it was served, and as other models
// would bill it), and adds up groups. One ledger per thread; they merge to the same digits as one ledger over
// everything. A record allocates nothing unless its model or its group is new.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/money.h"
#include "core/time.h"
#include "pricing/price_book.h"
#include "pricing/traffic/dimensions.h"
#include "pricing/traffic/model_names.h"
#include "pricing/traffic/other_rates.h"
#include "pricing/traffic/served_model.h"
#include "pricing/traffic/text_index.h"
#include "pricing/traffic/traffic.h"
#include "pricing/traffic/usage_record.h"

namespace costwar::pricing {

struct LedgerOptions {
  const PriceBook* book = nullptr;    // outlives the ledger
  const ModelNames* names = nullptr;  // the same
  Wall known_at;
  Currency currency;                    // of column 0
  std::vector<std::string> dimensions;  // rows of dimensions(), or the paths of tags
  std::vector<std::string> tags;        // paths, as given to log_fields()
  std::int64_t day_offset_ns = 0;       // where days begin: local time minus UTC
  std::optional<Wall> at;               // bill everything at this instant; groups keep their own periods
  std::vector<AsModel> as;
  bool as_without_cache = false;  // in the --as columns, all input is fresh
};

// Sees every record with its bill, in the order of the log; for --each.
class BillSink {
 public:
  virtual ~BillSink() = default;
  // `record`: with its own instant, also where the bill is at another. `model`: "provider/model", or what the
  // log said. `tariff`: nullptr where there is none.
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
  ServedModel& served(const UsageRecord& record);
  TrafficGroup& group(const UsageRecord& record, const ServedModel& served);
  void bill(ServedModel& served, const UsageRecord& record, const UsageRecord& billed, TrafficGroup& group);
  Bill own_bill(ServedModel& served, const UsageRecord& record, std::string& reason) const;
  void add_as(ServedModel& served, const UsageRecord& record, TrafficGroup& group);

  const LedgerOptions* options_;
  BillSink* each_;
  Dimensions dimensions_;
  TextIndex served_index_;
  std::vector<std::unique_ptr<ServedModel>> served_;
  TextIndex group_index_;
  std::vector<TrafficGroup> groups_;
  std::vector<std::vector<std::string>> group_values_;
  std::string buffer_;
  std::int64_t records_ = 0;
  std::int64_t without_usage_ = 0;
  std::int64_t not_billed_ = 0;
  std::int64_t zone_assumed_ = 0;
  Wall first_ = kForever;
  Wall last_ = kBeginning;
};

}  // namespace costwar::pricing
