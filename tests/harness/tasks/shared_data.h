// Real files of public sets, where the machine has them beside the project; tests that use them say so when
// they are not there.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace costwar::harness::test {

// ../shared/data/NAME, from the source root; empty where there is none, and the test prints that it is
// skipped.
inline std::filesystem::path shared_data(const std::string& name) {
  const std::filesystem::path path = std::filesystem::path("..") / "shared" / "data" / name;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) return path;
  MESSAGE("skipped: there is no " << path.string());
  return {};
}

}  // namespace costwar::harness::test
