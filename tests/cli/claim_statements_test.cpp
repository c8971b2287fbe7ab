#include "cli/claim/statements.h"

#include <doctest/doctest.h>

#include "core/error.h"

using namespace costwar;
using namespace costwar::cli;

namespace {

std::string claims_complaint(const std::string& claim) {
  try {
    (void)parse_claims("{\"claims\": [\n" + claim + "]}", "claims.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return std::string(error.what()) + " | " + error.hint();
  }
  return "no error";
}

void claim_complains(const std::string& claim, const std::string& words) {
  const std::string said = claims_complaint(claim);
  CAPTURE(claim);
  CAPTURE(said);
  CHECK(said.starts_with("claims.json:2: "));
  CHECK(said.find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("every kind of claim is read") {
  const ClaimsFile file = parse_claims(R"({
    // with comments
    "name": "a list",
    "claims": [
      {"text": "a", "kind": "ratio", "cheap": "x", "strong": "y", "capability_at_least": 0.8, "cost_at_most": 0.25},
      {"text": "b", "kind": "ratio", "cheap": "x", "strong": "y", "cost_at_most": 2, "evidence": "published"},
      {"text": "c", "kind": "list_price_ratio", "cheap": "x", "strong": "y", "cost_at_most": 0.3},
      {"text": "d", "source": "s", "kind": "price", "model": "x", "input": "5", "output": "30"},
      {"text": "e", "kind": "lag", "model": "x", "months": [3, 6]},
      {"text": "f", "kind": "active_share", "model": "x", "between": [0.1, 0.2]},
      {"text": "g", "kind": "context", "model": "x", "tokens_at_least": 1000000},
      {"text": "h", "kind": "relative", "subject": "x", "versus": "y", "metric": "m", "gain": 0.8}]})",
                                       "claims.json");
  CHECK(file.name == "a list");
  REQUIRE(file.claims.size() == 8);
  const auto& ratio = std::get<RatioStatement>(file.claims[0].statement);
  CHECK(ratio.bounds.capability.value() == 0.8);
  CHECK(ratio.bounds.cost.value() == 0.25);
  CHECK_FALSE(ratio.all_published);
  CHECK(std::get<RatioStatement>(file.claims[1].statement).all_published);
  CHECK(std::get<PriceStatement>(file.claims[3].statement).prices.output->decimal() == "30");
  CHECK(file.claims[3].source == "s");
  CHECK(std::get<LagStatement>(file.claims[4].statement).months.high == 6);
  CHECK(std::get<ContextStatement>(file.claims[6].statement).tokens_at_least == 1'000'000);
  CHECK(std::get<RelativeStatement>(file.claims[7].statement).gain == 0.8);
}

TEST_CASE("what is wrong with a claim is said with its line and a remedy") {
  claim_complains(R"({"text": "a"})", "the claim has no \"kind\"");
  claim_complains(R"({"text": "a", "kind": "ration", "cheap": "x", "strong": "y"})",
                  "did you mean \"ratio\"?");
  claim_complains(R"({"kind": "lag", "model": "x", "months": [3, 6]})", "the claim has no \"text\"");
  claim_complains(R"({"text": "a", "kind": "ratio", "cheap": "x"})", "needs \"strong\"");
  claim_complains(R"({"text": "a", "kind": "ratio", "cheap": "x", "strong": "y"})",
                  "says nothing of capability or cost");
  claim_complains(R"({"text": "a", "kind": "ratio", "cheap": "x", "strong": "y", "cost_at_most": -1})",
                  "from 0 to 1000");
  claim_complains(R"({"text": "a", "kind": "ratio", "chep": "x", "strong": "y"})", "did you mean \"cheap\"?");
  claim_complains(
      R"({"text": "a", "kind": "ratio", "cheap": "x", "strong": "y", "cost_at_most": 1, "evidence": "all"})",
      "\"evidence\": \"all\" is not known");
  claim_complains(R"({"text": "a", "kind": "price", "model": "x"})", "names no price");
  claim_complains(R"({"text": "a", "kind": "price", "model": "x", "input": "five"})", "five");
  claim_complains(R"({"text": "a", "kind": "lag", "model": "x", "months": [6, 3]})",
                  "the first number is the lower one");
  claim_complains(R"({"text": "a", "kind": "lag", "model": "x", "months": 3})", "expected two numbers");
  claim_complains(R"({"text": "a", "kind": "active_share", "model": "x", "between": [0.1, 2]})", "lower one");
  claim_complains(R"({"text": "a", "kind": "context", "model": "x", "tokens_at_least": 0.5})",
                  "whole number");
  claim_complains(R"({"text": "a", "kind": "relative", "subject": "x", "versus": "y", "metric": "m"})",
                  "needs \"gain\"");
  claim_complains(
      R"({"text": "a", "kind": "list_price_ratio", "cheap": "x", "strong": "y", "cost_at_most": 1, "capability_at_least": 0.8})",
      "a claim of kind \"list_price_ratio\" has no \"capability_at_least\"");
  claim_complains(R"({"text": "a", "kind": "lag", "model": "x", "months": [3, 6], "input": "5"})",
                  "has no \"input\"");
  claim_complains("7", "expected an object");
}

TEST_CASE("a file without claims, and one that is no list") {
  CHECK_THROWS_AS(parse_claims("{}", "claims.json"), Error);
  CHECK_THROWS_AS(parse_claims(R"({"claims": {}})", "claims.json"), Error);
  CHECK_THROWS_AS(parse_claims(R"({"claims": [)", "claims.json"), Error);
}

TEST_CASE("months") {
  CHECK(parse_months("3..6", "--lag").low == 3);
  CHECK(parse_months("3..6", "--lag").high == 6);
  CHECK(parse_months("4.5", "--lag").high == 4.5);
  for (const char* text : {"", "3..", "..6", "6..3", "three", "3-6", "-1..2", "nan", "1e9"})
    CHECK_THROWS_AS(parse_months(text, "--lag"), Error);
}
