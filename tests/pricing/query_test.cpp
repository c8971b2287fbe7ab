// The six query steps, one by one, on small books.
#include <doctest/doctest.h>

#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

TEST_CASE("step 1: a record counts only while it is known") {
  const PriceBook book = book_of(
      {price_record({{"known_from", "2026-03-01T00:00:00Z"}, {"known_until", "2026-04-01T00:00:00Z"}})});
  CHECK(input_price(acme(book, "2026-02-28T23:59:59Z"), "2026-03-15") ==
        "unpriced: no USD price of acme/model-a is recorded for that instant");
  CHECK(input_price(acme(book, "2026-03-01"), "2026-03-15") == "1");
  CHECK(input_price(acme(book, "2026-04-01"), "2026-03-15") ==
        "unpriced: no USD price of acme/model-a is recorded for that instant");
}

TEST_CASE("step 1: a reference price is never charged") {
  const PriceBook book = book_of({price_record(), price_record({{"id", "p2"},
                                                                {"status", "reference"},
                                                                {"effective_from", "2026-02-01T00:00:00Z"},
                                                                {"meters", {{"input", "9"}}}})});
  CHECK(input_price(acme(book), "2026-03-01") == "1");
}

TEST_CASE("step 1: what was announced and withdrawn counts for the future only") {
  for (const char* status : {"cancelled", "never_applied"}) {
    const PriceBook book =
        book_of({price_record(), price_record({{"id", "p2"},
                                               {"status", status},
                                               {"effective_from", "2026-06-01T00:00:00Z"},
                                               {"known_until", "2026-07-01T00:00:00Z"},
                                               {"meters", {{"input", "9"}, {"output", "9"}}}})});
    CHECK(input_price(acme(book, "2026-05-01"), "2026-06-02") == "9");
    CHECK(input_price(acme(book, "2026-06-02"), "2026-06-02") == "1");
    CHECK(input_price(acme(book, "2026-06-02"), "2026-06-02T00:00:00.000000001Z") == "9");
    CHECK(input_price(acme(book, "2026-07-01"), "2026-08-02") == "1");
  }
}

TEST_CASE("step 2: an interval is half-open, and an end counts once it is known") {
  const PriceBook book = book_of({price_record({{"effective_until", "2026-06-01T00:00:00Z"},
                                                {"effective_until_precision", "minute"},
                                                {"until_known_from", "2026-05-01T00:00:00Z"}})});
  CHECK(input_price(acme(book), "2026-01-01T00:00:00Z") == "1");
  CHECK(input_price(acme(book), "2025-12-31T23:59:59Z") ==
        "refused: no USD price of acme/model-a is recorded for that instant");
  CHECK(input_price(acme(book), "2026-05-31T23:59:59Z") == "1");
  CHECK(input_price(acme(book), "2026-06-01T00:00:00Z") ==
        "refused: no USD price of acme/model-a is recorded for that instant");
  CHECK(input_price(acme(book, "2026-04-30"), "2026-06-01T00:00:00Z") == "1");
}

TEST_CASE("step 3: the newest start wins, and a start that is not known is the oldest") {
  const PriceBook book =
      book_of({price_record({{"id", "new"}, {"meters", {{"input", "3"}, {"output", "3"}}}}), [] {
                 Json old = price_record({{"id", "old"}, {"effective_from_precision", "unknown"}});
                 old["effective_from"] = nullptr;
                 return old;
               }()});
  CHECK(input_price(acme(book), "2026-02-01") == "3");
  CHECK(input_price(acme(book), "2025-02-01") == "1");
  const auto answer = acme(book);
  CHECK(std::get<Tariff>(answer)
            .bill(usage_of({{Meter::fresh_input, 1}}), at("2025-02-01"))
            .has(Mark::start_unknown));
}

TEST_CASE("step 3: an alias is followed at the same instant, whatever the class") {
  const PriceBook book = book_of(
      {price_record(),
       price_record(
           {{"id", "p2"}, {"service_class", "batch"}, {"meters", {{"input", "0.4"}, {"output", "1"}}}}),
       alias_record({{"effective_from", "2026-03-01T00:00:00Z"}})});
  CHECK(input_price(acme(book, "2026-11-23", "standard", "any", "model-b"), "2026-04-01") == "1");
  CHECK(input_price(acme(book, "2026-11-23", "batch", "any", "model-b"), "2026-04-01") == "0.4");
  CHECK(input_price(acme(book, "2026-11-23", "standard", "any", "model-b"), "2026-02-01") ==
        "refused: no USD price of acme/model-b is recorded for that instant");
}

TEST_CASE("step 3: aliases that run in a circle give no price") {
  const PriceBook book = book_of({price_record(), alias_record({{"effective_from", "2026-03-01T00:00:00Z"}}),
                                  alias_record({{"id", "a2"},
                                                {"model", "model-a"},
                                                {"alias_of", "model-b"},
                                                {"effective_from", "2026-03-01T00:00:00Z"}})});
  CHECK(input_price(acme(book), "2026-02-01") == "1");
  CHECK(input_price(acme(book), "2026-04-01") == "refused: the aliases of acme/model-a do not end");
}

