// What the table in scorers.cpp is made of: one function a scorer, each in the file of its family. What a
// scorer reads of Item::expected and Item::details, and what it accepts, is in docs/scoring.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/scoring/decimal_text.h"
#include "harness/scoring/scorers.h"

namespace costwar::harness {

ScoreResult score_exact(const Reply& reply, const Item& item);                // exact.cpp
ScoreResult score_numeric(const Reply& reply, const Item& item);              // numeric.cpp
ScoreResult score_numeric_final(const Reply& reply, const Item& item);        // numeric_final.cpp
ScoreResult score_normalised(const Reply& reply, const Item& item);           // normalised.cpp
ScoreResult score_contains_normalised(const Reply& reply, const Item& item);  // normalised.cpp
ScoreResult score_answer_is(const Reply& reply, const Item& item);            // answer_is.cpp
ScoreResult score_choice(const Reply& reply, const Item& item);               // choice.cpp
ScoreResult score_set_f1(const Reply& reply, const Item& item);               // set_f1.cpp
ScoreResult score_sequence_ratio(const Reply& reply, const Item& item);       // sequence_ratio.cpp
ScoreResult score_regex(const Reply& reply, const Item& item);                // regex.cpp
ScoreResult score_json_schema(const Reply& reply, const Item& item);          // json_record.cpp
ScoreResult score_json_record(const Reply& reply, const Item& item);          // json_record.cpp
ScoreResult score_tool_calls(const Reply& reply, const Item& item);           // tool_calls.cpp
ScoreResult score_ifeval(const Reply& reply, const Item& item);               // ifeval/ifeval.cpp
ScoreResult score_refusal(const Reply& reply, const Item& item);              // refusal.cpp
ScoreResult score_abstention(const Reply& reply, const Item& item);           // abstention.cpp
ScoreResult score_world_state(const Reply& reply, const Item& item);          // world_state.cpp

// What a reply answers, by the same reading, for answer_reading.h.
std::optional<Decimal> final_number(std::string_view text);  // numeric_final.cpp
std::string answer_is_in(std::string_view text);             // answer_is.cpp

}  // namespace costwar::harness
