// Items that are answered several times: the variance split, pass@k and pass^k.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "stats/pass_at_k.h"
#include "stats/proportion.h"
#include "stats/variance_split.h"

using namespace costwar::stats;
using doctest::Approx;

namespace {

// tau-bench airline, GPT-4o, 50 tasks of 4 tries: 0 to 4 successes in 14, 12, 10, 4 and 10 tasks.
std::vector<TaskTries> airline() {
  std::vector<TaskTries> tasks;
  const int counts[] = {14, 12, 10, 4, 10};
  for (std::int64_t successes = 0; successes <= 4; ++successes)
    tasks.insert(tasks.end(), static_cast<std::size_t>(counts[successes]), TaskTries{4, successes});
  return tasks;
}

std::vector<ClusterTotal> airline_totals() {
  std::vector<ClusterTotal> totals;
  for (const TaskTries& task : airline()) {
    const double sum = static_cast<double>(task.successes);
    totals.push_back({sum, sum, task.tries});
  }
  return totals;
}

}  // namespace

TEST_CASE("golden: pass^k and pass@k of tau-bench airline") {
  const double hat[] = {0.42, 0.2733333333333333, 0.22, 0.20};
  const double at[] = {0.42, 0.5666666666666668, 0.66, 0.72};
  // Standard errors over the 50 tasks from numpy: std(ddof=1) / sqrt(50).
  const double hat_error[] = {0.05221619109284876, 0.055483853956683836, 0.05653245410688394,
                              0.05714285714285715};
  const double at_error[] = {0.05221619109284876, 0.05674464422768088, 0.060508053098706785,
                             0.06414269805898185};
  for (std::int64_t k = 1; k <= 4; ++k) {
    CAPTURE(k);
    const auto pass_hat = mean_pass_hat_k(airline(), k);
    const auto pass_at = mean_pass_at_k(airline(), k);
    REQUIRE(pass_hat.has_value());
    REQUIRE(pass_at.has_value());
    CHECK(pass_hat->value == Approx(hat[k - 1]).epsilon(1e-12));
    CHECK(pass_at->value == Approx(at[k - 1]).epsilon(1e-12));
    CHECK(pass_hat->standard_error.value() == Approx(hat_error[k - 1]).epsilon(1e-10));
    CHECK(pass_at->standard_error.value() == Approx(at_error[k - 1]).epsilon(1e-10));
    CHECK(pass_hat->tasks == 50);
    CHECK(pass_hat->left_out == 0);
  }
  // Wilson with n_eff from the tasks' variance and t on 49, by scipy.optimize.brentq.
  const Interval fourth = mean_pass_hat_k(airline(), 4)->interval.value();
  CHECK(fourth.low == Approx(0.110796351754864).epsilon(1e-9));
  CHECK(fourth.high == Approx(0.33404279800737896).epsilon(1e-9));
  const Interval first = mean_pass_at_k(airline(), 1)->interval.value();
  CHECK(first.low == Approx(0.3216860083988712).epsilon(1e-9));
  CHECK(first.high == Approx(0.5251007742879149).epsilon(1e-9));
}

TEST_CASE("golden: 200 tries are not 200 tasks") {
  CHECK(proportion_standard_error(84, 200) == Approx(0.0349874).epsilon(1e-6));
  const auto mean = clustered_mean(airline_totals());
  REQUIRE(mean.has_value());
  CHECK(mean->mean == Approx(0.42));
  CHECK(mean->naive_standard_error == Approx(0.0349874).epsilon(1e-6));
  CHECK(mean->standard_error == Approx(0.0522162).epsilon(1e-6));
}

TEST_CASE("pass@k of one task is the chance in drawing without replacement") {
  CHECK(pass_at_k({10, 3}, 1).value() == Approx(0.3));
  CHECK(pass_at_k({10, 3}, 5).value() == Approx(1 - 21.0 / 252));
  CHECK(pass_at_k({10, 3}, 8).value() == 1);
  CHECK(pass_at_k({10, 0}, 10).value() == 0);
  CHECK(pass_hat_k({10, 7}, 3).value() == Approx(35.0 / 120));
  CHECK(pass_hat_k({10, 2}, 3).value() == 0);
  CHECK(pass_hat_k({10, 10}, 10).value() == 1);
  // Factorials of these overflow a double.
  CHECK(pass_at_k({2000, 1000}, 2).value() == Approx(1 - 0.5 * 999 / 1999));
  CHECK_FALSE(pass_at_k({3, 3}, 4).has_value());
  CHECK_FALSE(pass_hat_k({3, 3}, 0).has_value());
}

TEST_CASE("tasks with too few tries are left out and counted; equal tasks still leave doubt") {
  const std::vector<TaskTries> tasks{{4, 4}, {4, 4}, {2, 2}, {4, 4}};
  const auto mean = mean_pass_hat_k(tasks, 3);
  REQUIRE(mean.has_value());
  CHECK(mean->tasks == 3);
  CHECK(mean->left_out == 1);
  CHECK(mean->value == 1);
  REQUIRE(mean->interval.has_value());
  CHECK(mean->interval->high == 1);
  CHECK(mean->interval->low < 0.5);
  CHECK_FALSE(mean_pass_hat_k(tasks, 5).has_value());
  CHECK_FALSE(mean_pass_hat_k(std::vector<TaskTries>{{4, 2}}, 2)->interval.has_value());
}

TEST_CASE("the variance splits into items and answers") {
  // By hand in numpy from the mean squares; statsmodels' MixedLM (REML) gives .14667 and .09966.
  const auto split = variance_split(airline_totals());
  REQUIRE(split.has_value());
  CHECK(split->within == Approx(0.14666666666666667).epsilon(1e-12));
  CHECK(split->between == Approx(0.09965986394557826).epsilon(1e-12));
  CHECK(split->items == 50);
  CHECK(split->repeats == Approx(4));
  CHECK(split->standard_error(50, 4) == Approx(0.052216191092848765).epsilon(1e-12));
  CHECK(split->intraclass_correlation() == Approx(0.09965986394557826 / 0.24632653061224492).epsilon(1e-10));
  // However many repeats, the items' own variance stays.
  CHECK(split->standard_error(50, 1e9) == Approx(std::sqrt(0.09965986394557826 / 50)).epsilon(1e-6));
}

TEST_CASE("answers that vary more within than between items leave nothing between") {
  const auto split = variance_split(std::vector<ClusterTotal>(10, ClusterTotal{2, 2, 4}));
  REQUIRE(split.has_value());
  CHECK(split->between == 0);
  CHECK(split->within == Approx(10.0 / 30));
  CHECK(split->intraclass_correlation() == 0);
}

TEST_CASE("unequal repeats count with the number that stands for all") {
  // Two items with 2 and 4 answers: (6 - 20/6) / 1.
  const auto split = variance_split(std::vector<ClusterTotal>{{1, 1, 2}, {3, 3, 4}});
  REQUIRE(split.has_value());
  CHECK(split->repeats == Approx(6 - 20.0 / 6));
}

TEST_CASE("one answer each, or one item, has no split") {
  CHECK_FALSE(variance_split(std::vector<ClusterTotal>(10, ClusterTotal{1, 1, 1})).has_value());
  CHECK_FALSE(variance_split(std::vector<ClusterTotal>{{2, 2, 4}}).has_value());
}
