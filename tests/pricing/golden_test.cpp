// Golden sums whose inputs were published, some at rates of their own.
#include <doctest/doctest.h>

#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

TEST_CASE("Terminal-Bench's GPT-5.5 row: $2,059.19 over many requests, none of them long") {
  // harbor-framework/terminal-bench-2-1, submission 2026-05-01-openai-gpt-5-5-xhigh-codex: sums over the run.
  const Usage usage = usage_of({{Meter::fresh_input, 336'797'311},
                                {Meter::cache_read, 392'433'664},
                                {Meter::visible_output, 5'966'373}});
  const Bill bill =
      tariff("openai/gpt-5.5").bill_over(usage, at("2026-05-01"), parse_wall("2026-05-01"), 445);
  CHECK(bill.low()->decimal() == "2059.194577");
  CHECK(bill.high()->atto() > bill.low()->atto());  // were all prompts long
}

TEST_CASE("Aider's DeepSeek V3.2 row") {
  const Usage usage = usage_of({{Meter::fresh_input, 2'191'446}, {Meter::visible_output, 1'645'129}});
  CHECK(tariff("deepseek/deepseek-reasoner").bill(usage, at("2025-12-02T12:00:00Z")).total()->decimal() ==
        "1.30455906");
}

TEST_CASE("a cache write at rates of its own: litellm#9812 billed the cached tokens twice") {
  const PriceBook book = book_of({price_record(
      {{"meters", {{"input", "3"}, {"cache_write_5m", "3.75"}, {"cache_read", "0.30"}, {"output", "15"}}}})});
  const Tariff by = std::get<Tariff>(acme(book));
  const Usage usage = usage_of({{Meter::fresh_input, 3},
                                {Meter::cache_write_5m, 12'304},
                                {Meter::cache_read, 0},
                                {Meter::visible_output, 550}});
  CHECK(by.bill(usage, at("2026-06-01")).total()->decimal() == "0.054399");
}

TEST_CASE("DeepSeek's farm on day 6: nodes by the hour, and revenue from its rounded tokens") {
  // deepseek-ai/open-infra-index, day 6: 226.75 nodes of 8 accelerators at $2 an hour; 342B hits, 266B
  // misses, 168B output at R1's prices.
  CHECK(Money::parse(Currency(), "2").times(8 * 24).scaled(22'675, 100).decimal() == "87072");
  const PriceBook book =
      book_of({price_record({{"meters", {{"input", "0.55"}, {"cache_read", "0.14"}, {"output", "2.19"}}}})});
  const Usage usage = usage_of({{Meter::fresh_input, 266'000'000'000},
                                {Meter::cache_read, 342'000'000'000},
                                {Meter::visible_output, 168'000'000'000}});
  CHECK(std::get<Tariff>(acme(book)).bill(usage, at("2026-06-01")).total()->decimal() == "562100");
}