TEST_CASE("step 4: a combination that is not sold is refused, without falling back to an older sheet") {
  const Json tier = {{"operand", "prompt_tokens_total"},
                     {"scope", "whole_request"},
                     {"conditions", {{{"op", "<"}, {"tokens", 1000}}}},
                     {"boundary_confirmed", true}};
  const PriceBook book =
      book_of({price_record(),
               price_record({{"id", "p2"}, {"effective_from", "2026-02-01T00:00:00Z"}, {"tier", tier}})});
  CHECK(input_price(acme(book), "2026-01-15") == "1");
  CHECK(input_price(acme(book), "2026-03-15") ==
        "refused: acme/model-a is not sold as standard for this prompt size");
}

TEST_CASE("step 4: a tiered price needs the prompt size") {
  const Tariff long_prompts = tariff("openai/gpt-5.5");
  const Bill bill = long_prompts.bill(usage_of({{Meter::visible_output, 10}}), at("2026-10-01"));
  CHECK(bill.refusal == Refusal::prompt_unknown);
  CHECK_FALSE(bill.total().has_value());
  CHECK(long_prompts.reason(bill) ==
        "the price depends on the prompt size, and the input tokens were not reported");
}

TEST_CASE("step 5: a class without a sheet is the standard sheet times its factor") {
  const PriceBook book =
      book_of({price_record({{"meters", {{"input", "1"}, {"cache_read", "0.1"}, {"output", "2"}}}}),
               multiplier_record()});
  const auto answer = acme(book, "2026-11-23", "batch");
  CHECK(input_price(answer, "2026-02-01") == "0.5");
  const Bill bill = std::get<Tariff>(answer).bill(
      usage_of({{Meter::fresh_input, 10}, {Meter::cache_read, 10}, {Meter::visible_output, 10}}),
      at("2026-02-01"));
  CHECK(bill.state(Meter::cache_read) == MeterState::unpriced);
  CHECK_FALSE(bill.complete());
  CHECK(bill.total()->decimal() == "0.000015");
  CHECK(input_price(acme(book, "2026-11-23", "flex"), "2026-02-01") ==
        "unpriced: no sheet and no multiplier is recorded for acme/model-a in the service class flex");
  CHECK(input_price(acme(book, "2026-11-23", "batch", "eu"), "2026-02-01") ==
        "unpriced: no sheet and no multiplier is recorded for acme/model-a in the region eu");
}

TEST_CASE("step 5: a class with a sheet of its own never takes the factor") {
  const PriceBook book = book_of(
      {price_record(), multiplier_record(),
       price_record(
           {{"id", "p2"}, {"service_class", "batch"}, {"meters", {{"input", "0.7"}, {"output", "1"}}}})});
  CHECK(input_price(acme(book, "2026-11-23", "batch"), "2026-02-01") == "0.7");
}

TEST_CASE("step 5: a factor for models released from a day needs to know that day") {
  const Json rule = multiplier_record({{"models_released_from", "2026-01-01"}});
  const auto priced = [&](const Json& model) {
    return input_price(acme(book_of({price_record(), rule}, {}, {model}), "2026-11-23", "batch"),
                       "2026-02-01");
  };
  CHECK(priced({{"id", "acme/model-a"}, {"name", "A"}, {"priced", true}, {"released", "2026-01-01"}}) ==
        "0.5");
  CHECK(priced({{"id", "acme/model-a"}, {"name", "A"}, {"priced", true}, {"released", "2025-12-31"}}) ==
        "unpriced: no sheet and no multiplier is recorded for acme/model-a in the service class batch");
  CHECK(priced({{"id", "acme/model-a"}, {"name", "A"}, {"priced", true}}) ==
        "unpriced: m1 is for models released from 2026-01-01, and when model-a was released is not recorded");
}

TEST_CASE("step 5: a model that is left out of a rule, and one outside its prefix, have no factor") {
  const auto priced = [](const Json& patch) {
    return input_price(acme(book_of({price_record(), multiplier_record(patch)}), "2026-11-23", "batch"),
                       "2026-02-01");
  };
  const std::string none =
      "unpriced: no sheet and no multiplier is recorded for acme/model-a in the service class batch";
  CHECK(priced({{"models", {"model-*"}}}) == "0.5");
  CHECK(priced({{"models", {"other-*"}}}) == none);
  CHECK(priced({{"except_models", {"model-a"}}}) == none);
}

