#include "cli/progress_line.h"

#include <doctest/doctest.h>

using namespace costwar;

TEST_CASE("the line says what is done, what failed and about how long it will take") {
  const SystemClock clock;
  const cli::ProgressLine progress(stderr, false, clock, {"local/a", "local/b"});
  std::vector<harness::ModelProgress> models(2);
  models[0].trials = models[1].trials = 100;
  models[0].done = 40;
  models[1].done = 10;
  models[1].failed = 3;
  CHECK(progress.line(models, seconds(10)) ==
        "10 s  local/a 40/100 4/s  local/b 10/100 1/s (3 failed)  about 90 s left");
  models[1].spent = Money::parse(Currency("USD"), "0.0125");
  CHECK(progress.line(models, seconds(100)) ==
        "100 s  local/a 40/100 0.4/s  local/b 10/100 0.1/s $0.0125 (3 failed)  about 15 min left");
  models[1].unpriced = 1;
  models[1].undecided = 2;
  models[1].done = 0;  // as long as a model has not begun, all are taken together: 160 left, 40 in 100 s
  CHECK(progress.line(models, seconds(100)) ==
        "100 s  local/a 40/100 0.4/s  local/b 0/100 at least $0.0125 (3 failed) (2 undecided)  about 7 min "
        "left");
  models[1] = {};
  models[1].trials = 100;
  models[1].failed = 3;
  models[0].done = models[1].done = 100;
  CHECK(progress.line(models, seconds(40)) == "40 s  local/a 100/100  local/b 100/100 (3 failed)");
}
