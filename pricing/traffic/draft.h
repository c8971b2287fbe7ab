// Draft: what one record of a usage log said, field by field, before anything is made of it. Readers of JSON
// and CSV fill drafts; make_record() turns a draft into a UsageRecord or says why it cannot. Texts are views
// into the reader's buffers and live until its next line.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time.h"
#include "core/usage.h"
#include "core/usage/normalise.h"

namespace costwar::pricing {

inline constexpr std::size_t kMaxTags = 8;

// What a field of a log can mean.
enum class Slot : std::uint8_t {
  none,
  // Texts.
  provider,
  model,        // the model that answered
  asked_model,  // the model that was asked for; counts where no other is told
  service_class,
  region,
  currency,
  user,
  project,
  api_key,
  operation,  // OpenTelemetry's gen_ai.operation.name
  tag,        // a dimension of the user's own; Target::index says which
  // Instants.
  requested,
  completed,
  // Numbers and truth values.
  requests,   // how many requests the record stands for: its instants are then a bucket's start and end
  batch,      // true: the batch class. A text (a batch line's custom_id) means true
  cache_hit,  // true: answered from a gateway's own cache, so that no vendor billed it
  raw,        // one count, by meaning; Target::index is the member's place in kRawMembers
  meter,      // one count of a meter, disjoint from the others; Target::index is the Meter
  // Objects.
  usage,    // keys that raw_usage_field() knows, at any depth
  timings,  // the same, and weaker: only where there is no usage
};
inline constexpr std::size_t kTextSlots = 9;  // provider .. operation

struct Target {
  Slot slot = Slot::none;
  std::uint8_t index = 0;
  friend bool operator==(const Target&, const Target&) = default;
};

// The members of RawUsage that a field of a log can name, and their names in --map.
struct RawMember {
  std::string_view name;
  std::optional<std::int64_t> RawUsage::*member;
};
inline constexpr std::array<RawMember, 10> kRawMembers{{{"input", &RawUsage::input},
                                                        {"output", &RawUsage::output},
                                                        {"total", &RawUsage::total},
                                                        {"cached", &RawUsage::cached},
                                                        {"cache_write", &RawUsage::cache_write},
                                                        {"cache_write_5m", &RawUsage::cache_write_5m},
                                                        {"cache_write_1h", &RawUsage::cache_write_1h},
                                                        {"reasoning", &RawUsage::reasoning},
                                                        {"tool_calls", &RawUsage::tool_calls},
                                                        {"web_searches", &RawUsage::web_searches}}};

struct LoggedInstant {
  Wall at;
  bool day_only = false;      // the time of day is not told
  bool zone_assumed = false;  // no zone was told: read as UTC
};

// RFC 3339, the same without a zone, a date, or a count since 1970 in seconds, ms, µs or ns (told apart by
// size: seconds below 1e11, then by factors of 1000). nullopt for anything else.
std::optional<LoggedInstant> read_instant(std::string_view text) noexcept;
std::optional<LoggedInstant> instant_of_number(std::int64_t number) noexcept;

struct Draft {
  std::array<std::string_view, kTextSlots> texts{};
  std::array<std::string_view, kMaxTags> tags{};
  std::optional<LoggedInstant> requested;
  std::optional<LoggedInstant> completed;
  std::optional<std::int64_t> requests;
  RawUsage raw;
  RawUsage timings;
  std::array<std::optional<std::int64_t>, kMeterCount> meters{};
  std::optional<UsageDialect> dialect;  // the last that a key told
  bool has_raw = false;
  bool has_timings = false;
  bool has_meters = false;
  bool prompt_tokens = false;  // the input came under OpenAI's name: then cache counts are within it
  bool batch = false;
  bool cache_hit = false;
  std::string_view bad_field;  // a field that holds something that it cannot; empty: none

  std::string_view& text(Slot slot) { return texts[static_cast<std::size_t>(slot) - 1]; }
  std::string_view text(Slot slot) const { return texts[static_cast<std::size_t>(slot) - 1]; }

  // Stores one value; `field` names it in a complaint. Text may be a number that was quoted, as protobuf's
  // JSON writes it; empty text is no value.
  void take_text(Target target, std::string_view value, std::string_view field) noexcept;
  void take_integer(Target target, std::int64_t value, std::string_view field) noexcept;
  void take_boolean(Target target, bool value) noexcept;
};

// A whole number in decimal digits with an optional sign; nullopt for anything else or beyond 64 bits.
std::optional<std::int64_t> whole_number(std::string_view text) noexcept;

}  // namespace costwar::pricing
