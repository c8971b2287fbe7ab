// Usage normalisers: from what an API prints to disjoint meters. Providers and the log reader fill the same
// flat RawUsage, each with its own JSON library: raw_usage_field() names the field that a JSON key means, and
// which dialect prints such a key. What does not add up is rejected with the two numbers that disagree.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/usage.h"

namespace costwar {

// How an API counts: what its input field includes, and where reasoning is.
enum class UsageDialect : std::uint8_t {
  openai,     // Chat Completions, Responses, DeepSeek, most servers: input includes cache reads and writes,
              // output includes reasoning
  anthropic,  // Messages: input excludes cache reads and writes, output includes thinking
  gemini,     // native: input includes cached, output excludes thoughts, which are added
  ollama,     // native: prompt_eval_count and eval_count, as told
  llama_server,  // timings: prompt_n excludes what came from the cache (cache_n)
};

// Usage as printed, by meaning. nullopt: not printed. Values may be negative or absurd.
struct RawUsage {
  std::optional<std::int64_t> input{};        // prompt_tokens, input_tokens, promptTokenCount, ...
  std::optional<std::int64_t> output{};       // completion_tokens, output_tokens, candidatesTokenCount, ...
  std::optional<std::int64_t> total{};        // total_tokens, totalTokenCount
  std::optional<std::int64_t> cached{};       // *_details.cached_tokens, cache_read_input_tokens, ...
  std::optional<std::int64_t> cache_write{};  // cache_write_tokens, cache_creation_input_tokens
  std::optional<std::int64_t> reasoning{};    // reasoning_tokens, thoughtsTokenCount, thinking_tokens
  std::optional<std::int64_t> cache_hit{};    // DeepSeek prompt_cache_hit_tokens
  std::optional<std::int64_t> cache_miss{};   // DeepSeek prompt_cache_miss_tokens
  std::optional<std::int64_t> cache_write_5m{};  // Anthropic cache_creation.ephemeral_5m_input_tokens
  std::optional<std::int64_t> cache_write_1h{};  // Anthropic cache_creation.ephemeral_1h_input_tokens
  std::optional<std::int64_t> tool_prompt{};   // Gemini toolUsePromptTokenCount: beside the prompt, is added
  std::optional<std::int64_t> tool_calls{};    // of tools that are not named
  std::optional<std::int64_t> web_searches{};  // Anthropic server_tool_use.web_search_requests

  friend bool operator==(const RawUsage&, const RawUsage&) = default;
};

// What a key of a usage object means. `dialect` is set where the key alone tells the dialect
// ("cache_read_input_tokens" is Anthropic's, "promptTokenCount" Gemini's); input_tokens, output_tokens and
// total_tokens tell none. An object with keys of two dialects is a gateway's: the name of its input field
// decides, so prompt_tokens beside cache_read_input_tokens is openai.
struct RawUsageField {
  std::optional<std::int64_t> RawUsage::*member = nullptr;
  std::optional<UsageDialect> dialect{};
};

// nullptr when the key means nothing here. Keys of nested objects ("cached_tokens" of
// prompt_tokens_details) are looked up by their own name alone. Does not allocate.
const RawUsageField* raw_usage_field(std::string_view key) noexcept;

// Whether a member of a usage object is itself an object of such keys: prompt_tokens_details, cache_creation.
bool raw_usage_group(std::string_view key) noexcept;

// A count above this is absurd and rejected, so that sums of the counts of one usage cannot overflow.
inline constexpr std::int64_t kMaxUsageCount = 1'000'000'000'000'000;

struct UsageMismatch {
  std::string message;  // "prompt_tokens 100 is less than cached_tokens 120"
};

// Disjoint meters, or the two numbers that disagree, under the API's own words (those of Chat Completions for
// Responses). Conservation, per dialect:
// openai: fresh + read + write = input; reasoning <= output; total = input + output (or input + output +
//   reasoning, the shape of gateways that count reasoning outside, which is then added); hit + miss = input.
// anthropic: fresh = input; write 5 min + write 1 h = cache_creation_input_tokens, where both are told, and
//   the untold one is the rest where one is; without a split all is write 5 min; thinking <= output.
// gemini: fresh + cached = input (+ tool prompt, which is fresh); total = input + tool prompt + output +
//   thoughts.
// ollama: as told, no cache. llama_server: fresh = prompt_n, read = cache_n.
// All: no count is negative (-1 is a mismatch, not "unknown"), above kMaxUsageCount, or, unless 0, of a kind
// that the dialect does not have. Where prompt and total are told and output is not, output is the
// difference. Allocates only for a mismatch.
std::variant<Usage, UsageMismatch> normalise_usage(UsageDialect dialect, const RawUsage& raw,
                                                   Provenance provenance = Provenance::reported);

}  // namespace costwar
