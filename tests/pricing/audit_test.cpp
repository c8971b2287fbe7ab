#include "pricing/audit.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

Json price(std::string_view id, std::string_view model, const Json& meters,
           const Json& patch = Json::object()) {
  Json record =
      price_record({{"id", id}, {"model", model}, {"meters", {{"input", nullptr}, {"output", nullptr}}}});
  record.merge_patch({{"meters", meters}});
  record.merge_patch(patch);
  return record;
}

AuditFinding at_instant(const PriceBook& a, const PriceBook& b, std::string_view instant) {
  return audit(a, b, {parse_wall(instant), parse_wall("2026-11-23")});
}

AuditFinding over_time(const PriceBook& a, const PriceBook& b) {
  return audit(a, b, {std::nullopt, parse_wall("2026-11-23")});
}

// "model class rate a b factor from..until", one a line.
std::string told(const AuditFinding& finding) {
  const auto day = [](Wall instant) { return instant == kForever ? "" : format_wall(instant).substr(0, 10); };
  const auto rate = [](const RateSpan& span) {
    return Money(Currency(), span.low).times(1'000'000).decimal();
  };
  std::string text;
  for (const Disagreement& each : finding.disagreements)
    text += fmt::format("{} {} {} {} {} {} {:.4g} {}..{}\n", each.model, each.service_class,
                        band_name(each.band), rate_name(each.rate), rate(each.a), rate(each.b),
                        each.factor.approximate(), day(each.from), day(each.until));
  return text;
}

Json tier(std::string_view op, std::int64_t tokens, bool confirmed) {
  return {{"operand", "prompt_tokens_total"},
          {"scope", "whole_request"},
          {"conditions", {{{"op", op}, {"tokens", tokens}}}},
          {"boundary_confirmed", confirmed}};
}

}  // namespace

TEST_CASE("rates that differ are listed, the farthest first") {
  const PriceBook a =
      book_of({price("p1", "model-a", {{"input", "1"}, {"output", "8"}, {"cache_read", "0.1"}}),
               price("p2", "model-b", {{"input", "3"}}), price("p3", "model-c", {{"input", "1"}})});
  const PriceBook b =
      book_of({price("q1", "model-a", {{"input", "1.5"}, {"output", "2"}, {"cache_write_5m", "1"}}),
               price("q2", "model-b", {{"input", "3.00"}}), price("q3", "model-d", {{"input", "1"}})});
  const AuditFinding finding = at_instant(a, b, "2026-05-01");
  CHECK(told(finding) ==
        "model-a standard all output 8 2 0.25 2026-05-01..\n"
        "model-a standard all input 1 1.5 1.5 2026-05-01..\n");
  CHECK(finding.compared_models == 2);
  CHECK(finding.disagreeing_models == 1);
  CHECK(finding.compared == 3);
  CHECK(finding.only_a == 1);
  CHECK(finding.only_b == 1);
  CHECK(finding.models.only_a == std::vector<std::string>{"acme/model-c"});
  CHECK(finding.models.only_b == std::vector<std::string>{"acme/model-d"});
  CHECK(finding.disagreements[0].record_a == "p1");
  CHECK(finding.disagreements[0].record_b == "q1");
}

TEST_CASE("ratios are exact and judged from the larger side") {
  const auto above = [](AttoRate dividend, AttoRate divisor, std::int64_t millionths) {
    return Ratio{dividend, divisor}.above(millionths);
  };
  CHECK_FALSE(above(105, 100, 1'050'000));
  CHECK(above(105'000'001, 100'000'000, 1'050'000));
  CHECK(above(100, 211, 2'000'000));
  CHECK(above(1, 0, 1'000'000'000'000));
  CHECK_FALSE(above(3, 1, 3'000'000));
  CHECK(Ratio{1, 4}.farther_than(Ratio{3, 1}));
  CHECK_FALSE(Ratio{1, 3}.farther_than(Ratio{3, 1}));
  CHECK(Ratio{1, 0}.farther_than(Ratio{1'000'000, 1}));
  CHECK_FALSE(Ratio{1'000'000, 1}.farther_than(Ratio{1, 0}));
}

