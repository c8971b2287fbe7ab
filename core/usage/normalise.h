// Usage normalisers: from what an API prints to disjoint meters. Providers and the log reader fill the same
// flat RawUsage, each with its own JSON library. What does not add up is rejected with the two numbers that
// disagree.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/usage.h"

namespace costwar {

// The fields of OpenAI-shaped usage objects (Chat Completions, Responses, DeepSeek, llama-server, most
// servers), by meaning. nullopt: not printed. Values are as printed, so they may be negative or absurd.
struct RawUsage {
  std::optional<std::int64_t> input{};        // prompt_tokens / input_tokens: includes cache reads and writes
  std::optional<std::int64_t> output{};       // completion_tokens / output_tokens: includes reasoning
  std::optional<std::int64_t> total{};        // total_tokens
  std::optional<std::int64_t> cached{};       // *_details.cached_tokens
  std::optional<std::int64_t> cache_write{};  // *_details.cache_write_tokens
  std::optional<std::int64_t> reasoning{};    // *_details.reasoning_tokens
  std::optional<std::int64_t> cache_hit{};    // DeepSeek prompt_cache_hit_tokens
  std::optional<std::int64_t> cache_miss{};   // DeepSeek prompt_cache_miss_tokens
};

struct UsageMismatch {
  std::string message;  // "prompt_tokens 100 is less than cached_tokens 120"
};

// Conservation: fresh + read + write = input; reasoning <= output; total = input + output (or input + output
// + reasoning, the shape of gateways that count reasoning outside, which is then added); hit + miss = input.
std::variant<Usage, UsageMismatch> normalise_openai_usage(const RawUsage& raw,
                                                          Provenance provenance = Provenance::reported);

}  // namespace costwar
