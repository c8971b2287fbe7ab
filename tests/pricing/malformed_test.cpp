// Books that must not be accepted, each with the exact complaint.
#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

template <typename F>
std::string complaint(const F& make) {
  try {
    make();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.hint().empty() ? error.what() : std::string(error.what()) + " | " + error.hint();
  }
  return "accepted";
}

std::string of(const std::vector<Json>& records) {
  return complaint([&] { book_of(records); });
}
std::string patched_price(const Json& patch) {
  return of({price_record(patch)});
}

Json calendar_json() {
  return Json{
      {"id", "night"},
      {"provider", "acme"},
      {"utc_offset", "+08:00"},
      {"default_band", "peak"},
      {"windows", {{{"band", "off_peak"}, {"weekdays", {"mon"}}, {"start", "22:00"}, {"end", "08:00"}}}},
      {"boundary", {{"start", "inclusive"}, {"end", "exclusive"}, {"confirmed", true}}},
      {"decided_by", "billing"},
      {"decided_by_confirmed", true},
      {"sources", {"https://acme.example/hours"}}};
}
std::string patched_calendar(const Json& patch) {
  Json json = calendar_json();
  json.merge_patch(patch);
  return complaint([&] { book_of({}, {json}); });
}

Json tier(const Json& conditions) {
  return {{"operand", "prompt_tokens_total"},
          {"scope", "whole_request"},
          {"conditions", conditions},
          {"boundary_confirmed", true}};
}

}  // namespace

TEST_CASE("unknown fields and words") {
  CHECK(patched_price({{"curency", "USD"}}) ==
        "book.json: /records/0: \"curency\" is not known here | did you mean \"currency\"?");
  CHECK(patched_price({{"status", "inforce"}}) ==
        "book.json: /records/0/status: 'inforce' is none of in_force, scheduled, cancelled, never_applied, "
        "reference | did you mean \"in_force\"?");
  CHECK(patched_price({{"kind", "prize"}}) ==
        "book.json: /records/0/kind: 'prize' is none of price, alias, multiplier, per_unit | did you mean "
        "\"price\"?");
  CHECK(patched_price({{"service_class", "cheap"}}) ==
        "book.json: /records/0/service_class: 'cheap' is none of standard, batch, flex, priority, fast");
  CHECK(patched_price({{"meters", {{"inptu", "1"}}}}) ==
        "book.json: /records/0/meters: \"inptu\" is not known here | did you mean \"input\"?");
  CHECK(patched_price({{"provider", "Acme Inc"}}) ==
        "book.json: /records/0/provider: 'Acme Inc' is not a name | use lower-case letters, digits, '.', '_' "
        "and '-'");
  CHECK(complaint([] {
          book_from(Json{{"schema_version", 1}, {"as_of", "2026-11-23"}, {"recrods", Json::array()}});
        }) == "book.json: the top level: \"recrods\" is not known here | did you mean \"records\"?");
  CHECK(complaint([] {
          book_from(Json{{"schema_version", 2}, {"as_of", "2026-11-23"}});
        }) == "book.json: /schema_version: 2 is outside 1..1");
}

TEST_CASE("missing members and wrong types") {
  CHECK(patched_price({{"model", nullptr}}) == "book.json: /records/0: \"model\" is missing");
  CHECK(patched_price({{"sources", Json::array()}}) ==
        "book.json: /records/0/sources: a record needs at least one source");
  CHECK(patched_price({{"meters", {{"input", 5}}}}) ==
        "book.json: /records/0/meters/input: expected a string");
  CHECK(patched_price({{"confirmed", "yes"}}) == "book.json: /records/0/confirmed: expected true or false");
  CHECK(patched_price({{"meters", {{"input", nullptr}, {"output", nullptr}}}}) ==
        "book.json: /records/0/meters: a price record needs at least one rate");
}

TEST_CASE("bad decimals") {
  const std::string hint = " | write a decimal number such as 0.0028, with at most 18 digits after the point";
  CHECK(patched_price({{"meters", {{"input", "1e3"}}}}) ==
        "book.json: /records/0/meters/input: '1e3' is not an amount of money" + hint);
  CHECK(patched_price({{"meters", {{"input", "1,5"}}}}) ==
        "book.json: /records/0/meters/input: '1,5' is not an amount of money" + hint);
  CHECK(patched_price({{"meters", {{"input", "-1"}}}}) ==
        "book.json: /records/0/meters/input: the rate '-1' is negative");
  CHECK(patched_price({{"meters", {{"input", "0.0000000000001"}}}}) ==
        "book.json: /records/0/meters/input: the rate '0.0000000000001' has too many digits to be exact for "
        "one unit");
  CHECK(patched_price({{"meters", {{"input", "1000001"}}}}) ==
        "book.json: /records/0/meters/input: the rate '1000001' is too large");
  CHECK(of({multiplier_record({{"factor", "0"}})}) ==
        "book.json: /records/0/factor: '0' is not a factor | write a decimal number above 0 and at most "
        "1000, with at most 6 digits after the point");
  CHECK(patched_price({{"currency", "dollar"}}) ==
        "book.json: /records/0/currency: 'dollar' is not a currency | use a code such as USD or CNY");
}

