// Books over books: what a user's own book replaces, what it adds, and what stays built-in.
#include <doctest/doctest.h>

#include "core/error.h"
#include "pricing/explain.h"
#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

Json book_json(const Json& parts) {
  Json document = {{"schema_version", 1}, {"as_of", "2026-11-23"}};
  document.update(parts);
  return document;
}

// The first book is layer 0, the next layer 1, ...
PriceBook layered(const std::vector<Json>& books) {
  std::vector<std::string> bytes;
  for (const Json& book : books) bytes.push_back(book.dump());
  std::vector<Source> sources;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sources.push_back({"layer" + std::to_string(i) + ".json", bytes[i], static_cast<std::uint32_t>(i)});
  return PriceBook::parse(sources);
}

PriceBook layered_records(const std::vector<std::vector<Json>>& records) {
  std::vector<Json> books;
  for (const std::vector<Json>& each : records) books.push_back(book_json({{"records", each}}));
  return layered(books);
}

Json layer_price(std::string_view id, std::string_view input, const Json& patch = Json::object()) {
  Json record = price_record({{"id", id}, {"meters", {{"input", input}}}});
  record.merge_patch(patch);
  return record;
}

Json tier(std::string_view op, std::int64_t tokens) {
  return {{"operand", "prompt_tokens_total"},
          {"scope", "whole_request"},
          {"conditions", {{{"op", op}, {"tokens", tokens}}}},
          {"boundary_confirmed", true}};
}

