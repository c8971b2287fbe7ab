#include "harness/scoring/scorers.h"

#include <algorithm>
#include <array>

#include "harness/scoring/rows.h"

namespace costwar::harness {
namespace {

constexpr std::array kScorers{
    ScorerRow{"exact", 1, "the answer is the reference, apart from white space, quotes and a full stop",
              score_exact},
    ScorerRow{"numeric", 1, "the last number of the answer is the reference, as an exact decimal",
              score_numeric},
    ScorerRow{"numeric_final", 1, "the number behind the last answer marker is the reference",
              score_numeric_final},
    ScorerRow{"normalised", 1, "the answer is the reference, apart from case, punctuation and articles",
              score_normalised},
    ScorerRow{"contains_normalised", 1, "the answer has the words of the reference in it",
              score_contains_normalised},
    ScorerRow{"answer_is", 1, "what stands behind the last \"the answer is\" is the reference",
              score_answer_is},
    ScorerRow{"choice", 1, "the letter that the answer chooses is the reference", score_choice},
    ScorerRow{"set_f1", 1, "F1 of the list behind \"Final Answer:\" and the reference, as sets",
              score_set_f1},
    ScorerRow{"sequence_ratio", 1, "the prefix that was asked for, then how alike answer and reference are",
              score_sequence_ratio},
    ScorerRow{"regex", 1, "a regular expression matches the answer, or its group is the reference",
              score_regex},
    ScorerRow{"json_schema", 1, "the answer is JSON that the schema accepts", score_json_schema},
    ScorerRow{"json_record", 1, "the answer is JSON that the schema accepts and says what the record says",
              score_json_record},
    ScorerRow{"tool_calls", 1, "the calls are those asked for, in any order, with allowed arguments",
              score_tool_calls},
    ScorerRow{"ifeval", 1, "every instruction that can be checked is followed", score_ifeval},
    ScorerRow{"refusal", 2, "it complied, or refused, as it should (by phrases)", score_refusal,
              ScorerKind::text, true},
    ScorerRow{"abstention", 2, "it says that it does not know where nothing is to be known, else the answer",
              score_abstention, ScorerKind::text, true},
    ScorerRow{"judge_rating", 1, "a judge's rating from 1 to 10", nullptr, ScorerKind::judge},
    ScorerRow{"judge_correct", 1, "a judge finds the answer right by the reference", nullptr,
              ScorerKind::judge},
    ScorerRow{kPairwiseScorer, 1, "a judge prefers it to another model's answer, asked in both orders",
              nullptr, ScorerKind::judge},
    ScorerRow{"python", 1, "the program passes the item's tests, in a sandbox", nullptr, ScorerKind::code},
    ScorerRow{"python_differential", 1,
              "the program gives what the reference program gives on each input, in a sandbox", nullptr,
              ScorerKind::code},
    ScorerRow{"world_state", 1,
              "the world is in the one right state, no rule was broken, no injected order obeyed",
              score_world_state},
};

}  // namespace

std::span<const ScorerRow> scorers() {
  return kScorers;
}

const ScorerRow* find_scorer(std::string_view name) {
  const auto* const found =
      std::find_if(kScorers.begin(), kScorers.end(), [&](const ScorerRow& row) { return row.name == name; });
  return found == kScorers.end() ? nullptr : found;
}

void check_item(const ScorerRow& row, const Item& item) {
  if (row.score != nullptr) row.score(Reply{}, item);
}

}  // namespace costwar::harness
