// Each dialect's counting by example, and each rule with the exact words of its rejection.
#include "core/usage/normalise.h"

#include <doctest/doctest.h>

#include <string>

using namespace costwar;

namespace {

using Dialect = UsageDialect;

Usage good(Dialect dialect, const RawUsage& raw) {
  const auto result = normalise_usage(dialect, raw);
  const auto* mismatch = std::get_if<UsageMismatch>(&result);
  if (mismatch != nullptr) FAIL(mismatch->message);
  return std::get<Usage>(result);
}

std::string bad(Dialect dialect, const RawUsage& raw) {
  const auto result = normalise_usage(dialect, raw);
  const auto* mismatch = std::get_if<UsageMismatch>(&result);
  return mismatch == nullptr ? "accepted" : mismatch->message;
}

struct Counts {
  std::optional<std::int64_t> fresh{}, read{}, write_5m{}, write_1h{}, visible{}, reasoning{}, web_searches{};
};
Usage usage_of(const Counts& counts, Provenance provenance = Provenance::reported) {
  Usage usage;
  const auto set = [&](Meter meter, std::optional<std::int64_t> count) {
    if (count) usage.set(meter, *count, provenance);
  };
  set(Meter::fresh_input, counts.fresh);
  set(Meter::cache_read, counts.read);
  set(Meter::cache_write_5m, counts.write_5m);
  set(Meter::cache_write_1h, counts.write_1h);
  set(Meter::visible_output, counts.visible);
  set(Meter::reasoning, counts.reasoning);
  set(Meter::web_searches, counts.web_searches);
  return usage;
}

}  // namespace

TEST_CASE("OpenAI: cache and reasoning are inside") {
  SUBCASE("OpenAI's worked example: 2,600 input is 2,000 read, 400 written, 200 fresh") {
    const Usage usage = good(
        Dialect::openai,
        {.input = 2600, .output = 100, .total = 2700, .cached = 2000, .cache_write = 400, .reasoning = 40});
    CHECK(usage == usage_of({.fresh = 200, .read = 2000, .write_5m = 400, .visible = 60, .reasoning = 40}));
    CHECK(usage.prompt_tokens() == 2600);
    CHECK(usage.output_tokens() == 100);
  }
  SUBCASE("all of it cached, all of it reasoning") {
    CHECK(good(Dialect::openai, {.input = 7, .output = 9, .total = 16, .cached = 7, .reasoning = 9}) ==
          usage_of({.fresh = 0, .read = 7, .visible = 0, .reasoning = 9}));
  }
  SUBCASE("the lifetimes of writes, which gateways add for other vendors' models") {
    CHECK(good(Dialect::openai,
               {.input = 100, .cache_write_5m = 30, .cache_write_1h = 20, .web_searches = 2}) ==
          usage_of({.fresh = 50, .write_5m = 30, .write_1h = 20, .web_searches = 2}));
  }
  SUBCASE("reasoning counted outside the output is added when the total proves it") {
    CHECK(good(Dialect::openai, {.input = 10, .output = 5, .total = 45, .reasoning = 30}) ==
          usage_of({.fresh = 10, .visible = 5, .reasoning = 30}));
  }
  SUBCASE("an embedding has no output to print") {
    CHECK(good(Dialect::openai, {.input = 8, .total = 8}) == usage_of({.fresh = 8, .visible = 0}));
  }
}

TEST_CASE("DeepSeek: hit and miss make the prompt") {
  CHECK(good(Dialect::openai, {.output = 5, .cache_hit = 64, .cache_miss = 36}) ==
        usage_of({.fresh = 36, .read = 64, .visible = 5}));
  CHECK(good(Dialect::openai,
             {.input = 100, .output = 5, .total = 105, .cached = 64, .cache_hit = 64, .cache_miss = 36}) ==
        usage_of({.fresh = 36, .read = 64, .visible = 5}));
}

