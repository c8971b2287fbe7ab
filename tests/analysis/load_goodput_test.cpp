// Goodput of a load stage, and what it cost.
#include <doctest/doctest.h>

#include <span>
#include <vector>

#include "analysis/load/load_stage.h"
#include "core/error.h"
#include "tests/support/load_sample.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::sample::even_stage;
using costwar::sample::made_call;
using costwar::sample::MadeCall;
using costwar::sample::MadeStage;
using doctest::Approx;

TEST_CASE("goodput counts what keeps every objective, and per dollar") {
  MadeStage stage = even_stage();
  for (std::size_t i = 0; i < 200; i += 5) {
    MadeCall made;
    made.due = static_cast<double>(i) * 0.1;
    made.ttft = 0.5;
    stage.calls[i] = made_call(made);
  }
  ServiceObjectives objectives;
  objectives.ttft = 0.2;
  objectives.tpot = 0.03;
  objectives.gap = 0.5;
  std::vector<AttemptCost> bills(200, AttemptCost{Money::parse(Currency("USD"), "0.001"), {}, {}, false});
  const CostColumns costs(bills);
  LoadStageInput input;
  input.row = &stage.row;
  input.calls = stage.calls;
  input.objectives = std::span(&objectives, 1);
  input.costs = &costs;
  input.cost_basis = "a list";
  LoadStageFindings findings = load_stage(input);
  const Goodput& goodput = findings.goodput[0];
  CHECK(goodput.share.value == Approx(0.8).epsilon(0.01));
  CHECK(goodput.share.interval->contains(0.8));
  CHECK(goodput.kept == false);
  CHECK(goodput.requests_per_s.value == Approx(8).epsilon(0.02));
  CHECK(goodput.tokens_per_s.value == Approx(88).epsilon(0.02));
  CHECK(goodput.requests_per_dollar->value == Approx(800).epsilon(0.02));
  REQUIRE(findings.money.has_value());
  CHECK(findings.money->spent == Money::parse(Currency("USD"), "0.2"));
  CHECK(findings.money->per_hour->approximate() == Approx(36).epsilon(0.02));
  CHECK(findings.money->per_million_output->approximate() == Approx(0.001 / 11 * 1e6).epsilon(0.001));
  CHECK(findings.money->per_request->decimal() == "0.001");
  CHECK_FALSE(findings.money->lower_bound);
  CHECK(findings.money->basis == "a list");

  bills[7].amount.reset();
  bills[7].unpriced = true;
  const CostColumns holed(bills);
  input.costs = &holed;
  findings = load_stage(input);
  CHECK(findings.money->lower_bound);
  CHECK(findings.money->unpriced == 1);

  input.machine_per_hour = Money::parse(Currency("USD"), "2.16");
  input.cost_basis.clear();
  findings = load_stage(input);
  CHECK(findings.money->per_million_output->approximate() ==
        Approx(2.16 / (findings.output_tokens_per_s.value * 3600) * 1e6));
  CHECK(findings.money->basis == "machine at $2.16 an hour");
  CHECK(findings.goodput[0].requests_per_dollar->value ==
        Approx(findings.goodput[0].requests_per_s.value * 3600 / 2.16));

  const CostColumns few(std::vector<AttemptCost>(3));
  input.machine_per_hour.reset();
  input.costs = &few;
  CHECK_THROWS_AS(load_stage(input), Error);
}

TEST_CASE("objectives are resolved only where enough requests stand behind them") {
  const MadeStage stage = even_stage();
  const auto read = [&](const ServiceObjectives& objectives) {
    LoadStageInput input;
    input.row = &stage.row;
    input.calls = stage.calls;
    input.objectives = std::span(&objectives, 1);
    return load_stage(input);
  };
  ServiceObjectives objectives;
  objectives.ttft = 0.2;
  LoadStageFindings findings = read(objectives);  // 200 of 200, and 0.99 asked for
  CHECK(findings.goodput[0].share.value == 1);
  CHECK_FALSE(findings.goodput[0].kept.has_value());
  objectives.share = 0.95;
  findings = read(objectives);
  CHECK(findings.goodput[0].kept == true);
}
