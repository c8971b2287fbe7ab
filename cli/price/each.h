// EachBill: --each, one JSON line for every record of a usage log, in the order of the log: what it costs, by
// which records of the price book, and how sure that is (docs/traffic.md has the keys).
#pragma once

#include <string>

#include "cli/output.h"
#include "pricing/traffic/scan.h"

namespace costwar::cli {

class EachBill final : public pricing::BillSink {
 public:
  explicit EachBill(LineOutput& output) : output_(output) {}

  void take(const pricing::UsageRecord& record, const std::string& model, const pricing::Tariff* tariff,
            const pricing::Bill& bill, const std::string& reason) override;
  void flush();

  pricing::RecordPlace place;  // of the record to come

 private:
  LineOutput& output_;
  std::string lines_;
};

}  // namespace costwar::cli
