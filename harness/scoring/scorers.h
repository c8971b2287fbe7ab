// Scorers: from a model's reply and the item to a score. Pure, and safe on hostile replies: linear in their
// length. An item that is none for its scorer (details of another form, a reference that is no number) is the
// task's mistake and throws Error{input}; check_item() finds it before anything is asked. A change of what a
// scorer accepts raises its version, so that scores of two versions are never taken for one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/dialogue.h"

namespace costwar::harness {

struct ScoreResult {
  double value = 0;  // 0..1
  bool solved = false;
  std::string detail;  // what was compared, one line
  // By a second way of reading the answer out of the reply, where that is fragile; reports count where the
  // two disagree. The first way decides.
  std::optional<double> second_value{};
};

enum class ScorerKind : std::uint8_t {
  text,   // computed from the reply at once, by `score`
  code,   // runs what the model wrote, in a sandbox (code_scorer.h)
  judge,  // asks another model (judge.h)
};

struct ScorerRow {
  std::string_view name;
  int version;
  std::string_view title;
  ScoreResult (*score)(const Reply& reply, const Item& item);  // null unless the kind is text
  ScorerKind kind = ScorerKind::text;
  // Scores Reply::refused as conduct; for all others a refused call is no answer, and 0.
  bool reads_refusals = false;
};
// Compares two models of a run (costwar scores judge); no task can name it as its own.
inline constexpr std::string_view kPairwiseScorer = "judge_pairwise";

std::span<const ScorerRow> scorers();
const ScorerRow* find_scorer(std::string_view name);  // nullptr when there is none

// Error{input} naming the item when the scorer cannot use it. Rows of other kinds than text accept all.
void check_item(const ScorerRow& row, const Item& item);

// The reply to score: without <think>...</think> (also thinking, reasoning, thought) where the tag begins a
// line, without what comes before a lone </think>, and without what follows a tag that is never closed. Tags
// inside a code fence of the answer stay.
std::string without_reasoning(std::string_view text);

// What `exact` compares, in this order: a surrounding code fence goes (with its language word); white space
// goes at the ends and becomes one space inside; one full stop at the end goes; one pair of surrounding
// quotes (" ' ` or the curly ones) goes, and then a full stop at the end if none went before. Case matters.
std::string normalise_answer(std::string_view text);

}  // namespace costwar::harness