std::string complaint(const std::vector<std::vector<Json>>& records) {
  try {
    layered_records(records);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

bool from_user(const PriceBook& book, std::string_view instant) {
  const auto answer = acme(book);
  const Usage usage = usage_of({{Meter::fresh_input, 10}, {Meter::visible_output, 10}});
  return std::get<Tariff>(answer).bill(usage, at(instant)).has(Mark::user_price);
}

}  // namespace

TEST_CASE("a contract holds within its dates and the built-in price outside") {
  const Json contract = layer_price("c1", "0.40",
                                    {{"effective_from", "2026-03-01T00:00:00Z"},
                                     {"effective_until", "2026-06-01T00:00:00Z"},
                                     {"effective_until_precision", "minute"}});
  const PriceBook book = layered_records(
      {{layer_price("p1", "1"), layer_price("p2", "0.90", {{"effective_from", "2026-04-01T00:00:00Z"}})},
       {contract}});
  CHECK(input_price(acme(book), "2026-02-28T23:59:59Z") == "1");
  CHECK(input_price(acme(book), "2026-03-01T00:00:00Z") == "0.4");
  CHECK(input_price(acme(book), "2026-05-01T00:00:00Z") == "0.4");  // not the newer sheet below
  CHECK(input_price(acme(book), "2026-06-01T00:00:00Z") == "0.9");
  CHECK_FALSE(from_user(book, "2026-02-01T00:00:00Z"));
  CHECK(from_user(book, "2026-05-01T00:00:00Z"));
  CHECK_FALSE(from_user(book, "2026-07-01T00:00:00Z"));
}

TEST_CASE("a record of the same id replaces the lower one and answers in its place") {
  SUBCASE("its rates hold instead") {
    const PriceBook book = layered_records({{layer_price("p1", "1")}, {layer_price("p1", "0.75")}});
    CHECK(book.book().prices.size() == 1);
    CHECK(input_price(acme(book), "2026-05-01") == "0.75");
    CHECK(from_user(book, "2026-05-01"));
  }
  SUBCASE("the other tier of its sheet stays") {
    const PriceBook book = layered_records({{layer_price("low", "1", {{"tier", tier("<=", 10)}}),
                                             layer_price("high", "2", {{"tier", tier(">", 10)}})},
                                            {layer_price("low", "0.5", {{"tier", tier("<=", 10)}})}});
    CHECK(input_price(acme(book), "2026-05-01") == "2");  // a million tokens: above the threshold
    const Bill bill =
        std::get<Tariff>(acme(book))
            .bill(usage_of({{Meter::fresh_input, 10}, {Meter::visible_output, 0}}), at("2026-05-01"));
    CHECK(bill.total()->decimal() == "0.000005");
    CHECK(bill.has(Mark::user_price));
  }
  SUBCASE("a newer sheet of the book below still follows it") {
    const PriceBook book = layered_records(
        {{layer_price("p1", "1"), layer_price("p2", "3", {{"effective_from", "2026-06-01T00:00:00Z"}})},
         {layer_price("p1", "0.75")}});
    CHECK(input_price(acme(book), "2026-05-01") == "0.75");
    CHECK(input_price(acme(book), "2026-06-01") == "3");
  }
  SUBCASE("of three layers the highest stays") {
    const PriceBook book =
        layered_records({{layer_price("p1", "1")}, {layer_price("p1", "0.75")}, {layer_price("p1", "0.6")}});
    CHECK(input_price(acme(book), "2026-05-01") == "0.6");
  }
  SUBCASE("a record may be switched off") {
    const PriceBook book = layered_records(
        {{layer_price("p1", "1"), layer_price("p2", "3", {{"effective_from", "2026-06-01T00:00:00Z"}})},
         {layer_price("p2", "3", {{"effective_from", "2026-06-01T00:00:00Z"}, {"status", "reference"}})}});
    CHECK(input_price(acme(book), "2026-07-01") == "1");
  }
}

TEST_CASE("the order of sources does not matter, their layers do") {
  const std::string low = book_json({{"records", {layer_price("p1", "1")}}}).dump();
  const std::string high = book_json({{"records", {layer_price("c1", "0.4")}}}).dump();
  const std::vector<Source> sources{{"mine.json", high, 1}, {"builtin.json", low, 0}};
  CHECK(input_price(acme(PriceBook::parse(sources)), "2026-05-01") == "0.4");
}

TEST_CASE("only records of one layer can overlap") {
  CHECK(complaint({{layer_price("p1", "1")}, {layer_price("c1", "0.4")}}) == "accepted");
  CHECK(complaint({{layer_price("p1", "1")}, {layer_price("c1", "0.4"), layer_price("c2", "0.5")}}) ==
        "layer1.json: /records/1: overlaps with 'c1': both hold for the same instants and prompt sizes");
  CHECK(complaint({{layer_price("p1", "1")}, {layer_price("c1", "0.4"), layer_price("c1", "0.5")}}) ==
        "layer1.json: /records/1: the id 'c1' is already used at layer1.json: /records/0");
  CHECK(complaint({{layer_price("p1", "1")}, {alias_record({{"alias_of", "elsewhere"}})}}) ==
        "layer1.json: /records/0: the alias leads to 'acme/elsewhere', which has no price record");
  CHECK(complaint({{layer_price("p1", "1"), alias_record()},
                   {layer_price("c1", "0.4", {{"model", "model-b"}})}}) == "accepted");
}

TEST_CASE("aliases, multipliers and unit prices of a higher layer win") {
  SUBCASE("a user's price of an aliased name ends the alias") {
    const PriceBook book = layered_records(
        {{layer_price("p1", "1"), alias_record({{"effective_from", "2026-03-01T00:00:00Z"}})},
         {layer_price("c1", "0.4", {{"model", "model-b"}, {"effective_from", "2026-02-01T00:00:00Z"}})}});
    CHECK(input_price(acme(book, "2026-11-23", "standard", "any", "model-b"), "2026-05-01") == "0.4");
  }
  SUBCASE("a user's alias wins over a newer price below") {
    const PriceBook book = layered_records(
        {{layer_price("p1", "1"),
          layer_price("p2", "9", {{"model", "model-b"}, {"effective_from", "2026-04-01T00:00:00Z"}})},
         {alias_record()}});
    CHECK(input_price(acme(book, "2026-11-23", "standard", "any", "model-b"), "2026-05-01") == "1");
  }
  SUBCASE("an older multiplier of the user's wins") {
    const PriceBook book = layered_records(
        {{layer_price("p1", "1"), multiplier_record({{"effective_from", "2026-04-01T00:00:00Z"}})},
         {multiplier_record({{"id", "m2"}, {"factor", "0.3"}})}});
    CHECK(input_price(acme(book, "2026-11-23", "batch"), "2026-05-01") == "0.3");
  }
  SUBCASE("the built-in multiplier applies to a contract price") {
    const PriceBook book =
        layered_records({{layer_price("p1", "1"), multiplier_record()}, {layer_price("c1", "0.4")}});
    CHECK(input_price(acme(book, "2026-11-23", "batch"), "2026-05-01") == "0.2");
  }
  SUBCASE("a unit price for any caller wins over one for this caller below") {
    const PriceBook book = layered_records({{layer_price("p1", "1"), unit_record({{"caller", "agent"}})},
                                            {unit_record({{"id", "u2"}, {"price", "4"}})}});
    const auto found = book.unit_price({"acme", "model-a", "web_search", "agent", Currency(),
                                        parse_wall("2026-05-01"), parse_wall("2026-11-23")});
    CHECK(std::get<UnitPrice>(found).per_unit.decimal() == "0.004");
  }
}

TEST_CASE("models and calendars of the same id are replaced") {
  const auto calendar = [](std::string_view band) {
    return Json{{"id", "hours"},
                {"provider", "acme"},
                {"utc_offset", "+00:00"},
                {"default_band", band},
                {"windows", Json::array()},
                {"boundary", {{"start", "inclusive"}, {"end", "exclusive"}, {"confirmed", true}}},
                {"decided_by", "request_start"},
                {"decided_by_confirmed", true},
                {"sources", {"https://acme.example/hours"}}};
  };
  const Json records = {layer_price("peak", "2", {{"calendar", "hours"}, {"time_band", "peak"}}),
                        layer_price("off", "1", {{"calendar", "hours"}, {"time_band", "off_peak"}})};
  const Json low = book_json({{"calendars", {calendar("peak")}},
                              {"models", {{{"id", "acme/model-a"}, {"name", "A"}, {"priced", true}}}},
                              {"records", records}});
  const Json high = book_json({{"calendars", {calendar("off_peak")}},
                               {"models", {{{"id", "acme/model-a"}, {"name", "Our A"}, {"priced", true}}}}});
  CHECK(input_price(acme(layered({low})), "2026-05-01") == "2");
  const PriceBook book = layered({low, high});
  CHECK(input_price(acme(book), "2026-05-01") == "1");
  CHECK(from_user(book, "2026-05-01"));  // by the calendar
  CHECK(book.book().models.size() == 1);
  CHECK(book.book().model("acme/model-a")->name == "Our A");
  CHECK(book.book().calendars.size() == 1);
}

TEST_CASE("an explanation names the user's book and where in it the record stands") {
  const PriceBook book = layered_records({{layer_price("p1", "1")}, {layer_price("c1", "0.4")}});
  const Explanation explanation =
      explain(std::get<Tariff>(acme(book)), usage_of({{Meter::fresh_input, 10}}), at("2026-05-01"));
  REQUIRE(explanation.records.size() == 1);
  CHECK(explanation.records[0]->layer == 1);
  CHECK(explanation.records[0]->where == "layer1.json: /records/0");
  CHECK(explanation.bill.has(Mark::user_price));
  REQUIRE(explanation.considered.size() == 1);
  CHECK(explanation.considered[0].evidence->id == "p1");
  CHECK(explanation.considered[0].why_not == "a book of your own comes before the built-in one");
}

TEST_CASE("an own book leaves the catalogue's other answers as they are") {
  CHECK_FALSE(tariff("openai/gpt-5.5")
                  .bill(usage_of({{Meter::fresh_input, 1}}), at("2026-11-01"))
                  .has(Mark::user_price));
}
