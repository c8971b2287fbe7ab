// Whether a message names a thing: a number however its thousands are set apart ("1,740", "1.740", "1 740"),
// or a text in any case. Pure, linear in the message.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace costwar::harness::worlds {

class Mentions {
 public:
  explicit Mentions(std::string_view message);
  // Digits alone are looked up as a whole number, everything else as a part of the message.
  bool has(std::string_view wanted) const;

 private:
  std::string lower_;
  std::set<std::string> numbers_;
};

}  // namespace costwar::harness::worlds
