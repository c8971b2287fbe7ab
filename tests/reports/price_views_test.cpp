// What show, explain and history say, over the project's own catalogue.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/json.h"
#include "reports/render/format.h"
#include "reports/views/price_explain_view.h"
#include "reports/views/price_history_view.h"
#include "reports/views/price_show_view.h"
#include "reports/views/price_words.h"
#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::reports;
using pricing::test::tariff;

namespace {

bool has_note(const Document& document, std::string_view text) {
  return std::any_of(document.notes.begin(), document.notes.end(),
                     [&](const Note& note) { return note.text.find(text) != std::string::npos; });
}

Json json_of(const Document& document) {
  return parse_json(render_json(document, {}), "document");
}

}  // namespace

TEST_CASE("show says the price, why it holds, and what comes next") {
  const Document peak =
      price_show_document(tariff("deepseek/deepseek-v4-pro"), parse_wall("2026-08-17T01:00:00Z"));
  CHECK(peak.headline ==
        "At 2026-08-17T01:00:00Z, one million tokens of deepseek/deepseek-v4-pro cost $1.32 input, $0.044 "
        "cache reads and $3.96 output (peak holds).");
  CHECK(has_note(peak, "Off-peak holds from 2026-08-17T04:00:00Z."));
  CHECK(has_note(peak, "From 2026-08-22T16:00:00Z the same prices have other hours: peak Mon to Fri"));
  CHECK(has_note(peak, "band_boundary: "));
  const Json json = json_of(peak);
  REQUIRE(json["prices"].size() == 2);
  CHECK(json["prices"][0]["band"] == "off-peak");
  CHECK(json["prices"][0]["in_effect"] == false);
  CHECK(json["prices"][1]["in_effect"] == true);
  CHECK(json["prices"][1]["cache_read"]["amount"] == "0.044");
  CHECK(json["prices"][1]["cache_write_5m"].is_null());
}

TEST_CASE("show tells of the next change of the price") {
  const Document flash = price_show_document(tariff("google/gemini-3.8-flash"), parse_wall("2026-11-20"));
  CHECK(has_note(flash,
                 "From 2027-01-01T00:00:00Z the price of input rises from $0.75 to $1.50, the price of cache "
                 "reads rises from $0.075 to $0.15 and the price of output rises from $3.75 to $7.50."));
  CHECK(flash.headline.find("a promo price") != std::string::npos);
  // Announced on 2026-09-09, so on that day the change to Flash prices was the next one.
  const Document announced = price_show_document(
      tariff("deepseek/deepseek-v4-pro", "standard", "any", "USD", "2026-09-09T12:00:00Z"),
      parse_wall("2026-09-09T12:00:00Z"));
  CHECK(has_note(announced, "From 2026-09-14T04:00:00Z one million tokens cost"));
  CHECK_FALSE(
      has_note(price_show_document(tariff("deepseek/deepseek-v4-pro"), parse_wall("2026-09-09T12:00:00Z")),
               "From 2026"));
}

TEST_CASE("show lists both tiers, a factor's range, and what is charged besides tokens") {
  const Document gpt = price_show_document(tariff("openai/gpt-5.5", "batch"), parse_wall("2026-09-01"));
  CHECK(gpt.headline.ends_with(
      "$2.50 input, $0.25 cache reads and $15.00 output (prompts below 272,000 tokens)."));
  CHECK(has_note(gpt,
                 "A prompt from 272,000 tokens (fresh, cache reads and cache writes) costs the whole "
                 "request, output included, $5.00 input, $0.50 cache reads and $22.50 output."));
  CHECK(has_note(gpt, "costwar prices explain openai/gpt-5.5 --at 2026-09-01T00:00:00Z --class batch names"));
  CHECK(json_of(gpt)["units"][1]["price"]["amount"] == "10");
  const Document range =
      price_show_document(tariff("google/gemini-3.5-flash", "priority"), parse_wall("2026-10-01"));
  CHECK(range.headline.find("$2.625 to $3.00 input") != std::string::npos);
  CHECK(json_of(range)["prices"][0]["input"]["low"] == "2.625");
  const Json units = json_of(range)["units"];
  CHECK(units[0]["state"] == "unpriced");
  CHECK(units[0]["price"].is_null());
  CHECK(units[1]["free_per_month"] == 5000);
}

