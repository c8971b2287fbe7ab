#include "cli/price/token_ratios.h"

#include <doctest/doctest.h>

#include "core/error.h"

using namespace costwar;
using namespace costwar::cli;
using pricing::TokenRatio;

namespace {

ModelCard card(const std::string& model) {
  ModelCard made;
  made.name = "openai/" + model;
  made.provider = made.price_provider = "openai";
  made.model = made.price_model = model;
  return made;
}

struct Answer {
  std::int64_t input;
  std::int64_t output;
};

// Both models answer items 0, 1, 2, ...; a negative input leaves the item out for that model.
RunColumns run_of(const std::vector<std::pair<Answer, Answer>>& items) {
  RunHeader header;
  header.id = "r";
  header.seed = 7;
  header.models = {card("first"), card("second")};
  header.tasks.push_back({"t", "exact", 1, ""});
  RunColumnsBuilder builder(header);
  std::int64_t trial = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::uint32_t model = 0; model < 2; ++model) {
      const Answer& answer = model == 0 ? items[i].first : items[i].second;
      if (answer.input < 0) continue;
      TrialRow row;
      row.trial = trial;
      row.model = model;
      row.item = "item" + std::to_string(i);
      builder.add(row);
      AttemptRow attempt;
      attempt.trial = trial;
      attempt.ended = true;
      attempt.attempt.outcome = Outcome::ok;
      attempt.attempt.usage.set(Meter::fresh_input, answer.input, Provenance::reported);
      attempt.attempt.usage.set(Meter::visible_output, answer.output, Provenance::reported);
      builder.add(attempt);
      builder.add(ScoreRow{trial, "exact", 1, 1, true, ""});
      ++trial;
    }
  }
  return builder.finish();
}

}  // namespace

TEST_CASE("ratios by the user's word are exact") {
  const TokenRatio both = parse_token_ratio("in=1.08,out=1.3");
  CHECK(both.input.estimate == 1'080'000);
  CHECK(both.output.high == 1'300'000);
  CHECK(parse_token_ratio("out=0.5").input.exact_one());
  for (const char* text :
       {"", "1.2", "in=", "in=0", "in=-1", "in=1e3", "in=1,in=2", "total=2", "in=0.0000001", "in=2000"})
    CHECK_THROWS_AS(parse_token_ratio(text), Error);
}

TEST_CASE("ratios of a run are sums over the items that both models answered") {
  std::vector<std::pair<Answer, Answer>> items;
  for (std::int64_t i = 1; i <= 20; ++i) items.push_back({{100 * i, 10 * i}, {110 * i, 20 * i + 5}});
  items.push_back({{-1, 0}, {1'000'000, 1'000'000}});  // only one of them
  const RunColumns run = run_of(items);
  const auto ratio = paired_ratio(run, "openai/first", "openai/second");
  REQUIRE(ratio.has_value());
  CHECK(ratio->input.estimate == 1'100'000);  // every item has the same ratio
  CHECK(ratio->input.low == 1'100'000);
  CHECK(ratio->output.estimate == 2'047'619);  // (20 x 210 + 100) / (10 x 210)
  CHECK(ratio->output.low < ratio->output.estimate);
  CHECK(ratio->output.high > ratio->output.estimate);
  const auto back = paired_ratio(run, "openai/second", "openai/first");
  CHECK(back->input.estimate == 909'091);
  CHECK_FALSE(paired_ratio(run, "openai/third", "openai/second").has_value());
  CHECK_FALSE(paired_ratio(run_of({{{1, 1}, {2, 2}}}), "openai/first", "openai/second").has_value());
}
