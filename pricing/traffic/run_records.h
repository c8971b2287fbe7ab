// RunRecords: the rows of a run that costwar exported, as usage records. One thread; rows in their order.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "core/run.h"
#include "pricing/traffic/usage_record.h"

namespace costwar::pricing {

class RunRecords {
 public:
  explicit RunRecords(RunHeader header) : header_(std::move(header)) {}

  // The record of an attempt that used something; nothing for other rows. Its texts live until the next call.
  // Error{input} for a row that names what is not there.
  std::optional<UsageRecord> take(const RunRow& row);

 private:
  RunHeader header_;
  std::unordered_map<std::int64_t, std::uint32_t> models_;  // by trial
  Attempt attempt_;                                         // what the record's texts point to
};

}  // namespace costwar::pricing
