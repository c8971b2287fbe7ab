// What every refused command line has in common: its exit code, nothing on standard output, one line on
// standard error. The second form runs it in an empty folder.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "command.h"

namespace costwar::e2e {

inline void check_complaint(const Result& result, int code, const std::string& text) {
  CAPTURE(result.err);
  CHECK(result.code == code);
  CHECK(result.out.empty());
  CHECK(result.err.starts_with("costwar: "));
  CHECK(result.err.find(text) != std::string::npos);
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
}

inline void check_complaint(const Arguments& arguments, int code, const std::string& text,
                            const std::map<std::string, std::string>& variables = {}) {
  const TemporaryFolder folder;
  check_complaint(run(folder, arguments, variables), code, text);
}

}  // namespace costwar::e2e
