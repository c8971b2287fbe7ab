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
        "10 s  local/a 40/100  local/b 10/100 (3 failed)  about 30 s left");
  models[0].done = models[1].done = 100;
  CHECK(progress.line(models, seconds(40)) == "40 s  local/a 100/100  local/b 100/100 (3 failed)");
}
