#include "pricing/hardware/hourly_cost.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/error.h"

using namespace costwar;
using namespace costwar::pricing;

namespace {

Assumptions owned() {
  Assumptions is;
  is.set(Input::capital, 30000, Origin::user, "test");
  is.set(Input::active_kw, 1, Origin::user, "test");
  is.set(Input::idle_kw, 0.2, Origin::user, "test");
  return is;
}

double line(const HourlyCost& cost, std::string_view key) {
  for (const CostLine& it : cost.lines)
    if (it.key == key) return it.fixed;
  return -1;
}

}  // namespace

TEST_CASE("capital costs an annuity") {
  // 10,000 over 5 years at 10 %: factor 0.26379748
  CHECK(yearly_capital_cost(10000, 0.1, 5, 0) == doctest::Approx(2637.9748).epsilon(1e-7));
  CHECK(yearly_capital_cost(10000, 0, 5, 0) == doctest::Approx(2000));
  CHECK(yearly_capital_cost(10000, 0, 5, 0.5) == doctest::Approx(1000));
  // What is left, 2,000 in five years, is worth 1,241.84 today.
  CHECK(yearly_capital_cost(10000, 0.1, 5, 0.2) == doctest::Approx(8758.1574 * 0.26379748).epsilon(1e-6));
  // Continuous in the cost of money
  CHECK(yearly_capital_cost(10000, 1e-7, 5, 0.2) == doctest::Approx(1600).epsilon(1e-4));
}

TEST_CASE("an owned accelerator costs its capital, energy by activity, room, support and staff") {
  Assumptions is = owned();
  is.set(Input::wacc, 0, Origin::user, "");
  is.set(Input::residual_share, 0, Origin::user, "");
  is.set(Input::life_years, 5, Origin::user, "");
  is.set(Input::availability, 0.5, Origin::user, "");
  is.set(Input::pue, 1.5, Origin::user, "");
  is.set(Input::kwh_price, 0.2, Origin::user, "");
  is.set(Input::colo_kw_month, 146, Origin::user, "");
  is.set(Input::support_share, 0.1, Origin::user, "");
  is.set(Input::staff, 438, Origin::user, "");
  const HourlyCost cost = hourly_cost(is);
  CHECK(cost.owned);
  CHECK(line(cost, "capital") == doctest::Approx(6000.0 / 4380));
  CHECK(line(cost, "energy") == doctest::Approx(0.2 * 1.5 * 0.2));
  CHECK(cost.busy() == doctest::Approx(0.8 * 1.5 * 0.2));
  CHECK(line(cost, "colocation") == doctest::Approx(146 * 12 / 4380.0));
  CHECK(line(cost, "support") == doctest::Approx(3000.0 / 4380));
  CHECK(line(cost, "staff") == doctest::Approx(0.1));
  CHECK(cost.at(1) - cost.at(0) == doctest::Approx(cost.busy()));
  CHECK(running_cost(cost, 0.5) == doctest::Approx(cost.at(0.5) - 6000.0 / 4380));
}

TEST_CASE("rent is all there is to a rented one, and comes before capital") {
  Assumptions is = owned();
  is.set(Input::rent, 2.5, Origin::user, "test");
  const HourlyCost cost = hourly_cost(is);
  CHECK_FALSE(cost.owned);
  CHECK(cost.at(0) == 2.5);
  CHECK(cost.at(1) == 2.5);
}

TEST_CASE("what nobody said is asked for, and what cannot be is refused by name") {
  CHECK_THROWS_WITH_AS(hourly_cost(Assumptions()), "what an hour of this hardware costs is not known", Error);
  Assumptions powerless = owned();
  powerless.clear(Input::active_kw);
  CHECK_THROWS_WITH_AS(hourly_cost(powerless), "the power of this hardware is not known", Error);
  CHECK_THROWS_WITH_AS(hourly_cost(owned().with(Input::idle_kw, 2)), "the idle power is above the busy power",
                       Error);
  Assumptions is;
  CHECK_THROWS_WITH_AS(is.set(Input::pue, 0.9, Origin::user, ""), "PUE: 0.9 is out of range", Error);
  CHECK_THROWS_AS(is.set(Input::availability, 0, Origin::user, ""), Error);
  CHECK_THROWS_AS(is.set(Input::life_years, HUGE_VAL, Origin::user, ""), Error);
  CHECK(is.find(Input::capital) == nullptr);
  CHECK_THROWS_AS(is.at(Input::capital), Error);
}

TEST_CASE("every input has its row, and a changed copy changes nothing else") {
  std::size_t index = 0;
  for (const InputRow& row : input_rows()) {
    CAPTURE(row.key);
    CHECK(static_cast<std::size_t>(row.input) == index++);
    CHECK(row.least < row.most);
    if (!row.value) continue;
    CHECK(row.low <= *row.value);
    CHECK(row.high >= *row.value);
    CHECK(row.low >= row.least);
    CHECK(row.high <= row.most);
    CHECK_FALSE(row.why.empty());
  }
  CHECK(index == kInputCount);
  const Assumptions is = owned();
  CHECK(is.with(Input::pue, 2).at(Input::pue) == 2);
  CHECK(is.at(Input::pue) == 1.3);
  CHECK(is.find(Input::capital)->low == doctest::Approx(24000));
}
