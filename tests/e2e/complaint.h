// What every refused command line has in common: its exit code, nothing on standard output, one line on
// standard error.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
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

}  // namespace costwar::e2e