TEST_CASE("step 6: what rests on doubt says so") {
  const Tariff pro = tariff("deepseek/deepseek-v4-pro");
  const Usage usage = usage_of({{Meter::fresh_input, 1000}, {Meter::visible_output, 10}});
  CHECK(pro.bill(usage, at("2026-11-20")).has(Mark::after_last_verified));
  CHECK_FALSE(pro.bill(usage, at("2026-11-15T23:59:59Z")).has(Mark::after_last_verified));
  CHECK(pro.bill(usage, at("2026-11-24")).has(Mark::forecast));
  CHECK(pro.bill(usage, at("2026-04-25T08:00:00Z")).has(Mark::start_day_only));
  CHECK(pro.bill(usage, at("2026-10-06T02:00:00Z")).has(Mark::assumed_holiday));
  CHECK_FALSE(pro.bill(usage, at("2026-10-01T02:00:00Z")).has(Mark::assumed_holiday));
  CHECK(tariff("openai/gpt-5.6-sol").bill(usage, at("2026-11-22")).has(Mark::promo_may_have_ended));
  CHECK_FALSE(
      tariff("openai/gpt-5.6-sol").bill(usage, at("2026-11-21T23:00:00Z")).has(Mark::promo_may_have_ended));
  CHECK(tariff("openai/gpt-5.4-pro", "standard", "data_residency")
            .bill(usage, at("2026-10-01"))
            .has(Mark::unconfirmed));
}

TEST_CASE("names that are not in the book get a suggestion") {
  const auto ask = [](const char* provider, const char* model, const char* currency) {
    return std::get<Unpriced>(catalogue().resolve(
        {provider, model, Currency(currency), "standard", "any", parse_wall("2026-11-23")}));
  };
  CHECK(ask("opnai", "gpt-5.5", "USD").reason == "no price of the provider 'opnai' is recorded");
  CHECK(ask("opnai", "gpt-5.5", "USD").hint == "did you mean \"openai\"?");
  CHECK(ask("deepseek", "deepseek-v4-prp", "USD").reason ==
        "no price of deepseek/deepseek-v4-prp is recorded");
  CHECK(ask("deepseek", "deepseek-v4-prp", "USD").hint == "did you mean \"deepseek-v4-pro\"?");
  CHECK(ask("openai", "gpt-5.5", "CNY").reason ==
        "no CNY price of openai/gpt-5.5 is recorded for that instant");
}

TEST_CASE("the catalogue carries every record, calendar and model of the facts") {
  const Book& book = catalogue().book();
  CHECK(book.prices.size() == 148);
  CHECK(book.aliases.size() == 7);
  CHECK(book.multipliers.size() == 7);
  CHECK(book.units.size() == 19);
  CHECK(book.calendars.size() == 4);
  CHECK(book.models.size() == 61);
}

TEST_CASE("a listing shows the sheets in effect, and aliases without rates") {
  const Wall now = parse_wall("2026-11-20T02:00:00Z");
  const auto rows = catalogue().list(now, now);
  std::size_t long_rows = 0;
  bool alias_seen = false;
  for (const ListedPrice& row : rows) {
    if (row.model == "gpt-5.5" && row.service_class == "standard" && row.region == "any") {
      CHECK(row.per_million[static_cast<std::size_t>(Rate::input)]->decimal() ==
            (row.tier.low == 0 ? "5" : "10"));
      CHECK_FALSE(row.per_million[static_cast<std::size_t>(Rate::cache_write_5m)].has_value());
      CHECK(row.source_count > 0);
      ++long_rows;
    }
    if (row.model == "deepseek-v4-flash" && row.provider == "deepseek") {
      CHECK(row.alias_of == "deepseek-flash");
      alias_seen = true;
    }
  }
  CHECK(long_rows == 2);
  CHECK(alias_seen);
}

TEST_CASE("unit prices: priced, free and unpriced are told apart, callers too") {
  const auto ask = [](const char* provider, const char* model, const char* item, const char* caller,
                      const char* instant) {
    return catalogue().unit_price(
        {provider, model, item, caller, Currency(), parse_wall(instant), parse_wall("2026-11-23")});
  };
  const auto search =
      std::get<UnitPrice>(ask("anthropic", "claude-opus-5", "web_search", "any", "2026-10-01"));
  CHECK(search.state == MeterState::priced);
  CHECK(search.per_unit.decimal() == "0.01");
  CHECK(std::get<UnitPrice>(
            ask("deepseek", "deepseek-flash", "fetch", "server_side_from_coding_harness", "2026-10-20"))
            .state == MeterState::free);
  CHECK(std::get<UnitPrice>(
            ask("deepseek", "deepseek-flash", "fetch", "server_side_from_coding_harness", "2026-11-01"))
            .per_unit.decimal() == "0.00075");
  CHECK(std::get<UnitPrice>(ask("google", "gemini-3.5-flash", "explicit_cache_storage", "any", "2026-11-01"))
            .state == MeterState::unpriced);
  CHECK(std::get<UnitPrice>(ask("google", "gemini-3.5-flash", "grounding_search", "any", "2026-11-01"))
            .free_units_per_month == 5000);
  CHECK(std::get<Unpriced>(ask("openai", "gpt-5.5", "containers", "any", "2026-11-01")).reason ==
        "no USD price of 'containers' of openai/gpt-5.5 is recorded for that instant");
}