TEST_CASE("Anthropic: input is beside the cache, output includes thinking") {
  SUBCASE("claude-3.7, the golden example") {
    CHECK(good(Dialect::anthropic, {.input = 3, .output = 550, .cached = 0, .cache_write = 12304}) ==
          usage_of({.fresh = 3, .read = 0, .write_5m = 12304, .visible = 550}));
  }
  SUBCASE("the lifetimes of what was written") {
    const Usage usage = good(Dialect::anthropic, {.input = 3,
                                                  .output = 550,
                                                  .cached = 200,
                                                  .cache_write = 1000,
                                                  .reasoning = 500,
                                                  .cache_write_5m = 600,
                                                  .cache_write_1h = 400,
                                                  .web_searches = 2});
    CHECK(usage == usage_of({.fresh = 3,
                             .read = 200,
                             .write_5m = 600,
                             .write_1h = 400,
                             .visible = 50,
                             .reasoning = 500,
                             .web_searches = 2}));
    CHECK(usage.prompt_tokens() == 1203);
    CHECK(usage.output_tokens() == 550);
  }
  SUBCASE("one lifetime and the sum tell the other") {
    CHECK(good(Dialect::anthropic, {.cache_write = 1000, .cache_write_1h = 400}) ==
          usage_of({.write_5m = 600, .write_1h = 400}));
    CHECK(good(Dialect::anthropic, {.cache_write = 1000, .cache_write_5m = 1000}) ==
          usage_of({.write_5m = 1000, .write_1h = 0}));
    CHECK(good(Dialect::anthropic, {.cache_write_1h = 400}) == usage_of({.write_1h = 400}));
  }
  SUBCASE("a total that a tool added, over all or over the two fields") {
    const RawUsage raw{.input = 3, .output = 5, .cached = 20, .cache_write = 100};
    RawUsage with_total = raw;
    with_total.total = 128;
    CHECK(good(Dialect::anthropic, with_total) == good(Dialect::anthropic, raw));
    with_total.total = 8;
    CHECK(good(Dialect::anthropic, with_total) == good(Dialect::anthropic, raw));
    // Over what the total is does not follow, so the output does not either.
    CHECK(good(Dialect::anthropic, {.input = 3, .total = 28, .cached = 20}) ==
          usage_of({.fresh = 3, .read = 20}));
  }
}

TEST_CASE("Gemini: the prompt includes what is cached, thoughts and tools' prompts are added") {
  SUBCASE("everything told") {
    const Usage usage = good(
        Dialect::gemini,
        {.input = 1000, .output = 50, .total = 1380, .cached = 600, .reasoning = 300, .tool_prompt = 30});
    CHECK(usage == usage_of({.fresh = 430, .read = 600, .visible = 50, .reasoning = 300}));
    CHECK(usage.prompt_tokens() == 1030);
    CHECK(usage.output_tokens() == 350);
  }
  SUBCASE("thinking took the whole budget: candidatesTokenCount is left out") {
    CHECK(good(Dialect::gemini, {.input = 7, .total = 1006, .reasoning = 999}) ==
          usage_of({.fresh = 7, .visible = 0, .reasoning = 999}));
  }
  SUBCASE("without a total there is nothing to derive from") {
    CHECK(good(Dialect::gemini, {.input = 7, .reasoning = 999}) == usage_of({.fresh = 7, .reasoning = 999}));
  }
}

TEST_CASE("Ollama and llama-server") {
  CHECK(good(Dialect::ollama, {.input = 26, .output = 290}) == usage_of({.fresh = 26, .visible = 290}));
  CHECK(good(Dialect::ollama, {.output = 290}) == usage_of({.visible = 290}));  // a prompt from the cache
  const Usage usage = std::get<Usage>(
      normalise_usage(Dialect::llama_server, {.input = 7, .output = 2, .cached = 3}, Provenance::timings));
  CHECK(usage == usage_of({.fresh = 7, .read = 3, .visible = 2}, Provenance::timings));
  CHECK(usage.prompt_tokens() == 10);
}

TEST_CASE("what nobody reported stays unknown") {
  for (const auto dialect :
       {Dialect::openai, Dialect::anthropic, Dialect::gemini, Dialect::ollama, Dialect::llama_server}) {
    CHECK(good(dialect, {}) == Usage{});
    CHECK(good(dialect, {.input = 10}) == usage_of({.fresh = 10}));
    CHECK(good(dialect, {.output = 10}) == usage_of({.visible = 10}));
    CHECK(good(dialect, {.total = 10}) == Usage{});
  }
  CHECK(good(Dialect::openai, {.cached = 4, .reasoning = 3}) == usage_of({.read = 4, .reasoning = 3}));
  CHECK(good(Dialect::openai, {.output = 5, .total = 15}) == usage_of({.visible = 5}));
}

