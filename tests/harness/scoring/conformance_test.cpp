#include "harness/scoring/conformance.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/harness/scoring/scoring_fixture.h"

using namespace costwar;
using namespace costwar::harness;

TEST_CASE("every scorer keeps to its conformance file, which has at least as many must-fail cases") {
  for (const ScorerRow& row : scorers()) {
    if (row.kind == ScorerKind::code) continue;
    const std::string name(row.name);
    CAPTURE(name);
    const std::string path = "catalog/scorers/" + name + ".jsonl";
    const std::string lines = file_text(path);
    REQUIRE_FALSE(lines.empty());
    const ConformanceReport report = run_conformance(name, lines, path);
    for (const ConformanceFailure& failure : report.failures)
      FAIL_CHECK(path << ":" << failure.line << ": " << failure.why << ": " << failure.wrong);
    CHECK(report.must_pass >= 1);
    CHECK(report.must_fail >= report.must_pass);
  }
}

TEST_CASE("a conformance case that does not hold is told with its line and reason") {
  const std::string lines =
      "{\"reply\":\"A\",\"expected\":\"A\",\"solved\":true,\"why\":\"right\"}\n\n"
      "{\"reply\":\"A\",\"expected\":\"A\",\"solved\":false,\"why\":\"wrongly failed\"}\n"
      "{\"reply\":\"A\",\"expected\":\"A\",\"solved\":true,\"value\":0.5,\"why\":\"wrong value\"}\n";
  const ConformanceReport report = run_conformance("exact", lines, "cases");
  CHECK(report.must_pass == 2);
  CHECK(report.must_fail == 1);
  REQUIRE(report.failures.size() == 2);
  CHECK(report.failures[0].line == 3);
  CHECK(report.failures[0].why == "wrongly failed");
  CHECK(report.failures[0].wrong == "solved, and must not be: \"A\"");
  CHECK(report.failures[1].line == 4);
  CHECK_THROWS_WITH_AS(run_conformance("exact", "{\"solved\":true,\"why\":\"x\",\"answr\":1}", "f"),
                       doctest::Contains("f:1"), Error);
  CHECK_THROWS_AS(run_conformance("guess", "", "f"), Error);
}