TEST_CASE("a free rate against a charged one") {
  const PriceBook a = book_of({price("p1", "model-a", {{"input", "0"}})});
  const PriceBook b = book_of({price("q1", "model-a", {{"input", "1"}})});
  const AuditFinding finding = at_instant(a, b, "2026-05-01");
  REQUIRE(finding.disagreements.size() == 1);
  CHECK(finding.disagreements[0].factor.infinite());
}

TEST_CASE("a multiplier answers for a sheet of the other book") {
  const PriceBook a =
      book_of({price("p1", "model-a", {{"input", "1"}, {"output", "2"}}), multiplier_record()});
  const PriceBook b =
      book_of({price("q1", "model-a", {{"input", "1"}, {"output", "2"}}),
               price("q2", "model-a", {{"input", "0.6"}, {"output", "1"}}, {{"service_class", "batch"}})});
  CHECK(told(at_instant(a, b, "2026-05-01")) == "model-a batch all input 0.5 0.6 1.2 2026-05-01..\n");
}

TEST_CASE("a range of factors agrees with what lies within it") {
  const Json range = multiplier_record(
      {{"factor", nullptr}, {"factor_min", "1.75"}, {"factor_max", "2"}, {"value", "priority"}});
  const PriceBook a = book_of({price("p1", "model-a", {{"input", "1"}}), range});
  const auto b = [](std::string_view input) {
    return book_of({price("q1", "model-a", {{"input", input}}, {{"service_class", "priority"}})});
  };
  CHECK(told(at_instant(a, b("1.8"), "2026-05-01")).empty());
  CHECK(told(at_instant(a, b("4"), "2026-05-01")) == "model-a priority all input 1.75 4 2 2026-05-01..\n");
}

TEST_CASE("tiers are compared piece by piece, but not at the size where catalogues differ") {
  const auto tiered = [](std::string_view low, std::string_view high, std::string_view op_low,
                         std::string_view op_high, std::string_view small, std::string_view large) {
    return book_of({price(low, "model-a", {{"input", small}}, {{"tier", tier(op_low, 200, false)}}),
                    price(high, "model-a", {{"input", large}}, {{"tier", tier(op_high, 200, false)}})});
  };
  const PriceBook a = tiered("p1", "p2", "<", ">=", "1", "2");
  CHECK(told(at_instant(a, tiered("q1", "q2", "<=", ">", "1", "2"), "2026-05-01")).empty());
  const AuditFinding finding = at_instant(a, tiered("q1", "q2", "<=", ">", "1", "3"), "2026-05-01");
  REQUIRE(finding.disagreements.size() == 1);
  CHECK(finding.disagreements[0].prompt.low == 201);
  const AuditFinding flat = at_instant(a, book_of({price("q1", "model-a", {{"input", "1"}})}), "2026-05-01");
  REQUIRE(flat.disagreements.size() == 1);
  CHECK(flat.disagreements[0].prompt.low == 200);
}

TEST_CASE("over time: from when to when") {
  const auto dated = [](std::string_view id, std::string_view input, std::string_view from) {
    return price(id, "model-a", {{"input", input}}, {{"effective_from", std::string(from) + "T00:00:00Z"}});
  };
  const PriceBook a = book_of(
      {dated("p1", "1", "2026-01-01"), dated("p2", "2", "2026-04-01"), dated("p3", "2", "2026-06-01")});
  const PriceBook b = book_of(
      {dated("q1", "1", "2026-02-01"), dated("q2", "4", "2026-05-01"), dated("q3", "2", "2026-08-01")});
  CHECK(told(over_time(a, b)) ==
        "model-a standard all input 2 1 0.5 2026-04-01..2026-05-01\n"
        "model-a standard all input 2 4 2 2026-05-01..2026-08-01\n");
  CHECK(told(at_instant(a, b, "2026-09-01")).empty());
}

TEST_CASE("over time: a price without a start counts from when it was first seen") {
  const PriceBook a =
      book_of({price("p1", "model-a", {{"input", "1"}}),
               price("p2", "model-a", {{"input", "2"}}, {{"effective_from", "2026-10-01T00:00:00Z"}})});
  Json seen = price("q1", "model-a", {{"input", "2"}},
                    {{"effective_from_precision", "unknown"},
                     {"known_from", "2026-09-01T00:00:00Z"},
                     {"known_from_basis", "first_seen"}});
  seen["effective_from"] = nullptr;
  const PriceBook b = book_of({seen});
  CHECK(told(over_time(a, b)) == "model-a standard all input 1 2 2 2026-09-01..2026-10-01\n");
}

