#include "pricing/traffic/dimensions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "core/durations.h"
#include "core/error.h"

namespace costwar::pricing {
namespace {

// Tags are numbered from kTag on.
enum DimensionKind : std::uint8_t {
  kModel,
  kProvider,
  kDay,
  kMonth,
  kHour,
  kClass,
  kUser,
  kProject,
  kKey,
  kTag
};
constexpr std::array<std::string_view, kTag> kDimensionNames{"model", "provider", "day",     "month", "hour",
                                                             "class", "user",     "project", "key"};

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value >= 0 ? value / by : -((-value + by - 1) / by);
}

bool is_period(std::uint8_t kind) {
  return kind == kDay || kind == kMonth || kind == kHour;
}

// The period's number, so that equal periods have equal keys. Months are made of days when they are named.
std::int64_t period_of(std::uint8_t kind, Wall instant, std::int64_t offset_ns) {
  return floor_div(instant.ns + offset_ns, kind == kHour ? kNanosPerHour : kNanosPerDay);
}

std::string period_text(std::uint8_t kind, std::int64_t period) {
  const CivilDate date = civil_from_days(kind == kHour ? floor_div(period, 24) : period);
  if (kind == kMonth) return fmt::format("{:04}-{:02}", date.year, date.month);
  const std::string day = fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
  return kind == kHour ? fmt::format("{}T{:02}", day, period - floor_div(period, 24) * 24) : day;
}

void append_number(std::string& key, std::int64_t number) {
  key.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

std::vector<std::string> dimension_names() {
  return {kDimensionNames.begin(), kDimensionNames.end()};
}

Dimensions::Dimensions(const std::vector<std::string>& names, const std::vector<std::string>& tags,
                       std::int64_t day_offset_ns)
    : day_offset_ns_(day_offset_ns) {
  for (const std::string& name : names) {
    const auto* found = std::find(kDimensionNames.begin(), kDimensionNames.end(), name);
    const auto tag = std::find_if(tags.begin(), tags.end(), [&](const std::string& path) {
      return name == path || name == "tag:" + path;
    });
    // A field that is called like a dimension is meant only as tag:NAME.
    if (tag != tags.end() && (found == kDimensionNames.end() || name != *tag)) {
      kinds_.push_back(static_cast<std::uint8_t>(kTag + (tag - tags.begin())));
    } else if (found != kDimensionNames.end()) {
      kinds_.push_back(static_cast<std::uint8_t>(found - kDimensionNames.begin()));
    } else {
      throw Error(ErrorKind::internal, fmt::format("the dimension {} is no tag", name));
    }
  }
}

void Dimensions::append_key(const UsageRecord& record, std::string& key) const {
  for (const std::uint8_t kind : kinds_) {
    if (is_period(kind)) {
      append_number(key, record.has_time ? period_of(kind, record.facts.requested, day_offset_ns_)
                                         : std::numeric_limits<std::int64_t>::min());
    } else if (kind >= kUser) {  // the served model tells the others
      const std::string_view text = text_of(kind, record);
      append_number(key, static_cast<std::int64_t>(text.size()));
      key += text;
    }
  }
}

std::vector<std::string> Dimensions::values(const UsageRecord& record, const std::string& model,
                                            const std::string& provider) const {
  std::vector<std::string> values;
  for (const std::uint8_t kind : kinds_) {
    if (kind == kModel) {
      values.push_back(model);
    } else if (kind == kProvider) {
      values.push_back(provider);
    } else if (is_period(kind)) {
      values.push_back(
          record.has_time ? period_text(kind, period_of(kind, record.facts.requested, day_offset_ns_)) : "");
    } else {
      values.emplace_back(text_of(kind, record));
    }
  }
  return values;
}

std::string_view Dimensions::text_of(std::uint8_t kind, const UsageRecord& record) const {
  switch (kind) {
    case kClass:
      return record.service_class;
    case kUser:
      return record.user;
    case kProject:
      return record.project;
    case kKey:
      return record.api_key;
    default:
      return record.tags != nullptr ? (*record.tags)[static_cast<std::size_t>(kind - kTag)]
                                    : std::string_view();
  }
}

}  // namespace costwar::pricing
