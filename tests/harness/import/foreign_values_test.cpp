#include "harness/import/foreign_values.h"

#include <doctest/doctest.h>

#include <limits>

#include "core/spent.h"
#include "harness/import/inspect_sample.h"

using namespace costwar;
using namespace costwar::harness;

TEST_CASE("verdicts in many words") {
  CHECK(verdict(Json(true)) == 1.0);
  CHECK(verdict(Json("PASS")) == 1.0);
  CHECK(verdict(Json(" incorrect ")) == 0.0);
  CHECK(verdict(Json("0.25")) == 0.25);
  CHECK(verdict(Json(0.5)) == 0.5);
  for (const Json& no : {Json(1.5), Json(-0.1), Json("7"), Json("maybe"), Json(""), Json(nullptr),
                         Json::array(), Json("1e999"), Json(std::numeric_limits<double>::quiet_NaN())})
    CHECK(!verdict(no));
}

TEST_CASE("amounts: the shortest decimal that stands for a binary fraction") {
  const auto decimal = [](double value) { return amount_of(Currency(), value)->decimal(); };
  CHECK(decimal(0.1) == "0.1");
  CHECK(decimal(2059.19) == "2059.19");
  CHECK(decimal(0.00000125) == "0.00000125");
  CHECK(decimal(1e-30) == "0");
  CHECK(decimal(123456789) == "123456789");
  CHECK(decimal(0) == "0");
  CHECK(!amount_of(Currency(), -1.0));
  CHECK(!amount_of(Currency(), std::numeric_limits<double>::infinity()));
  CHECK(!amount_of(Currency(), 1e30));
  CHECK(amount_of(Currency(), "$1.25")->decimal() == "1.25");
  CHECK(!amount_of(Currency("EUR"), "$1.25"));
  CHECK(!amount_of(Currency(), "1,25"));
}

TEST_CASE("durations, statuses in words, settings") {
  CHECK(duration_of(1.5) == milliseconds(1500));
  CHECK(!duration_of(-1));
  CHECK(!duration_of(1e300));
  CHECK(outcome_of_error("Error code: 429 - slow down") == Outcome::capacity);
  CHECK(outcome_of_error("Request timed out.") == Outcome::timed_out);
  CHECK(outcome_of_error("timeout of 15000 ms exceeded") == Outcome::timed_out);
  CHECK(outcome_of_error("waited 15000 ms") == Outcome::server_error);
  CHECK(outcome_of_error("HTTP 400: bad") == Outcome::config);
  CHECK(outcome_of_error("who knows") == Outcome::server_error);
  Json out = Json::object();
  take_settings(Json::parse(R"({"temperature": 0, "apiKey": "secret", "seed": null, "top_p": 0.9})"), out);
  CHECK(out.dump() == R"({"temperature":0,"top_p":0.9})");
}

TEST_CASE("an imported attempt was sent: what nobody sent would cost nothing") {
  const AttemptRow row = ended_attempt(Wall{7}, seconds(2));
  CHECK_FALSE(is_unsent(row.attempt));
  CHECK(row.attempt.billing.completed == Wall{2'000'000'007});
  CHECK(row.ended);
}

TEST_CASE("usage objects of APIs become disjoint meters; what does not add up is not believed") {
  const auto usage = usage_of(Json::parse(
      R"({"prompt_tokens":10,"completion_tokens":4,"total_tokens":14,"prompt_tokens_details":{"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":3}})"));
  REQUIRE(usage);
  CHECK((*usage)[Meter::fresh_input]->value == 4);
  CHECK((*usage)[Meter::cache_read]->value == 6);
  CHECK((*usage)[Meter::visible_output]->value == 1);
  CHECK((*usage)[Meter::reasoning]->value == 3);
  CHECK(!usage_of(Json::parse(R"({"prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":60}})")));
  CHECK(!usage_of(Json::parse(R"({"prompt_tokens":-1,"completion_tokens":4})")));
  CHECK(!usage_of(Json::parse("{}")));
}

TEST_CASE("Inspect's usage: what a cache read stands beside the input, and in older logs within it") {
  const auto of = [](const char* text) { return inspect_usage(Json::parse(text)); };
  const auto beside = of(
      R"({"input_tokens":4,"output_tokens":4,"total_tokens":14,"input_tokens_cache_read":6,"reasoning_tokens":1})");
  CHECK((*beside)[Meter::fresh_input]->value == 4);
  CHECK((*beside)[Meter::cache_read]->value == 6);
  CHECK((*beside)[Meter::visible_output]->value == 3);
  const auto within =
      of(R"({"input_tokens":10,"output_tokens":4,"total_tokens":14,"input_tokens_cache_read":6})");
  CHECK((*within)[Meter::fresh_input]->value == 4);
  CHECK(!(*within)[Meter::reasoning]);
  const auto apart = of(R"({"input_tokens":10,"output_tokens":4,"total_tokens":19,"reasoning_tokens":5})");
  CHECK((*apart)[Meter::visible_output]->value == 4);
  CHECK((*apart)[Meter::reasoning]->value == 5);
  CHECK(!of(R"({"input_tokens":-1,"output_tokens":4})"));
  CHECK(!of("{}"));
  CHECK(!of("[]"));
}

TEST_CASE("one line of a text is cut before a character, not within one") {
  CHECK(one_line("a\nb") == "a b");
  CHECK(one_line("a\xe2\x82\xac", 2) == "a");
  CHECK(one_line("a\xe2\x82\xac", 4) == "a\xe2\x82\xac");
}