TEST_CASE("OpenAI: what does not add up is rejected with both numbers") {
  const auto rejected = [](const RawUsage& raw) { return bad(Dialect::openai, raw); };
  CHECK(rejected({.input = 100, .cached = 120}) == "prompt_tokens 100 is less than cached_tokens 120");
  CHECK(rejected({.input = 10, .cached = 7, .cache_write = 4}) ==
        "prompt_tokens 10 is less than cached_tokens 7 + cache_write_tokens 4 = 11");
  CHECK(rejected({.input = 10, .cached = 7, .cache_write_5m = 1, .cache_write_1h = 3}) ==
        "prompt_tokens 10 is less than cached_tokens 7 + ephemeral_5m_input_tokens 1 + "
        "ephemeral_1h_input_tokens 3 = 11");
  CHECK(rejected({.output = 5, .reasoning = 6}) == "completion_tokens 5 is less than reasoning_tokens 6");
  CHECK(rejected({.input = 10, .output = 5, .total = 16}) ==
        "total_tokens 16 differs from prompt_tokens 10 + completion_tokens 5 = 15");
  CHECK(rejected({.input = 10, .output = 5, .total = 14}) ==
        "total_tokens 14 differs from prompt_tokens 10 + completion_tokens 5 = 15");
  CHECK(rejected({.input = 10, .output = 5, .total = 46, .reasoning = 30}) ==
        "total_tokens 46 differs from prompt_tokens 10 + completion_tokens 5 = 15");
  CHECK(rejected({.input = 10, .total = 9}) == "total_tokens 9 is less than prompt_tokens 10");
  CHECK(rejected({.output = 10, .total = 9}) == "total_tokens 9 is less than completion_tokens 10");
  CHECK(rejected({.input = 10, .total = 14, .reasoning = 5}) ==
        "total_tokens 14 is less than prompt_tokens 10 + reasoning_tokens 5 = 15");
  CHECK(rejected({.input = 10, .cache_hit = 4, .cache_miss = 4}) ==
        "prompt_tokens 10 differs from prompt_cache_hit_tokens 4 + prompt_cache_miss_tokens 4 = 8");
  CHECK(rejected({.input = 10, .cached = 7, .cache_miss = 4}) ==
        "prompt_tokens 10 differs from cached_tokens 7 + prompt_cache_miss_tokens 4 = 11");
  CHECK(rejected({.input = 10, .cache_miss = 11}) ==
        "prompt_tokens 10 is less than prompt_cache_miss_tokens 11");
  CHECK(rejected({.cached = 3, .cache_hit = 4}) == "cached_tokens 3 differs from prompt_cache_hit_tokens 4");
  CHECK(rejected({.output = 1, .total = 9, .cache_hit = 4, .cache_miss = 5}) ==
        "total_tokens 9 differs from prompt_cache_hit_tokens 4 + prompt_cache_miss_tokens 5 + "
        "completion_tokens 1 = 10");
  CHECK(
      rejected({.output = 1, .total = 9, .cached = 4, .cache_miss = 5}) ==
      "total_tokens 9 differs from cached_tokens 4 + prompt_cache_miss_tokens 5 + completion_tokens 1 = 10");
  CHECK(rejected({.cache_write = 6, .cache_hit = 4, .cache_miss = 5}) ==
        "cache hit + miss 9 is less than prompt_cache_hit_tokens 4 + cache_write_tokens 6 = 10");
  CHECK(rejected({.input = 5, .tool_prompt = 2}) == "tool prompt 2 is told, but OpenAI counts no such thing");
}

