// Scorers: from a model's answer and the reference answer to a score. Pure, and safe on hostile text: linear
// in its length. A change of what a scorer accepts raises its version, so that scores of two versions are
// never taken for one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace costwar::harness {

struct ScoreResult {
  double value = 0;  // 0..1
  bool solved = false;
  std::string detail;  // what was compared, one line
};

struct ScorerRow {
  std::string_view name;
  int version;
  std::string_view title;
  ScoreResult (*score)(std::string_view answer, std::string_view expected);
};
std::span<const ScorerRow> scorers();
const ScorerRow* find_scorer(std::string_view name);  // nullptr when there is none

// What `exact` compares, in this order: a surrounding code fence goes (with its language word); white space
// goes at the ends and becomes one space inside; one full stop at the end goes; one pair of surrounding
// quotes (" ' ` or the curly ones) goes, and then a full stop at the end if none went before. Case matters.
std::string normalise_answer(std::string_view text);

}  // namespace costwar::harness
