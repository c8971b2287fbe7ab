#include "pricing/traffic/usage_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/durations.h"

namespace costwar::pricing {
namespace {

// More tokens than any record can stand for; keeps sums over a log within 128 bits.
constexpr std::int64_t kMostTokens = kMaxUsageCount;
constexpr std::int64_t kMostRequests = 1'000'000'000;  // keeps their sum within 64 bits

struct Word {
  std::string_view said;
  std::string_view meant;
};
// What APIs call the ordinary class and the ordinary region.
constexpr std::array kClassWords{Word{"", "standard"}, Word{"default", "standard"}, Word{"auto", "standard"},
                                 Word{"standard_only", "standard"}, Word{"on_demand", "standard"}};
constexpr std::array kRegionWords{Word{"", "any"}, Word{"global", "any"}, Word{"not_available", "any"}};

template <typename Words>
std::string_view meant(const Words& words, std::string_view said) {
  for (const Word& word : words)
    if (word.said == said) return word.meant;
  return said;
}

// Spans of agents repeat the sums of the model calls below them; counting both would count twice.
bool repeats_others(std::string_view operation) {
  return operation == "invoke_agent" || operation == "create_agent" || operation == "execute_tool" ||
         operation == "invoke_workflow";
}

// Events of Anthropic's stream: their counts are running ones, and two of them make one answer.
bool part_of_stream(std::string_view type) {
  return type == "message_start" || type == "message_delta";
}

// Meters beside an API's counts are the record only where they hold tokens that an API's counts would.
bool meters_count(const Draft& draft) {
  const auto told = [&](Meter meter) { return draft.meters[static_cast<std::size_t>(meter)].has_value(); };
  return draft.has_meters &&
         ((!draft.has_raw && !draft.has_timings) || told(Meter::fresh_input) || told(Meter::visible_output));
}

bool set_meter(const Draft& draft, Meter meter, Usage& usage, std::string& reason) {
  const auto& count = draft.meters[static_cast<std::size_t>(meter)];
  if (!count) return true;
  if (*count < 0 || *count > kMaxUsageCount) {
    reason = fmt::format("{} is {}{}", meter_row(meter).name, *count,
                         *count < 0 ? "" : ", more than any record can count");
    return false;
  }
  usage.set(meter, *count, Provenance::reported);
  return true;
}

bool set_meters(const Draft& draft, Usage& usage, std::string& reason) {
  for (const MeterRow& row : meters())
    if (!set_meter(draft, row.meter, usage, reason)) return false;
  if (!draft.parts_total) return true;
  const std::int64_t sum = usage.prompt_tokens().value_or(0) + usage.output_tokens().value_or(0);
  if (sum == *draft.parts_total) return true;
  reason = fmt::format("total {} differs from the sum of the known parts, {}", *draft.parts_total, sum);
  return false;
}

bool set_usage(const Draft& draft, Usage& usage, std::string& reason) {
  if (meters_count(draft)) return set_meters(draft, usage, reason);
  const bool timed = !draft.has_raw;
  const UsageDialect dialect = timed                 ? UsageDialect::llama_server
                               : draft.prompt_tokens ? UsageDialect::openai
                                                     : draft.dialect.value_or(UsageDialect::openai);
  auto counted = normalise_usage(dialect, timed ? draft.timings : draft.raw,
                                 timed ? Provenance::timings : Provenance::reported);
  if (auto* mismatch = std::get_if<UsageMismatch>(&counted)) {
    reason = std::move(mismatch->message);
    return false;
  }
  usage = std::get<Usage>(counted);
  return set_meter(draft, Meter::tool_calls, usage, reason) &&
         set_meter(draft, Meter::cache_token_hours, usage, reason);
}

bool has_tokens(const Usage& usage) {
  return usage.prompt_tokens().has_value() || usage.output_tokens().has_value() ||
         usage[Meter::tool_calls].has_value() || usage[Meter::web_searches].has_value() ||
         usage[Meter::cache_token_hours].has_value();
}

bool set_times(const Draft& draft, UsageRecord& record, std::string& reason) {
  record.has_time = draft.requested || draft.completed;
  if (!record.has_time) return true;
  const LoggedInstant start = draft.requested ? *draft.requested : *draft.completed;
  record.facts.requested = start.at;
  record.zone_assumed = start.zone_assumed;
  // A bucket's end is the end of an interval; a request's end is when it was over.
  if (draft.requests && draft.completed && draft.completed->at > start.at) {
    record.until = draft.completed->at;
  } else if (start.day_only) {
    record.until = start.at + Nanos{kNanosPerDay};
  } else if (draft.completed && !draft.completed->day_only) {
    record.facts.completed = draft.completed->at;
  }
  if (draft.requested && draft.completed && !start.day_only && !draft.completed->day_only &&
      draft.completed->at < start.at) {
    reason = fmt::format("it ends at {}, before its start {}", format_wall(draft.completed->at),
                         format_wall(start.at));
    return false;
  }
  return true;
}

}  // namespace

RecordState make_record(const Draft& draft, UsageRecord& record, std::string& reason) {
  if (!draft.counts() && draft.bad_field.empty()) return RecordState::no_usage;
  if (draft.cache_hit) return RecordState::not_billed;
  if (repeats_others(draft.text(Slot::operation))) return RecordState::no_usage;
  const std::string_view bad_field =
      draft.bad_field.empty() && meters_count(draft) ? draft.bad_meter : draft.bad_field;
  if (!bad_field.empty()) {
    reason = draft.bad_value.empty()
                 ? fmt::format("{} holds what it cannot", bad_field)
                 : fmt::format(
                       "{} holds '{}', which is neither a whole number nor an instant (RFC 3339, a date, or "
                       "a count since 1970)",
                       bad_field, draft.bad_value.substr(0, 60));
    return RecordState::bad;
  }
  if (part_of_stream(draft.text(Slot::record_type))) {
    reason =
        fmt::format("it is a part of a streamed answer ({}), not the whole", draft.text(Slot::record_type));
    return RecordState::bad;
  }
  record.usage = Usage();
  if (!set_usage(draft, record.usage, reason)) return RecordState::bad;
  if (!has_tokens(record.usage)) return RecordState::no_usage;
  if (record.usage.prompt_tokens().value_or(0) > kMostTokens ||
      record.usage.output_tokens().value_or(0) > kMostTokens) {
    reason = "it counts more tokens than any record can";
    return RecordState::bad;
  }
  record.facts = BillingFacts();
  record.until.reset();
  if (!set_times(draft, record, reason)) return RecordState::bad;
  record.provider = draft.text(Slot::provider);
  record.model = draft.text(Slot::model).empty() ? draft.text(Slot::asked_model) : draft.text(Slot::model);
  record.service_class = meant(kClassWords, draft.text(Slot::service_class));
  if (draft.batch && record.service_class == "standard") record.service_class = "batch";
  record.region = meant(kRegionWords, draft.text(Slot::region));
  record.currency = draft.text(Slot::currency);
  record.user = draft.text(Slot::user);
  record.project = draft.text(Slot::project);
  record.api_key = draft.text(Slot::api_key);
  record.tags = &draft.tags;
  record.other_modality = draft.other_modality;
  record.requests = draft.requests.value_or(1);
  if (record.requests > kMostRequests) {
    reason = "it stands for more requests than any record can";
    return RecordState::bad;
  }
  if (record.requests == 0) return RecordState::no_usage;
  record.usage.set(Meter::requests, record.requests, Provenance::reported);
  return RecordState::usage;
}

}  // namespace costwar::pricing
