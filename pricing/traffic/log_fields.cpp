// Sources of the names, as read in November 2026: OpenAI's, Anthropic's, Gemini's and Ollama's API references
// (responses, batch output files, organization usage buckets); LiteLLM's LiteLLM_SpendLogs table
// (BerriAI/litellm, litellm-js/spend-logs/src/_types.ts); Langfuse's "Blob storage export field reference"
// and its observations API; OpenTelemetry's semantic conventions for generative AI, with the older names that
// instrumentations still write.
#include "pricing/traffic/log_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/suggest.h"

namespace costwar::pricing {
namespace {

struct FieldRow {
  std::string_view path;
  Target target;
};

constexpr Target to(Slot slot, std::uint8_t index = 0) {
  return {slot, index, SourceRank::record};
}
constexpr Target to(Meter meter) {
  return to(Slot::meter, static_cast<std::uint8_t>(meter));
}
constexpr Target raw(std::string_view name) {
  for (std::size_t i = 0; i < kRawMembers.size(); ++i)
    if (kRawMembers[i].name == name) return to(Slot::raw, static_cast<std::uint8_t>(i));
  return {};
}
constexpr Target ranked(Target target, SourceRank rank) {
  target.rank = rank;
  return target;
}

// What the answer of an API holds, wherever the log keeps the answer.
constexpr std::array kAnswerFields{
    FieldRow{"model", to(Slot::model)},
    FieldRow{"modelVersion", to(Slot::model)},
    FieldRow{"created", to(Slot::requested)},
    FieldRow{"created_at", to(Slot::requested)},
    FieldRow{"createTime", to(Slot::requested)},
    FieldRow{"id", to(Slot::record_id)},
    FieldRow{"responseId", to(Slot::record_id)},
    FieldRow{"completed_at", to(Slot::completed)},
    FieldRow{"service_tier", to(Slot::service_class)},
    FieldRow{"usage", to(Slot::usage)},
    FieldRow{"usage/service_tier", to(Slot::service_class)},
    FieldRow{"usage/inference_geo", to(Slot::region)},
    FieldRow{"usageMetadata", to(Slot::usage)},
    FieldRow{"usage_metadata", to(Slot::usage)},
    FieldRow{"timings", to(Slot::timings)},
    FieldRow{"prompt_eval_count", raw("input")},
    FieldRow{"eval_count", raw("output")},
};
constexpr std::array<std::string_view, 6> kAnswerPlaces{"",      "response/",       "response/body/",
                                                        "body/", "result/message/", "message/"};

// What stands around an answer, or in a flat record.
constexpr std::array kRecordFields{
    FieldRow{"provider", to(Slot::provider)},
    FieldRow{"custom_llm_provider", to(Slot::provider)},
    FieldRow{"provided_model_name", to(Slot::model)},
    FieldRow{"providedModelName", to(Slot::model)},
    FieldRow{"request/model", to(Slot::asked_model)},
    FieldRow{"request/body/model", to(Slot::asked_model)},
    FieldRow{"model_group", to(Slot::asked_model)},
    FieldRow{"service_class", to(Slot::service_class)},
    FieldRow{"region", to(Slot::region)},
    FieldRow{"currency", to(Slot::currency)},
    FieldRow{"timestamp", to(Slot::requested)},
    FieldRow{"@timestamp", to(Slot::requested)},
    FieldRow{"time", to(Slot::requested)},
    FieldRow{"date", to(Slot::requested)},
    FieldRow{"day", to(Slot::requested)},
    FieldRow{"requested", to(Slot::requested)},
    FieldRow{"requested_at", to(Slot::requested)},
    FieldRow{"start_time", to(Slot::requested)},
    FieldRow{"startTime", to(Slot::requested)},
    FieldRow{"completed", to(Slot::completed)},
    FieldRow{"end_time", to(Slot::completed)},
    FieldRow{"endTime", to(Slot::completed)},
    FieldRow{"user", to(Slot::user)},
    FieldRow{"user_id", to(Slot::user)},
    FieldRow{"userId", to(Slot::user)},
    FieldRow{"end_user", to(Slot::user)},
    FieldRow{"metadata/user_id", to(Slot::user)},
    FieldRow{"project", to(Slot::project)},
    FieldRow{"project_id", to(Slot::project)},
    FieldRow{"projectId", to(Slot::project)},
    FieldRow{"team_id", to(Slot::project)},
    FieldRow{"api_key", to(Slot::api_key)},
    FieldRow{"api_key_id", to(Slot::api_key)},
    FieldRow{"key", to(Slot::api_key)},
    FieldRow{"custom_id", to(Slot::batch, kNamed)},
    FieldRow{"batch", to(Slot::batch)},
    FieldRow{"cache_hit", to(Slot::cache_hit)},
    FieldRow{"num_model_requests", to(Slot::requests)},
    FieldRow{"num_requests", to(Slot::requests)},
    FieldRow{"type", to(Slot::record_type)},
    FieldRow{"metadata/usage_object", to(Slot::usage)},
    FieldRow{"metadata/additional_usage_values", to(Slot::usage)},
    FieldRow{"request_id", to(Slot::record_id)},
    // Flat counts: LiteLLM's rows, OpenAI's usage buckets, plain CSV.
    FieldRow{"prompt_tokens", to(Slot::keyed)},
    FieldRow{"completion_tokens", to(Slot::keyed)},
    FieldRow{"total_tokens", to(Slot::keyed)},
    FieldRow{"input_tokens", to(Slot::keyed)},
    FieldRow{"output_tokens", to(Slot::keyed)},
    FieldRow{"cached_tokens", to(Slot::keyed)},
    FieldRow{"input_cached_tokens", raw("cached")},
    FieldRow{"input_cache_write_tokens", raw("cache_write")},
    FieldRow{"cache_write_tokens", to(Slot::keyed)},
    FieldRow{"reasoning_tokens", to(Slot::keyed)},
    FieldRow{"cache_read_input_tokens", to(Slot::keyed)},
    FieldRow{"cache_creation_input_tokens", to(Slot::keyed)},
    FieldRow{"prompt_cache_hit_tokens", to(Slot::keyed)},
    FieldRow{"prompt_cache_miss_tokens", to(Slot::keyed)},
    // costwar's own meters, disjoint.
    FieldRow{"usage/fresh_input", to(Meter::fresh_input)},
    FieldRow{"usage/cache_read", to(Meter::cache_read)},
    FieldRow{"usage/cache_write_5m", to(Meter::cache_write_5m)},
    FieldRow{"usage/cache_write_1h", to(Meter::cache_write_1h)},
    FieldRow{"usage/visible_output", to(Meter::visible_output)},
    FieldRow{"usage/reasoning", to(Meter::reasoning)},
    FieldRow{"usage/tool_calls", to(Meter::tool_calls)},
    FieldRow{"usage/web_searches", to(Meter::web_searches)},
    FieldRow{"usage/cache_token_hours", to(Meter::cache_token_hours)},
    FieldRow{"fresh_input", to(Meter::fresh_input)},
    FieldRow{"cache_read", to(Meter::cache_read)},
    FieldRow{"cache_write_5m", to(Meter::cache_write_5m)},
    FieldRow{"cache_write_1h", to(Meter::cache_write_1h)},
    FieldRow{"visible_output", to(Meter::visible_output)},
    FieldRow{"reasoning", to(Meter::reasoning)},
    // Langfuse: `usage` holds whole sums, `usageDetails` disjoint parts.
    FieldRow{"usage/input", raw("input")},
    FieldRow{"usage/output", raw("output")},
    FieldRow{"usage/total", raw("total")},
    FieldRow{"usageDetails/input", to(Meter::fresh_input)},
    FieldRow{"usageDetails/total", to(Slot::parts_total)},
    FieldRow{"usageDetails/output", to(Meter::visible_output)},
    FieldRow{"usageDetails/input_cached_tokens", to(Meter::cache_read)},
    FieldRow{"usageDetails/input_cache_read", to(Meter::cache_read)},
    FieldRow{"usageDetails/cache_read_input_tokens", to(Meter::cache_read)},
    FieldRow{"usageDetails/input_cache_creation", to(Meter::cache_write_5m)},
    FieldRow{"usageDetails/cache_creation_input_tokens", to(Meter::cache_write_5m)},
    FieldRow{"usageDetails/output_reasoning_tokens", to(Meter::reasoning)},
    FieldRow{"usageDetails/output_reasoning", to(Meter::reasoning)},
    FieldRow{"usage_details/input", to(Meter::fresh_input)},
    FieldRow{"usage_details/total", to(Slot::parts_total)},
    FieldRow{"usage_details/output", to(Meter::visible_output)},
    FieldRow{"usage_details/input_cached_tokens", to(Meter::cache_read)},
    FieldRow{"usage_details/input_cache_read", to(Meter::cache_read)},
    FieldRow{"usage_details/cache_read_input_tokens", to(Meter::cache_read)},
    FieldRow{"usage_details/input_cache_creation", to(Meter::cache_write_5m)},
    FieldRow{"usage_details/cache_creation_input_tokens", to(Meter::cache_write_5m)},
    FieldRow{"usage_details/output_reasoning_tokens", to(Meter::reasoning)},
    FieldRow{"usage_details/output_reasoning", to(Meter::reasoning)},
};
// A page of records ("data") and OpenAI's usage buckets within it.
constexpr std::array<std::string_view, 4> kRecordPlaces{"", "data[]/", "data[]/results[]/", "results[]/"};

// OpenTelemetry: attributes of spans. Input includes what was cached.
constexpr std::array kAttributes{
    FieldRow{"gen_ai.provider.name", to(Slot::provider)},
    FieldRow{"gen_ai.system", to(Slot::provider)},
    FieldRow{"gen_ai.request.model", to(Slot::asked_model)},
    FieldRow{"gen_ai.response.model", to(Slot::model)},
    FieldRow{"gen_ai.operation.name", to(Slot::operation)},
    FieldRow{"gen_ai.usage.input_tokens", raw("input")},
    FieldRow{"gen_ai.usage.prompt_tokens", raw("input")},
    FieldRow{"gen_ai.usage.output_tokens", raw("output")},
    FieldRow{"gen_ai.usage.completion_tokens", raw("output")},
    FieldRow{"gen_ai.usage.cache_read.input_tokens", raw("cached")},
    FieldRow{"gen_ai.usage.cache_read_input_tokens", raw("cached")},
    FieldRow{"gen_ai.usage.input_tokens.cached", raw("cached")},
    FieldRow{"gen_ai.usage.cache_creation.input_tokens", raw("cache_write")},
    FieldRow{"gen_ai.usage.cache_creation_input_tokens", raw("cache_write")},
    FieldRow{"gen_ai.usage.input_tokens.cache_write", raw("cache_write")},
    FieldRow{"gen_ai.usage.output_tokens.reasoning", raw("reasoning")},
    FieldRow{"gen_ai.usage.reasoning.output_tokens", raw("reasoning")},
    FieldRow{"openai.response.service_tier", to(Slot::service_class)},
    FieldRow{"gen_ai.openai.response.service_tier", to(Slot::service_class)},
    FieldRow{"user.id", to(Slot::user)},
    FieldRow{"enduser.id", to(Slot::user)},
};
constexpr std::array<std::string_view, 3> kSpanPlaces{
    "resourceSpans[]/scopeSpans[]/spans[]/", "resourceSpans[]/instrumentationLibrarySpans[]/spans[]/", ""};

struct Meaning {
  std::string_view name;
  Target target;
};
constexpr std::array kMeanings{Meaning{"provider", to(Slot::provider)},   Meaning{"model", to(Slot::model)},
                               Meaning{"class", to(Slot::service_class)}, Meaning{"region", to(Slot::region)},
                               Meaning{"currency", to(Slot::currency)},   Meaning{"user", to(Slot::user)},
                               Meaning{"project", to(Slot::project)},     Meaning{"key", to(Slot::api_key)},
                               Meaning{"time", to(Slot::requested)},      Meaning{"end", to(Slot::completed)},
                               Meaning{"requests", to(Slot::requests)},   Meaning{"batch", to(Slot::batch)},
                               Meaning{"usage", to(Slot::usage)}};

Target target_of(const std::string& meaning) {
  for (const Meaning& row : kMeanings)
    if (row.name == meaning) return row.target;
  if (const Target target = raw(meaning); target.slot != Slot::none) return target;
  if (const auto meter = meter_by_name(meaning)) return to(*meter);
  const std::vector<std::string> names = mappable_names();
  const auto near = nearest_name(meaning, std::span<const std::string>(names));
  throw Error(
      ErrorKind::usage, fmt::format("--map: '{}' is not something that a field can mean", meaning),
      near ? fmt::format("did you mean {}?", *near) : fmt::format("it can mean {}", fmt::join(names, ", ")));
}

}  // namespace

std::vector<std::string> mappable_names() {
  std::vector<std::string> names;
  names.reserve(kMeanings.size() + kRawMembers.size() + kMeterCount);
  for (const Meaning& row : kMeanings) names.emplace_back(row.name);
  for (const RawMember& member : kRawMembers) names.emplace_back(member.name);
  for (const MeterRow& row : meters())
    if (std::find(names.begin(), names.end(), row.name) == names.end()) names.emplace_back(row.name);
  return names;
}

FieldTree log_fields(const std::vector<FieldMapping>& mappings, const std::vector<std::string>& tags) {
  FieldTree tree;
  const auto add = [&](std::string_view place, const FieldRow& row) {
    tree.add(fmt::format("{}{}", place, row.path), row.target);
  };
  for (const std::string_view place : kRecordPlaces)
    for (const FieldRow& row : kRecordFields) add(place, row);
  for (const std::string_view place : kAnswerPlaces)
    for (const FieldRow& row : kAnswerFields)
      add(place, {row.path, place.empty() ? row.target : ranked(row.target, SourceRank::answer)});
  for (const FieldRow& row : kAnswerFields) add("data[]/", row);
  add("data[]/results[]/", {"model", to(Slot::model)});
  add("results[]/", {"model", to(Slot::model)});
  add("data[]/results[]/", {"service_tier", to(Slot::service_class)});
  add("results[]/", {"service_tier", to(Slot::service_class)});
  for (const std::string_view place : kSpanPlaces) {
    for (const FieldRow& row : kAttributes)
      tree.add(fmt::format("{}attributes{{}}/{}", place, row.path), row.target);
    tree.add(fmt::format("{}startTimeUnixNano", place), to(Slot::requested));
    tree.add(fmt::format("{}endTimeUnixNano", place), to(Slot::completed));
  }
  tree.add("resourceSpans[]/resource/attributes{}/service.name", to(Slot::project));
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    Target target = ranked(target_of(mappings[i].meaning), SourceRank::user);
    target.mapping = static_cast<std::uint8_t>(i + 1);
    tree.add(mappings[i].path, target);
  }
  for (std::size_t i = 0; i < tags.size(); ++i) tree.add_tag(tags[i], static_cast<std::uint8_t>(i));
  tree.finish();
  return tree;
}

}  // namespace costwar::pricing
