#include "core/usage/normalise.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace costwar {
namespace {

using Field = std::pair<std::string_view, std::optional<std::int64_t>>;

std::optional<UsageMismatch> negative_field(const RawUsage& raw) {
  for (const auto& [name, value] :
       {Field{"input tokens", raw.input}, Field{"output tokens", raw.output},
        Field{"total tokens", raw.total}, Field{"cached tokens", raw.cached},
        Field{"cache write tokens", raw.cache_write}, Field{"reasoning tokens", raw.reasoning},
        Field{"cache hit tokens", raw.cache_hit}, Field{"cache miss tokens", raw.cache_miss}})
    if (value && (*value < 0 || *value > INT64_MAX / 8))
      return UsageMismatch{fmt::format("{} is {}", name, *value)};
  return std::nullopt;
}

std::optional<UsageMismatch> cache_mismatch(const RawUsage& raw) {
  if (raw.cached && raw.cache_hit && *raw.cached != *raw.cache_hit)
    return UsageMismatch{
        fmt::format("cached tokens {} differ from cache hit tokens {}", *raw.cached, *raw.cache_hit)};
  if (raw.input && raw.cache_hit && raw.cache_miss && *raw.cache_hit + *raw.cache_miss != *raw.input)
    return UsageMismatch{fmt::format("cache hit + miss is {} but input tokens are {}",
                                     *raw.cache_hit + *raw.cache_miss, *raw.input)};
  return std::nullopt;
}

void set_known(Usage& usage, Meter meter, std::optional<std::int64_t> value, Provenance provenance) {
  if (value) usage.set(meter, *value, provenance);
}

}  // namespace

std::variant<Usage, UsageMismatch> normalise_openai_usage(const RawUsage& raw, Provenance provenance) {
  if (const auto bad = negative_field(raw)) return *bad;
  if (const auto bad = cache_mismatch(raw)) return *bad;

  std::optional<std::int64_t> input = raw.input;
  if (!input && raw.cache_hit && raw.cache_miss) input = *raw.cache_hit + *raw.cache_miss;
  const std::optional<std::int64_t> read = raw.cached ? raw.cached : raw.cache_hit;
  const std::int64_t from_cache = read.value_or(0) + raw.cache_write.value_or(0);
  if (input && from_cache > *input)
    return UsageMismatch{
        fmt::format("cache reads and writes are {} but input tokens are {}", from_cache, *input)};

  std::optional<std::int64_t> output = raw.output;
  const bool reasoning_outside = raw.total && input && output && raw.reasoning && *raw.reasoning > 0 &&
                                 *raw.total == *input + *output + *raw.reasoning;
  if (reasoning_outside) output = *output + *raw.reasoning;
  if (raw.total && input && output && *raw.total != *input + *output)
    return UsageMismatch{
        fmt::format("total tokens are {} but input + output is {}", *raw.total, *input + *output)};
  if (output && raw.reasoning && *raw.reasoning > *output)
    return UsageMismatch{fmt::format("reasoning tokens {} exceed output tokens {}", *raw.reasoning, *output)};

  Usage usage;
  if (input) usage.set(Meter::fresh_input, *input - from_cache, provenance);
  set_known(usage, Meter::cache_read, read, provenance);
  set_known(usage, Meter::cache_write_5m, raw.cache_write, provenance);
  if (output) usage.set(Meter::visible_output, *output - raw.reasoning.value_or(0), provenance);
  set_known(usage, Meter::reasoning, raw.reasoning, provenance);
  return usage;
}

}  // namespace costwar
