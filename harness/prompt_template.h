// A prompt with named places, such as "What is {a} {op} {b}?", checked when it is read so that filling cannot
// fail.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace costwar::harness {

class PromptTemplate {
 public:
  // Error{input} unless exactly the given names occur, each at least once. Braces have no other use.
  static PromptTemplate parse(const JsonIn& text, std::initializer_list<std::string_view> names);

  // Values in the order of the names given to parse.
  std::string fill(std::initializer_list<std::string_view> values) const;

 private:
  struct Piece {
    std::string literal;    // comes first
    std::size_t place = 0;  // then the value of this name
  };
  std::vector<Piece> pieces_;
  std::string tail_;
};

}  // namespace costwar::harness
