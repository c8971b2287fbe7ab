// Draft: what one record of a usage log said, field by field, before anything is made of it. Readers of JSON
// and CSV fill drafts; make_record() turns a draft into a UsageRecord or says why it cannot. Texts are views
// into the reader's buffers and live until its next line.
#pragma once

#include <algorithm>
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

// The key of an input that has the cache in it even where Anthropic's keys stand beside it.
inline constexpr std::string_view kWholePrompt = "prompt_tokens";

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
  operation,    // OpenTelemetry's gen_ai.operation.name
  record_type,  // "message_start", "GENERATION"
  record_id,    // of the answer
  // Instants.
  requested,
  completed,
  // Numbers and truth values.
  requests,     // how many requests the record stands for: its instants are then a bucket's start and end
  batch,        // true: the batch class. Target::index kNamed: anything but null means true (a custom_id)
  cache_hit,    // true: answered from a gateway's own cache, so that no vendor billed it
  raw,          // one count, by meaning; Target::index is the member's place in kRawMembers
  keyed,        // one count, by what raw_usage_field() says about its key
  meter,        // one count of a meter, disjoint from the others; Target::index is the Meter
  parts_total,  // what the meters of the record have to add up to
  // Objects.
  usage,    // keys that raw_usage_field() knows, at any depth
  timings,  // the same, and weaker: only where there is no usage
};
inline constexpr std::size_t kTextSlots = 11;  // provider .. record_id
inline constexpr std::uint8_t kNamed = 1;      // Target::index of Slot::batch

// Where two fields of a record mean the same, the higher rank counts, whatever their order. Counts of equal
// rank: the greater (gateways print 0 under the name that they do not use); instants: the earliest start and
// the latest end, and a time of day before a bare date; texts: the later.
enum class SourceRank : std::uint8_t {
  record,  // around an answer, or flat
  answer,  // in the vendor's answer
  user,    // named by --map
};

struct Target {
  Slot slot = Slot::none;
  std::uint8_t index = 0;
  SourceRank rank = SourceRank::record;
  std::uint8_t mapping = 0;  // the place of its --map, from 1; 0: none
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
  std::array<SourceRank, kTextSlots> ranks{};  // of the texts
  bool requested_by_user = false;
  bool completed_by_user = false;
  std::uint32_t counts_by_user = 0;  // a bit per raw member, from kMeterBits on per meter
  std::optional<std::int64_t> requests;
  std::optional<std::int64_t> parts_total;
  RawUsage raw;
  RawUsage timings;
  std::array<std::optional<std::int64_t>, kMeterCount> meters{};
  std::optional<UsageDialect> dialect;  // the last that a key told
  bool has_raw = false;
  bool has_timings = false;
  bool has_meters = false;
  bool prompt_tokens = false;  // the input is the whole prompt, under OpenAI's name: the cache is within it
  bool batch = false;
  bool cache_hit = false;
  std::string_view bad_field;   // a field that holds something that it cannot; empty: none
  std::string_view bad_value;   // what it holds, where that is text
  std::string_view bad_meter;   // the same as bad_field of a meter: it matters only where meters count
  bool other_modality = false;  // audio or image tokens among the counts: they have rates of their own
  std::uint32_t mapped = 0;     // a bit per --map whose field was there

  void saw(Target target) {
    if (target.mapping != 0) mapped |= 1U << ((target.mapping - 1U) & 31U);
  }

  bool counts() const { return has_raw || has_meters || has_timings; }

  std::string_view& text(Slot slot) { return texts[static_cast<std::size_t>(slot) - 1]; }
  std::string_view text(Slot slot) const { return texts[static_cast<std::size_t>(slot) - 1]; }

  // Stores one value; `field` names it in a complaint. Text may be a number that was quoted, as protobuf's
  // JSON writes it; empty text is no value.
  void take_text(Target target, std::string_view value, std::string_view field) noexcept;
  void take_integer(Target target, std::int64_t value, std::string_view field) noexcept;
  void take_boolean(Target target, bool value) noexcept;

  // A count under an API's own key, of raw or of timings.
  void take_keyed(const RawUsageField& field, bool whole_prompt, std::int64_t value,
                  bool of_timings = false) noexcept {
    RawUsage& counts = of_timings ? timings : raw;  // g++ 12 copies in (a ? b : c).*member
    auto& into = counts.*field.member;
    if (counts_by_user != 0 && !of_timings && by_user(field.member)) return;
    into = into ? std::max(*into, value) : value;
    (of_timings ? has_timings : has_raw) = true;
    if (field.dialect) dialect = field.dialect;
    prompt_tokens = prompt_tokens || whole_prompt;
  }

 private:
  static constexpr unsigned kMeterBits = 16;

  bool by_user(std::optional<std::int64_t> RawUsage::*member) const noexcept;
  void take_instant(Target target, const std::optional<LoggedInstant>& instant,
                    std::string_view field) noexcept;
  void take_count(std::optional<std::int64_t>& into, unsigned bit, SourceRank rank,
                  std::int64_t value) noexcept;
};

// A whole number in decimal digits with an optional sign; nullopt for anything else or beyond 64 bits.
std::optional<std::int64_t> whole_number(std::string_view text) noexcept;

// The same, and 12.0 (programs that hold counts as floating point print them so) and 1,234 (spreadsheets do).
std::optional<std::int64_t> whole_count(std::string_view text) noexcept;

}  // namespace costwar::pricing