TEST_CASE("over time: what changes elsewhere at the provider splits nothing") {
  const PriceBook a =
      book_of({price("p1", "model-a", {{"input", "1"}}),
               price("p2", "model-b", {{"input", "9"}}, {{"effective_from", "2026-03-01T00:00:00Z"}})});
  const PriceBook b =
      book_of({price("q1", "model-a", {{"input", "2"}}),
               price("q2", "model-c", {{"input", "9"}}, {{"effective_from", "2026-06-01T00:00:00Z"}})});
  const AuditFinding finding = over_time(a, b);
  CHECK(told(finding) == "model-a standard all input 1 2 2 2026-01-01..\n");
  CHECK(finding.compared == 1);
}

TEST_CASE("over time: both bands of a calendar are compared") {
  const Json calendar = {
      {"id", "hours"},
      {"provider", "acme"},
      {"utc_offset", "+00:00"},
      {"default_band", "off_peak"},
      {"windows", {{{"band", "peak"}, {"weekdays", {"wed"}}, {"start", "03:00"}, {"end", "04:00"}}}},
      {"boundary", {{"start", "inclusive"}, {"end", "exclusive"}, {"confirmed", true}}},
      {"decided_by", "request_start"},
      {"decided_by_confirmed", true},
      {"sources", {"https://acme.example/hours"}}};
  const Json peak = {{"calendar", "hours"}, {"time_band", "peak"}};
  const Json off = {{"calendar", "hours"}, {"time_band", "off_peak"}};
  const PriceBook a =
      book_of({price("p1", "model-a", {{"input", "2"}}, peak), price("p2", "model-a", {{"input", "1"}}, off)},
              {calendar});
  const PriceBook b = book_of({price("q1", "model-a", {{"input", "1"}})});
  CHECK(told(over_time(a, b)) == "model-a standard peak input 2 1 0.5 2026-01-01..\n");
  CHECK(told(at_instant(a, b, "2026-11-18T03:30:00Z")) ==
        "model-a standard peak input 2 1 0.5 2026-11-18..\n");
  CHECK(told(at_instant(a, b, "2026-11-18T04:30:00Z")).empty());
}

TEST_CASE("models are matched by name, by way of writing, without a date, and through aliases") {
  CHECK(plain_name("openai/GPT-oss-120B") == "gpt-oss-120b");
  CHECK(plain_name("claude-opus-4.5") == "claude-opus-4-5");
  CHECK(undated_name("claude-opus-4-7-20260416") == "claude-opus-4-7");
  CHECK(undated_name("gpt-5.4-2026-03-05") == "gpt-5-4");
  CHECK(undated_name("claude-sonnet-4@20250514") == "claude-sonnet-4");
  CHECK(undated_name("model-12345678") == "model-12345678");
  CHECK(undated_name("20260416") == "20260416");

  const auto meters = Json{{"input", "1"}};
  const PriceBook a = book_of({price("p1", "model-1", meters), price("p2", "Model-2.5", meters),
                               price("p3", "model-3", meters), price("p4", "model-4", meters),
                               alias_record({{"alias_of", "model-1"}, {"model", "old"}})});
  const PriceBook b = book_of({price("q1", "model-1", meters), price("q2", "acme/model-2-5", meters),
                               price("q3", "model-3-20260101", meters), price("q4", "x/model-4", meters),
                               price("q5", "y/model-4", meters), price("q6", "old", {{"input", "2"}})});
  const AuditFinding finding = at_instant(a, b, "2026-05-01");
  std::string pairs;
  for (const MatchedModel& model : finding.models.both) pairs += model.a + "=" + model.b + " ";
  CHECK(pairs == "Model-2.5=acme/model-2-5 model-1=model-1 model-3=model-3-20260101 old=old ");
  CHECK(finding.models.only_a == std::vector<std::string>{"acme/model-4"});  // two candidates: none
  CHECK(told(finding) == "old standard all input 1 2 2 2026-05-01..\n");
}

TEST_CASE("the catalogue agrees with itself") {
  const AuditFinding finding = over_time(catalogue(), catalogue());
  CHECK(finding.disagreements.empty());
  CHECK(finding.compared > 500);
  CHECK(finding.only_a == 0);
}
