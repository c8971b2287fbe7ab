// The golden vectors of vectors.json against the project's own catalogue.
#include <doctest/doctest.h>

#include "core/json.h"
#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

struct Vectors {
  Json document = parse_json(read_file("tests/pricing/vectors.json"), "vectors.json");
  std::vector<JsonIn> rows(std::string_view key) const {
    return JsonIn(document, "vectors.json").at(key).elements();
  }
};

std::string text_or(const JsonIn& in, std::string_view key, const char* otherwise) {
  return in.optional_string(key).value_or(otherwise);
}

Tariff tariff_of(const JsonIn& row) {
  return tariff(row.at("provider").string() + "/" + row.at("model").string(),
                text_or(row, "service_class", "standard"), text_or(row, "region", "any"),
                row.at("currency").string(), row.at("known_at").string());
}

Mark mark_named(const std::string& name) {
  for (const MarkRow& row : marks())
    if (row.name == name) return row.mark;
  FAIL("no mark is named " << name);
  return Mark::derived;
}

void check_marks(const JsonIn& row, const Bill& bill) {
  if (const auto wanted = row.find("marks"))
    for (const std::string& name : wanted->strings())
      CHECK_MESSAGE(bill.has(mark_named(name)), "wanted mark: " << name);
  if (const auto unwanted = row.find("marks_absent"))
    for (const std::string& name : unwanted->strings())
      CHECK_MESSAGE(!bill.has(mark_named(name)), "unwanted mark: " << name);
}

void check_bill(const JsonIn& row) {
  CAPTURE(row.raw().dump());
  Usage usage;
  for (const auto& [name, count] : row.at("usage").members()) {
    const auto meter = meter_by_name(name);
    REQUIRE(meter.has_value());
    usage.set(*meter, count.integer(), Provenance::reported);
  }
  const Bill bill = tariff_of(row).bill(usage, at(row.at("instant").string()));
  CHECK(std::string(refusal_name(bill.refusal)) == text_or(row, "refusal", "none"));
  if (const auto total = row.optional_string("total")) {
    REQUIRE(bill.total().has_value());
    CHECK(bill.total()->decimal() == *total);
    CHECK(bill.low()->decimal() == text_or(row, "low", total->c_str()));
    CHECK(bill.high()->decimal() == text_or(row, "high", total->c_str()));
  }
  if (const auto states = row.find("states"))
    for (const auto& [name, state] : states->members())
      CHECK(std::string(meter_state_name(bill.state(*meter_by_name(name)))) == state.string());
  check_marks(row, bill);
}

}  // namespace

TEST_CASE("every golden rate holds at its instant") {
  const Vectors vectors;
  CHECK(vectors.rows("rates").size() == 26);
  for (const JsonIn& row : vectors.rows("rates")) {
    CAPTURE(row.raw().dump());
    const Usage usage =
        usage_of({{Meter::fresh_input, 1000}, {Meter::cache_read, 1000}, {Meter::visible_output, 1000}});
    const Bill bill = tariff_of(row).bill(usage, at(row.at("instant").string()));
    const auto expect = row.at("expect");
    const Currency currency(row.at("currency").string());
    for (const auto& [meter, name] :
         {std::pair{Meter::fresh_input, "input"}, std::pair{Meter::cache_read, "cache_read"},
          std::pair{Meter::visible_output, "output"}}) {
      CHECK(bill.state(meter) == MeterState::priced);
      CHECK(bill.amount(meter) == Money::parse(currency, expect.at(name).string()).scaled(1000, 1'000'000));
    }
    CHECK(bill.complete());
  }
}

TEST_CASE("every golden bill comes out to the last digit") {
  const Vectors vectors;
  for (const JsonIn& row : vectors.rows("bills")) check_bill(row);
}