TEST_CASE("Anthropic: what does not add up is rejected with both numbers") {
  const auto rejected = [](const RawUsage& raw) { return bad(Dialect::anthropic, raw); };
  CHECK(rejected({.cache_write = 1000, .cache_write_5m = 600, .cache_write_1h = 300}) ==
        "cache_creation_input_tokens 1000 differs from ephemeral_5m_input_tokens 600 + "
        "ephemeral_1h_input_tokens 300 = 900");
  CHECK(rejected({.cache_write = 1000, .cache_write_5m = 600, .cache_write_1h = 500}) ==
        "cache_creation_input_tokens 1000 is less than ephemeral_5m_input_tokens 600 + "
        "ephemeral_1h_input_tokens 500 = 1100");
  CHECK(rejected({.cache_write = 10, .cache_write_1h = 11}) ==
        "cache_creation_input_tokens 10 is less than ephemeral_1h_input_tokens 11");
  CHECK(rejected({.output = 5, .reasoning = 6}) == "output_tokens 5 is less than thinking_tokens 6");
  CHECK(rejected({.input = 3, .output = 5, .total = 129, .cached = 20, .cache_write = 100}) ==
        "total_tokens 129 differs from input_tokens 3 + cache_read_input_tokens 20 + "
        "ephemeral_5m_input_tokens 100 + output_tokens 5 = 128");
  CHECK(rejected({.input = 5, .cache_hit = 2}) == "cache hit 2 is told, but Anthropic counts no such thing");
}

TEST_CASE("Gemini, Ollama, llama-server: what does not add up is rejected with both numbers") {
  CHECK(bad(Dialect::gemini, {.input = 10, .cached = 12}) ==
        "promptTokenCount 10 is less than cachedContentTokenCount 12");
  // What a tool's prompt brings was not in the cache.
  CHECK(bad(Dialect::gemini, {.input = 10, .cached = 12, .tool_prompt = 5}) ==
        "promptTokenCount 10 is less than cachedContentTokenCount 12");
  // Thoughts inside the candidates would be OpenAI's way.
  CHECK(
      bad(Dialect::gemini, {.input = 10, .output = 5, .total = 15, .reasoning = 4}) ==
      "totalTokenCount 15 differs from promptTokenCount 10 + candidatesTokenCount 5 + thoughtsTokenCount 4 = "
      "19");
  CHECK(bad(Dialect::gemini, {.input = 10, .output = 5, .total = 15, .tool_prompt = 4}) ==
        "totalTokenCount 15 differs from promptTokenCount 10 + toolUsePromptTokenCount 4 + "
        "candidatesTokenCount 5 = 19");
  CHECK(bad(Dialect::gemini, {.input = 10, .total = 13, .reasoning = 4}) ==
        "totalTokenCount 13 is less than promptTokenCount 10 + thoughtsTokenCount 4 = 14");
  CHECK(bad(Dialect::gemini, {.cache_write = 4}) == "cache write 4 is told, but Gemini counts no such thing");
  CHECK(bad(Dialect::ollama, {.input = 10, .cached = 4}) ==
        "cached 4 is told, but Ollama counts no such thing");
  CHECK(bad(Dialect::ollama, {.input = 10, .output = 5, .total = 16}) ==
        "total_tokens 16 differs from prompt_eval_count 10 + eval_count 5 = 15");
  CHECK(bad(Dialect::llama_server, {.input = 7, .output = 2, .total = 11, .cached = 3}) ==
        "total_tokens 11 differs from prompt_n 7 + cache_n 3 + predicted_n 2 = 12");
  CHECK(bad(Dialect::llama_server, {.reasoning = 7}) ==
        "reasoning 7 is told, but llama-server counts no such thing");
}

TEST_CASE("counts that no API can mean") {
  CHECK(bad(Dialect::openai, {.input = -1}) == "prompt_tokens -1 is less than 0");
  CHECK(bad(Dialect::openai, {.input = 10, .cached = -1}) == "cached_tokens -1 is less than 0");
  CHECK(bad(Dialect::anthropic, {.output = INT64_MIN}) ==
        "output_tokens -9223372036854775808 is less than 0");
  CHECK(bad(Dialect::gemini, {.total = INT64_MAX}) ==
        "totalTokenCount 9223372036854775807 is more than 1000000000000000");
  CHECK(bad(Dialect::openai, {.tool_prompt = -2}) == "tool prompt -2 is less than 0");
  CHECK(good(Dialect::openai, {.input = 1'000'000'000'000'000, .output = 1'000'000'000'000'000}) ==
        usage_of({.fresh = 1'000'000'000'000'000, .visible = 1'000'000'000'000'000}));
  // A zero of a kind that the dialect does not have contradicts nothing.
  CHECK(good(Dialect::ollama, {.input = 10, .cached = 0}) == usage_of({.fresh = 10, .read = 0}));
}
