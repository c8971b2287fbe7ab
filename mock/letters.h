// Letters as protocols compare them.
#pragma once

namespace costwar::mock {

// A to Z as a to z; every other byte stays.
constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace costwar::mock
