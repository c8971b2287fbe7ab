// Conformance files: what a scorer must accept and what it must not, one JSON object a line. They are for the
// project's tests and for anybody who doubts a scorer or writes another one (docs/scoring.md has the fields).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace costwar::harness {

struct ConformanceFailure {
  std::size_t line = 0;  // from 1
  std::string why;       // of the case, as the file says
  std::string wrong;     // what was expected and what came out
};

struct ConformanceReport {
  std::size_t must_pass = 0;  // cases that are to be solved
  std::size_t must_fail = 0;
  std::vector<ConformanceFailure> failures;
};

// Runs every case of a file through the scorer of that name: first without_reasoning(), as a run does. A case
// of a judge's scorer has the judge's answer as its reply; solved null: no verdict can be read. Error{input}
// for a file that cannot be read, Error{usage} for an unknown scorer.
ConformanceReport run_conformance(std::string_view scorer, std::string_view lines, const std::string& source);

}  // namespace costwar::harness