TEST_CASE("reversed and empty intervals") {
  CHECK(patched_price({{"effective_until", "2025-01-01T00:00:00Z"}, {"effective_until_precision", "day"}}) ==
        "book.json: /records/0/effective_until: the interval ends at or before its start");
  CHECK(patched_price({{"known_until", "2026-01-01T00:00:00Z"}}) ==
        "book.json: /records/0/known_until: the record stops being known at or before it becomes known");
  CHECK(patched_price({{"effective_from", "2026-13-01"}}) ==
        "book.json: /records/0/effective_from: '2026-13-01' is not an instant | write it as "
        "2026-04-26T12:15:00Z, with an offset such as +08:00, or as a date 2026-04-26");
  CHECK(patched_price({{"effective_from_precision", "unknown"}}) ==
        "book.json: /records/0/effective_from_precision: is \"unknown\" exactly where the start is null");
  CHECK(patched_price({{"tier", tier({{{"op", ">"}, {"tokens", 10}}, {{"op", "<"}, {"tokens", 11}}})}}) ==
        "book.json: /records/0/tier/conditions: no prompt size meets all conditions");
  CHECK(patched_price({{"last_verified", "2026-11-31"}}) ==
        "book.json: /records/0/last_verified: '2026-11-31' is not an instant | write it as "
        "2026-04-26T12:15:00Z, with an offset such as +08:00, or as a date 2026-04-26");
  CHECK(of({multiplier_record({{"factor", nullptr}, {"factor_min", "2"}, {"factor_max", "1"}})}) ==
        "book.json: /records/0/factor_max: the range of factors is reversed");
}

TEST_CASE("overlapping sheets") {
  const std::string hint = " | end one of them, or give them different bands, tiers or known intervals";
  CHECK(of({price_record(), price_record({{"id", "p2"}})}) ==
        "book.json: /records/1: overlaps with 'p1': both hold for the same instants and prompt sizes" + hint);
  CHECK(of({price_record({{"tier", tier({{{"op", "<="}, {"tokens", 10}}})}}),
            price_record({{"id", "p2"}, {"tier", tier({{{"op", ">="}, {"tokens", 10}}})}})}) ==
        "book.json: /records/1: overlaps with 'p1': both hold for the same instants and prompt sizes" + hint);
  CHECK(of({price_record({{"tier", tier({{{"op", "<="}, {"tokens", 10}}})}}),
            price_record({{"id", "p2"}, {"tier", tier({{{"op", ">"}, {"tokens", 10}}})}})}) == "accepted");
  CHECK(of({price_record(), price_record({{"id", "p2"}, {"currency", "CNY"}})}) == "accepted");
  CHECK(of({price_record(), price_record({{"id", "p2"}, {"status", "reference"}})}) == "accepted");
  CHECK(of({price_record({{"known_until", "2026-05-01"}}),
            price_record({{"id", "p2"}, {"known_from", "2026-05-01"}})}) == "accepted");
  CHECK(of({price_record(), alias_record({{"model", "model-a"}, {"alias_of", "model-c"}}),
            price_record({{"id", "p2"}, {"model", "model-c"}})}) ==
        "book.json: /records/1: overlaps with 'p1': both start at the same instant");
  CHECK(of({multiplier_record(), multiplier_record({{"id", "m2"}})}) ==
        "book.json: /records/1: overlaps with 'm1': both start at the same instant");
  CHECK(complaint([] {
          book_of(
              {price_record({{"time_band", "peak"}, {"calendar", "night"}}), price_record({{"id", "p2"}})},
              {calendar_json()});
        }) == "book.json: /records/1: belongs to one sheet with 'p1' but follows another calendar");
}

