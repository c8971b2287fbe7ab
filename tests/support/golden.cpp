#include "tests/support/golden.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

namespace costwar::testing {
namespace {

bool updating() {
  const char* flag = std::getenv("COSTWAR_UPDATE_GOLDEN");
  return flag != nullptr && std::string_view(flag) == "1";
}

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

std::string golden_difference(const std::string& name, const std::string& actual) {
  const std::filesystem::path path = std::filesystem::path("tests/golden") / name;
  if (updating()) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << actual;
    return {};
  }
  if (!std::filesystem::exists(path))
    return fmt::format("{} is missing; COSTWAR_UPDATE_GOLDEN=1 writes it", path.string());
  const std::string expected = read(path);
  if (expected == actual) return {};
  std::istringstream wanted(expected), got(actual);
  std::string wanted_line, got_line;
  for (int line = 1;; ++line) {
    const bool more_wanted = static_cast<bool>(std::getline(wanted, wanted_line));
    const bool more_got = static_cast<bool>(std::getline(got, got_line));
    if (!more_wanted && !more_got) return fmt::format("{} differs in its line ends", path.string());
    if (more_wanted && more_got && wanted_line == got_line) continue;
    return fmt::format("{} line {}\n  expected: {}\n  got:      {}\nCOSTWAR_UPDATE_GOLDEN=1 refreshes it",
                       path.string(), line, more_wanted ? wanted_line : "(end)",
                       more_got ? got_line : "(end)");
  }
}

}  // namespace costwar::testing
