#include "pricing/explain.h"

#include <doctest/doctest.h>

#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

std::string text(const Explanation& explanation) {
  std::string joined;
  for (const std::string& line : explanation.lines) joined += line + "\n";
  return joined;
}

}  // namespace

TEST_CASE("an explanation names every count, rate, record, date and source") {
  const Usage usage = usage_of({{Meter::fresh_input, 100'000},
                                {Meter::cache_read, 200'000},
                                {Meter::visible_output, 1000},
                                {Meter::requests, 1}});
  CHECK(text(explain(tariff("openai/gpt-5.5", "batch"), usage, at("2026-09-01"))) ==
        "Fresh input: 100000 tokens (reported) x 5 per 1M = USD 0.5\n"
        "Cache read: 200000 tokens (reported) x 0.5 per 1M = USD 0.1\n"
        "Visible output: 1000 tokens (reported) x 22.5 per 1M = USD 0.0225\n"
        "Requests: 1 requests (reported): not charged for\n"
        "Total: USD 0.6225\n"
        "Record: openai/gpt-5.5/usd/batch/ge272000/2026-04-24, in_force, from 2026-04-24 (hour not known) "
        "until further notice\n"
        "  third_party, seen 2026-09-05, last verified 2026-09-05\n"
        "  not settled: meters.cache_read, meters.output\n"
        "  source: https://github.com/BerriAI/litellm/pull/39861 (batch above 272K: input 5)\n"
        "  source: https://www.benchr.org/articles/gpt-5-5-pricing-explained (the 2x / 1.5x rule applies "
        "across "
        "standard, batch and flex)\n"
        "Note: a price composed from a sourced rule, not printed by the vendor\n"
        "Note: a record, or one of its fields, is not confirmed\n");
}

TEST_CASE("an explanation names aliases, factors, bands and doubts") {
  const Usage usage = usage_of({{Meter::fresh_input, 1'000'000}, {Meter::visible_output, 0}});
  const std::string flash =
      text(explain(tariff("deepseek/deepseek-v4-flash"), usage, at("2026-11-10T02:00:00Z")));
  CHECK(flash.find("Alias: deepseek-v4-flash is billed as deepseek-flash\n") != std::string::npos);
  CHECK(flash.find("Band: peak by calendar deepseek-2026-weekday, decided by unknown (not confirmed)\n") !=
        std::string::npos);
  CHECK(flash.find("Record: deepseek/deepseek-v4-flash/alias/deepseek-flash/2026-09-10T040000, in_force,") !=
        std::string::npos);
  CHECK(flash.find("Note: which instant decides between peak and off-peak is not settled\n") !=
        std::string::npos);
  const std::string priority =
      text(explain(tariff("google/gemini-3.5-flash", "priority"), usage, at("2026-10-01")));
  CHECK(priority.find("x 2.625 to 3 per 1M = USD 3\n") != std::string::npos);
  CHECK(priority.find("Total: USD 3, between 2.625 and 3\n") != std::string::npos);
  CHECK(priority.find("Factor: 1.75 to 2 for service class priority\n") != std::string::npos);
}

TEST_CASE("a refused bill says why, a partial one what is missing") {
  const Tariff priority = tariff("openai/gpt-5.5", "priority");
  CHECK(text(explain(priority, usage_of({{Meter::fresh_input, 272'000}, {Meter::visible_output, 1}}),
                     at("2026-10-01"))) ==
        "Not priced: openai/gpt-5.5 is not sold as priority for this prompt size\n");
  const std::string partial = text(explain(
      priority, usage_of({{Meter::fresh_input, 1000}, {Meter::cache_write_5m, 1}}), at("2026-10-01")));
  CHECK(partial.find("Cache write, 5 min: 1 tokens (reported): no rate is recorded\n") != std::string::npos);
  CHECK(partial.find("Visible output: not reported, so not in the total\n") != std::string::npos);
  CHECK(partial.find("Total: at least USD 0.0125\n") != std::string::npos);
}

TEST_CASE("every mark and every meter state is described in docs/pricing.md") {
  const std::string manual = read_file("docs/pricing.md");
  for (const MarkRow& row : marks())
    CHECK_MESSAGE(manual.find("| `" + std::string(row.name) + "` |") != std::string::npos, row.name);
  for (int state = 0; state <= static_cast<int>(MeterState::unreported); ++state) {
    const std::string name(meter_state_name(static_cast<MeterState>(state)));
    CHECK_MESSAGE(manual.find("`" + name + "`") != std::string::npos, name);
  }
}