TEST_CASE("references that lead nowhere, and names used twice") {
  CHECK(of({alias_record()}) ==
        "book.json: /records/0: the alias leads to 'acme/model-a', which has no price record");
  CHECK(of({price_record(), alias_record({{"model", "model-a"}})}) ==
        "book.json: /records/1/alias_of: a model cannot be an alias of itself");
  CHECK(patched_price({{"time_band", "peak"}, {"calendar", "nihgt"}}) ==
        "book.json: /records/0/calendar: the calendar 'nihgt' is not defined");
  CHECK(patched_price({{"time_band", "peak"}}) ==
        "book.json: /records/0/time_band: a band other than \"all\" and a calendar come together");
  CHECK(of({price_record(), price_record({{"currency", "CNY"}})}) ==
        "book.json: /records/1: the id 'p1' is already used at book.json: /records/0");
  CHECK(complaint([] {
          book_of({}, {calendar_json(), calendar_json()});
        }) == "book.json: /calendars/1/id: the calendar 'night' is already defined");
  const Json model{{"id", "acme/model-a"}, {"name", "A"}, {"priced", true}};
  CHECK(complaint([&] {
          book_of({}, {}, {model, model});
        }) == "book.json: /models/1: the model 'acme/model-a' is already listed at book.json: /models/0");
  CHECK(complaint([&] {
          book_of({}, {}, {Json{{"id", "model-a"}, {"name", "A"}, {"priced", true}}});
        }) == "book.json: /models/0/id: 'model-a' is not provider/model");
}

TEST_CASE("two factors or unit prices for one model") {
  const auto pair = [](const Json& first, const Json& second) {
    return of(
        {multiplier_record({{"models", first}}), multiplier_record({{"id", "m2"}, {"models", second}})});
  };
  const std::string overlap = "book.json: /records/1: overlaps with 'm1': both start at the same instant";
  CHECK(pair({"model-a"}, {"*"}) == overlap);
  CHECK(pair({"model-*"}, {"model-a"}) == overlap);
  CHECK(pair({"model-*"}, {"mod*"}) == overlap);
  CHECK(pair({"model-a"}, {"model-b"}) == "accepted");
  CHECK(pair({"model-a"}, {"other-*"}) == "accepted");
  CHECK(of({multiplier_record({{"except_models", {"model-a"}}}),
            multiplier_record({{"id", "m2"}, {"models", {"model-a"}}})}) == "accepted");
  CHECK(of({unit_record(), unit_record({{"id", "u2"}, {"models", {"model-a"}}})}) ==
        "book.json: /records/1: overlaps with 'u1': both start at the same instant");
  CHECK(of({unit_record(), unit_record({{"id", "u2"}, {"caller", "direct_api"}})}) == "accepted");
}

TEST_CASE("unit prices say what they mean") {
  CHECK(of({unit_record({{"state", "unpriced"}})}) ==
        "book.json: /records/0/state: a price is given exactly where the state is \"priced\" or \"free\"");
  CHECK(of({unit_record({{"state", "free"}})}) ==
        "book.json: /records/0/price: the price is 0 exactly where the state is \"free\"");
  CHECK(of({unit_record({{"price", "0"}})}) ==
        "book.json: /records/0/price: the price is 0 exactly where the state is \"free\"");
}

TEST_CASE("calendars") {
  CHECK(patched_calendar(Json::object()) == "accepted");
  CHECK(patched_calendar({{"utc_offset", "8"}}) ==
        "book.json: /calendars/0/utc_offset: '8' is not an offset from UTC | write it as +08:00");
  CHECK(patched_calendar(
            {{"windows",
              {{{"band", "off_peak"}, {"weekdays", {"mon"}}, {"start", "24:00"}, {"end", "08:00"}}}}}) ==
        "book.json: /calendars/0/windows/0/start: '24:00' is not a time of day | write it as 09:30");
  CHECK(patched_calendar(
            {{"windows",
              {{{"band", "off_peak"}, {"weekdays", {"mon"}}, {"start", "08:00"}, {"end", "08:00"}}}}}) ==
        "book.json: /calendars/0/windows/0/end: the window is empty");
  CHECK(patched_calendar({{"holiday_band", "off_peak"}}) ==
        "book.json: /calendars/0/holiday_band: a holiday band without holidays");
  const Json day{{"date", "2026-10-01"}, {"name", "National Day"}, {"confirmed", true}};
  CHECK(patched_calendar({{"holidays", {day, day}},
                          {"holiday_band", "off_peak"},
                          {"holidays_complete_through", "2026-12-31"}}) ==
        "book.json: /calendars/0/holidays/1/date: holidays stand in ascending order, each once");
}

TEST_CASE("bytes that are no JSON name the line and column") {
  const Source source{"mine.json", "{\n  \"schema_version\": 1,\n  oops\n}"};
  CHECK(complaint([&] { PriceBook::parse({&source, 1}); }) == "mine.json:3:3: not JSON");
}
