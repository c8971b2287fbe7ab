// Dimensions: by what a usage log is added up, and which group a record belongs to. Immutable; shared between
// threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pricing/traffic/usage_record.h"

namespace costwar::pricing {

// The dimensions that have names: "model", "provider", "day", "month", "hour", "class", "user", "project",
// "key".
std::vector<std::string> dimension_names();

class Dimensions {
 public:
  // `names`: rows of dimension_names(), or members of `tags`, with or without "tag:" in front.
  // `day_offset_ns`: local time minus UTC. Error{internal} for any other.
  Dimensions(const std::vector<std::string>& names, const std::vector<std::string>& tags,
             std::int64_t day_offset_ns);

  // What tells groups of the same served model apart, appended to `key` as bytes.
  void append_key(const UsageRecord& record, std::string& key) const;

  // The group's values for people. A period is empty where the record has no time.
  std::vector<std::string> values(const UsageRecord& record, const std::string& model,
                                  const std::string& provider) const;

 private:
  std::string_view text_of(std::uint8_t kind, const UsageRecord& record) const;

  std::vector<std::uint8_t> kinds_;
  std::int64_t day_offset_ns_;
};

}  // namespace costwar::pricing
