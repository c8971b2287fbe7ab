#include <doctest/doctest.h>

#include "tests/analysis/coverage/price_histories.h"

using namespace costwar::analysis::test;

TEST_CASE("prediction intervals hold as often as they say, on histories of known truth") {
  struct Case {
    Truth truth;
    int models;
    double months;
  };
  for (const Case& it :
       {Case{{0.08, -0.3, 0.4}, 12, 18}, Case{{0.05, -0.2, 0.8}, 40, 9}, Case{{0.3, -0.1, 0.3}, 4, 10}}) {
    const Coverage coverage = predict_again(it.truth, it.models, it.months, 250);
    CAPTURE(coverage.fitted);
    CHECK(coverage.fitted > 200);
    // Three standard errors of 250 trials are 7.6 and 4.1 points; no change at all has an atom of
    // probability, so that more than the level is no defect.
    CHECK(coverage.in80 > 0.72 * coverage.fitted);
    CHECK(coverage.in95 > 0.90 * coverage.fitted);
    CHECK(coverage.in80 < 0.93 * coverage.fitted);
  }
}
