// A model as judge, the pure part: what it is asked and how its verdict is read. The runner makes the calls
// (role judge), prices them as measurement, and keeps the verdicts. Texts to be judged stand between marks
// that they cannot contain, and the judge is told that nothing between them speaks to it.
//
// How far a judge is to be believed is for labels to say: agreement and the correction by labels are in
// stats/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/chat.h"
#include "core/model_card.h"
#include "harness/scoring/scorers.h"

namespace costwar::harness {

// The request for a row of kind judge; only its messages are filled. details: "rubric" (text: what to look
// at), "pass_at" (judge_rating: solved from this rating, 1 to 10, default 7). judge_correct compares with
// Item::expected, or with the rubric where that is empty. Error{input} where it has neither.
ChatRequest judge_request(const ScorerRow& row, const Item& item, const Reply& reply);

// The score that a judge's answer gives; nullopt where no verdict can be read out of it: that is a failed
// measurement, not a failed item. judge_rating: value (n - 1) / 9; judge_correct: 1 or 0; judge_pairwise, of
// one order: 1 where the one shown as A is preferred, 0.5 for a tie, else 0.
std::optional<ScoreResult> judge_score(const ScorerRow& row, const Item& item, std::string_view answer);

// Which of two replies is better. Ask twice, with the replies swapped: judges prefer a place.
ChatRequest pairwise_request(const Item& item, const Reply& first, const Reply& second);

enum class Preference : std::uint8_t { first, second, tie };
std::optional<Preference> read_preference(std::string_view answer);  // of those shown as A and B

struct PairVerdict {
  Preference preference = Preference::tie;  // of the unswapped order
  bool orders_agree = true;  // false: the judge contradicted itself, which counts as a tie and is counted
};
// `swapped`: the verdict on the same pair with B shown as A.
PairVerdict combine_orders(Preference straight, Preference swapped);

// Whether two models come from one maker, as far as their names tell: judges favour their own kind, so a
// report flags it. A distilled model belongs to both of its families.
bool same_family(const ModelCard& judge, const ModelCard& candidate);

}  // namespace costwar::harness
