// How alike two texts are by the blocks they share: Ratcliff and Obershelp's gestalt matching (Ratcliff and
// Metzener 1988, Dr. Dobb's Journal 13(7)), with the numbers of Python's difflib.SequenceMatcher(None, a, b):
// the longest common block, then the same left and right of it; where b has 200 characters or more, a
// character that makes up more than 1 % of b (plus one) starts no block but may lengthen one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace costwar::harness {

struct SequenceMatch {
  double ratio = 0;  // 2 * matched / (|a| + |b|); 1 for two empty texts
  // The work was more than `steps`: the search for further blocks was given up, and ratio is a lower bound.
  bool bounded = false;
};

// Time and memory: at most about `steps` comparisons, and O(|a| + |b|).
SequenceMatch sequence_match(const std::vector<char32_t>& a, const std::vector<char32_t>& b,
                             std::uint64_t steps);

}  // namespace costwar::harness
