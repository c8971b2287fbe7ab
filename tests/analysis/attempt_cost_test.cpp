#include "analysis/attempt_cost.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/error.h"

using namespace costwar;
using namespace costwar::analysis;

TEST_CASE("columns of costs give back what was put in") {
  const auto usd = [](std::string_view text) { return Money::parse(Currency{}, text); };
  const std::vector<AttemptCost> costs = {{usd("0.000000000000000001"), {}, {}, false},
                                          {{}, {}, {}, true},
                                          {{}, usd("0.1"), usd("0.3"), false},
                                          {usd("0.2"), usd("0.1"), {}, true},
                                          {usd("-3"), {}, {}, false},
                                          {Money::parse(Currency("CNY"), "7"), {}, {}, false},
                                          {Money(), {}, {}, false}};
  const CostColumns columns = costs;
  REQUIRE(columns.size() == costs.size());
  for (std::size_t i = 0; i < costs.size(); ++i) {
    CAPTURE(i);
    CHECK(columns[i].amount == costs[i].amount);
    CHECK(columns[i].low == costs[i].low);
    CHECK(columns[i].high == costs[i].high);
    CHECK(columns[i].unpriced == costs[i].unpriced);
  }
  CHECK(CostColumns().empty());
}

TEST_CASE("more currencies than a run can have are refused") {
  CostColumns columns;
  const auto add = [&](char letter) {
    columns.push_back({Money::parse(Currency(std::string{'X', letter, 'A'}), "1"), {}, {}, false});
  };
  for (char letter = 'A'; letter <= 'Z'; ++letter) add(letter);
  CHECK(columns[25].amount->currency() == Currency("XZA"));
  CHECK_THROWS_AS(
      [&] {
        for (char letter = 'A'; letter <= 'Z'; ++letter)
          columns.push_back({Money::parse(Currency(std::string{'Y', letter, 'A'}), "1"), {}, {}, false});
      }(),
      Error);
}
