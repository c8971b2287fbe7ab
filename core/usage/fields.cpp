// The keys that APIs print in a usage object, each once, and the table that finds them. A field that two
// tools spell alike and count differently must not get a dialect here.
#include <algorithm>
#include <array>
#include <cstddef>

#include "core/usage/normalise.h"

namespace costwar {
namespace {

struct Row {
  std::string_view key;
  RawUsageField field;
};

constexpr auto kOpenAi = UsageDialect::openai;
constexpr auto kAnthropic = UsageDialect::anthropic;
constexpr auto kGemini = UsageDialect::gemini;
constexpr auto kOllama = UsageDialect::ollama;
constexpr auto kLlamaServer = UsageDialect::llama_server;

// Ollama's newer prompt_eval_cached_count is left out: whether prompt_eval_count includes it depends on the
// version, so no disjoint meters follow from it.
constexpr std::array kRows{
    // Chat Completions and what copies it
    Row{"prompt_tokens", {&RawUsage::input, kOpenAi}},
    Row{"completion_tokens", {&RawUsage::output, kOpenAi}},
    // Responses and Messages: the same words for an input with and without its cached part
    Row{"input_tokens", {&RawUsage::input, {}}},
    Row{"output_tokens", {&RawUsage::output, {}}},
    Row{"total_tokens", {&RawUsage::total, {}}},
    // *_tokens_details of both OpenAI APIs
    Row{"cached_tokens", {&RawUsage::cached, kOpenAi}},
    Row{"cache_write_tokens", {&RawUsage::cache_write, kOpenAi}},
    Row{"reasoning_tokens", {&RawUsage::reasoning, kOpenAi}},
    // DeepSeek
    Row{"prompt_cache_hit_tokens", {&RawUsage::cache_hit, kOpenAi}},
    Row{"prompt_cache_miss_tokens", {&RawUsage::cache_miss, kOpenAi}},
    // Messages, cache_creation, output_tokens_details, server_tool_use
    Row{"cache_read_input_tokens", {&RawUsage::cached, kAnthropic}},
    Row{"cache_creation_input_tokens", {&RawUsage::cache_write, kAnthropic}},
    Row{"ephemeral_5m_input_tokens", {&RawUsage::cache_write_5m, kAnthropic}},
    Row{"ephemeral_1h_input_tokens", {&RawUsage::cache_write_1h, kAnthropic}},
    Row{"thinking_tokens", {&RawUsage::reasoning, kAnthropic}},
    Row{"web_search_requests", {&RawUsage::web_searches, kAnthropic}},
    // Gemini's usageMetadata
    Row{"promptTokenCount", {&RawUsage::input, kGemini}},
    Row{"cachedContentTokenCount", {&RawUsage::cached, kGemini}},
    Row{"candidatesTokenCount", {&RawUsage::output, kGemini}},
    Row{"thoughtsTokenCount", {&RawUsage::reasoning, kGemini}},
    Row{"toolUsePromptTokenCount", {&RawUsage::tool_prompt, kGemini}},
    Row{"totalTokenCount", {&RawUsage::total, kGemini}},
    // Ollama's last line
    Row{"prompt_eval_count", {&RawUsage::input, kOllama}},
    Row{"eval_count", {&RawUsage::output, kOllama}},
    // llama-server's timings
    Row{"prompt_n", {&RawUsage::input, kLlamaServer}},
    Row{"cache_n", {&RawUsage::cached, kLlamaServer}},
    Row{"predicted_n", {&RawUsage::output, kLlamaServer}},
};

constexpr std::array<std::string_view, 6> kGroups{"prompt_tokens_details", "completion_tokens_details",
                                                  "input_tokens_details",  "output_tokens_details",
                                                  "cache_creation",        "server_tool_use"};

constexpr std::size_t kShortest =
    std::min_element(kRows.begin(), kRows.end(), [](const Row& a, const Row& b) {
      return a.key.size() < b.key.size();
    })->key.size();

// A perfect hash: the length and two characters, multiplied by the first odd number under which no two keys
// share a slot. The compiler finds the number, so a new row needs nothing but itself.
constexpr std::size_t kSlotBits = 7;
constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
constexpr std::uint8_t kEmpty = 0xFF;
static_assert(kRows.size() < kEmpty);

constexpr std::size_t slot_of(std::string_view key, std::uint32_t multiplier) {
  const auto byte = [&](std::size_t at) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(key[at]));
  };
  const auto length = static_cast<std::uint32_t>(key.size());
  const std::uint32_t mixed = byte(0) ^ (byte(key.size() / 2 - 1) << 8) ^ (length << 16);
  return (mixed * multiplier) >> (32 - kSlotBits);
}
static_assert(kShortest >= 2);

struct Slots {
  std::uint32_t multiplier = 0;
  std::array<std::uint8_t, kSlots> rows{};
};

constexpr bool fill(Slots& slots) {
  slots.rows.fill(kEmpty);
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    std::uint8_t& row = slots.rows[slot_of(kRows[i].key, slots.multiplier)];
    if (row != kEmpty) return false;
    row = static_cast<std::uint8_t>(i);
  }
  return true;
}

constexpr Slots perfect_slots() {
  Slots slots;
  std::uint32_t state = 1;
  for (int attempt = 0; attempt < 2'000; ++attempt) {
    state = state * 1664525U + 1013904223U;  // any sequence does; this one is Numerical Recipes'
    slots.multiplier = state | 1U;
    if (fill(slots)) return slots;
  }
  slots.multiplier = 0;
  return slots;
}

constexpr Slots kTable = perfect_slots();
static_assert(kTable.multiplier != 0, "two keys agree in length and in the two characters hashed");

}  // namespace

const RawUsageField* raw_usage_field(std::string_view key) noexcept {
  if (key.size() < kShortest) return nullptr;
  const std::uint8_t row = kTable.rows[slot_of(key, kTable.multiplier)];
  if (row == kEmpty || kRows[row].key != key) return nullptr;
  return &kRows[row].field;
}

bool raw_usage_group(std::string_view key) noexcept {
  return std::find(kGroups.begin(), kGroups.end(), key) != kGroups.end();
}

}  // namespace costwar
