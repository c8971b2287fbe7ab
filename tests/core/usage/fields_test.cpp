#include <doctest/doctest.h>

#include <array>
#include <string>

#include "core/usage/normalise.h"

using namespace costwar;

namespace {

struct Expected {
  std::string_view key;
  std::optional<std::int64_t> RawUsage::*member;
  std::optional<UsageDialect> dialect;
};

const std::array<Expected, 27> kExpected{{
    {"prompt_tokens", &RawUsage::input, UsageDialect::openai},
    {"completion_tokens", &RawUsage::output, UsageDialect::openai},
    {"input_tokens", &RawUsage::input, std::nullopt},
    {"output_tokens", &RawUsage::output, std::nullopt},
    {"total_tokens", &RawUsage::total, std::nullopt},
    {"cached_tokens", &RawUsage::cached, UsageDialect::openai},
    {"cache_write_tokens", &RawUsage::cache_write, UsageDialect::openai},
    {"reasoning_tokens", &RawUsage::reasoning, UsageDialect::openai},
    {"prompt_cache_hit_tokens", &RawUsage::cache_hit, UsageDialect::openai},
    {"prompt_cache_miss_tokens", &RawUsage::cache_miss, UsageDialect::openai},
    {"cache_read_input_tokens", &RawUsage::cached, UsageDialect::anthropic},
    {"cache_creation_input_tokens", &RawUsage::cache_write, UsageDialect::anthropic},
    {"ephemeral_5m_input_tokens", &RawUsage::cache_write_5m, UsageDialect::anthropic},
    {"ephemeral_1h_input_tokens", &RawUsage::cache_write_1h, UsageDialect::anthropic},
    {"thinking_tokens", &RawUsage::reasoning, UsageDialect::anthropic},
    {"web_search_requests", &RawUsage::web_searches, UsageDialect::anthropic},
    {"promptTokenCount", &RawUsage::input, UsageDialect::gemini},
    {"cachedContentTokenCount", &RawUsage::cached, UsageDialect::gemini},
    {"candidatesTokenCount", &RawUsage::output, UsageDialect::gemini},
    {"thoughtsTokenCount", &RawUsage::reasoning, UsageDialect::gemini},
    {"toolUsePromptTokenCount", &RawUsage::tool_prompt, UsageDialect::gemini},
    {"totalTokenCount", &RawUsage::total, UsageDialect::gemini},
    {"prompt_eval_count", &RawUsage::input, UsageDialect::ollama},
    {"eval_count", &RawUsage::output, UsageDialect::ollama},
    {"prompt_n", &RawUsage::input, UsageDialect::llama_server},
    {"cache_n", &RawUsage::cached, UsageDialect::llama_server},
    {"predicted_n", &RawUsage::output, UsageDialect::llama_server},
}};

}  // namespace

TEST_CASE("every key of the APIs is found, with its member and dialect") {
  for (const Expected& row : kExpected) {
    CAPTURE(row.key);
    const RawUsageField* field = raw_usage_field(row.key);
    REQUIRE(field != nullptr);
    CHECK(field->member == row.member);
    CHECK(field->dialect == row.dialect);
  }
}

TEST_CASE("nothing but a whole key is found") {
  for (const Expected& row : kExpected) {
    for (std::size_t at = 0; at < row.key.size(); ++at) {
      std::string changed(row.key);
      changed[at] = static_cast<char>(changed[at] ^ 0x20);  // the other case, or another character
      CAPTURE(changed);
      CHECK(raw_usage_field(changed) == nullptr);
    }
    for (std::size_t length = 0; length < row.key.size(); ++length) {
      const std::string_view prefix = row.key.substr(0, length);
      CAPTURE(prefix);
      CHECK(raw_usage_field(prefix) == nullptr);
    }
    CHECK(raw_usage_field(std::string(row.key) + "s") == nullptr);
    CHECK(raw_usage_field(std::string(row.key) + '\0') == nullptr);
  }
  CHECK(raw_usage_field({}) == nullptr);
  CHECK(raw_usage_field("audio_tokens") == nullptr);
  CHECK(raw_usage_field("prompt_eval_cached_count") == nullptr);  // inside or beside: the version decides
  CHECK(raw_usage_field(std::string(100'000, 'p')) == nullptr);
}

TEST_CASE("groups are the objects that hold counts") {
  for (const char* group : {"prompt_tokens_details", "completion_tokens_details", "input_tokens_details",
                            "output_tokens_details", "cache_creation", "server_tool_use"}) {
    CAPTURE(group);
    CHECK(raw_usage_group(group));
    CHECK(raw_usage_field(group) == nullptr);
  }
  CHECK_FALSE(raw_usage_group("cost_details"));
  CHECK_FALSE(raw_usage_group("prompt_tokens"));
  CHECK_FALSE(raw_usage_group(""));
}
