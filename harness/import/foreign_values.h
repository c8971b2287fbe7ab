// What the files of other tools have in common: verdicts in many words, instants, amounts as floating point
// numbers, messages in parts, usage objects. Pure functions of values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/attempt.h"
#include "core/json.h"
#include "core/money.h"
#include "core/run.h"
#include "core/time.h"
#include "core/usage.h"
#include "core/usage/normalise.h"
#include "harness/import/result_source.h"

namespace costwar::harness {

// "results/run.jsonl.gz" is "run".
std::string stem_of(std::string source);

// JSON as Python writes it too: NaN and infinities, which are no JSON, are null. Error{input} as parse_json.
Json parse_foreign_json(std::string_view text, const std::string& source);

// A verdict as a score from 0 to 1: true, 0.5, "1", "pass", "Incorrect". nullopt: none of these.
std::optional<double> verdict(const Json& value);
std::optional<double> verdict(std::string_view text);

// solved: a score of 1.
ScoreRow score_row(std::string scorer, double value, std::string detail);

// Seconds as a duration; nullopt: negative, not finite, or more than 30 years.
std::optional<Nanos> duration_of(double seconds);

// A binary fraction as the shortest decimal that stands for it. nullopt: negative, not finite or too large.
std::optional<Money> amount_of(Currency currency, double value);
// "$1.25", "0.0004". nullopt: no amount.
std::optional<Money> amount_of(Currency currency, std::string_view text);

// The text of a message: a string, or the text of its parts ({"type": "text", "text": ...}).
std::string message_text(const Json& content);
// Of the last message of the user, else of the last; a string is itself.
std::string last_user_text(const Json& messages);

// A usage object of an API, whatever its dialect; nullopt: nothing known in it, or it does not add up.
std::optional<Usage> usage_of(const Json& object);

// An attempt that ended after `latency`, where it is known.
AttemptRow ended_attempt(Wall requested, std::optional<Nanos> latency);

// How an error reads: by the status in its words, else as the server's.
Outcome outcome_of_error(std::string_view message);

// Members of `in` that say how a model was asked (temperature, seed, ...): never keys or addresses.
void take_settings(const Json& in, Json& out);

// The first `most` bytes, cut before a character begins; one line.
std::string one_line(std::string_view text, std::size_t most = 200);

}  // namespace costwar::harness
