// Multiple choice: the options of a record and which of them is right, in the several ways in which sets
// write them. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/tasks/item_rule.h"

namespace costwar::harness {

inline constexpr std::size_t kMostChoices = 26;

struct Choices {
  std::vector<std::string> options;  // 2 to kMostChoices
  std::size_t answer = 0;            // index of the right one
};

ChoicesRule parse_choices(const JsonIn& in);

// Error{input} with the record's place when there are not two options, or the answer is none of them.
Choices read_choices(const ChoicesRule& rule, const JoinedRecord& record);

// The same order for the same options and seed, whatever else is drawn.
void permute(Choices& choices, std::uint64_t seed);

// 'A' for 0.
char letter_of(std::size_t index);

// "A) ...\nB) ..."
std::string listed(const Choices& choices);

}  // namespace costwar::harness
