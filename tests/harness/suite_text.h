// The committed suite manifest as the tests read it; tests run in the source root.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace costwar::harness::test {

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline const std::string& suite_text() {
  static const std::string text = read_text("catalog/tasks/builtin.json");
  return text;
}

}  // namespace costwar::harness::test