TEST_CASE("explain adds up, names the records and their sources") {
  const Usage usage = pricing::test::usage_of(
      {{Meter::fresh_input, 100'000}, {Meter::cache_read, 200'000}, {Meter::visible_output, 1000}});
  const Document document = price_explain_document(tariff("openai/gpt-5.5", "standard", "data_residency"),
                                                   usage, parse_wall("2026-09-01"));
  CHECK(document.headline == "openai/gpt-5.5 in data_residency at 2026-09-01T00:00:00Z: $1.3695.");
  const Json json = json_of(document);
  CHECK(json["total"]["amount"] == "1.3695");
  CHECK(json["complete"] == true);
  CHECK(json["bill"][0]["amount"]["amount"] == "1.1");
  CHECK_FALSE(json["records"].empty());
  CHECK_FALSE(json["sources"].empty());
  CHECK(has_note(document, "derived: "));
  const Document refused =
      price_explain_document(tariff("openai/gpt-5.5", "priority"), usage, parse_wall("2026-09-01"));
  CHECK(refused.headline.find("has no price: openai/gpt-5.5 is not sold as priority") != std::string::npos);
  CHECK(json_of(refused)["total"]["amount"].is_null());
}

TEST_CASE("history has every step, draws it, and lists apart what never held") {
  const Document document = price_history_document(tariff("deepseek/deepseek-v4-pro"),
                                                   parse_wall("2026-04-24"), parse_wall("2026-11-23"));
  CHECK(document.headline ==
        "The price of deepseek/deepseek-v4-pro changed 3 times from 2026-04-24 to 2026-11-23: at first one "
        "million tokens cost $1.74 input, $0.145 cache reads and $3.48 output; at last $0.66 input, $0.022 "
        "cache reads and $1.98 output (off-peak).");
  const Json json = json_of(document);
  REQUIRE(json["periods"].size() == 8);
  CHECK(json["periods"][2]["from"] == "2026-04-26T12:15:00Z");
  CHECK(json["periods"][5]["from"] == "2026-08-16T16:00:00Z");
  CHECK(json["periods"][5]["when"] == "peak");
  CHECK(json["periods"][7]["until"].is_null());
  CHECK(json["withdrawn"].size() == 4);
  CHECK(json["withdrawn"][3]["known_until"] == "2026-09-11T00:00:00Z");
  std::vector<std::string> peak_input;
  for (const Json& each : json["chart"])
    if (each["panel"] == "input" && each["series"] == "peak" && !each["value"].is_null())
      peak_input.push_back(each["value"]);
  CHECK(peak_input == std::vector<std::string>{"1.32"});
  CHECK(render_terminal(document, {80, false, false}).find("$0.003625 ┤") != std::string::npos);
}

TEST_CASE("history of a span without any price says so") {
  const Document document =
      price_history_document(tariff("openai/gpt-5.5"), parse_wall("2025-01-01"), parse_wall("2025-02-01"));
  CHECK(document.headline == "openai/gpt-5.5 had no price from 2025-01-01 to 2025-02-01.");
  CHECK(std::get<StepChart>(document.charts[0]).panels.empty());
}

TEST_CASE("words for lists and times") {
  CHECK(list_words({}) == "");
  CHECK(list_words({"a"}) == "a");
  CHECK(list_words({"a", "b"}) == "a and b");
  CHECK(list_words({"a", "b", "c"}) == "a, b and c");
  CHECK(table_time(parse_wall("2026-08-16T16:00:00Z")) == "2026-08-16 16:00");
  CHECK(table_time(parse_wall("2026-08-16T16:00:01Z")) == "2026-08-16 16:00:01");
  CHECK(table_time(pricing::kForever) == "open");
}
