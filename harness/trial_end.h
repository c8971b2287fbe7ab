// How a trial or a run ends: the score row of a trial, and the Error of a run that has no sense in going on.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/attempt.h"
#include "core/error.h"
#include "core/provider.h"
#include "core/run.h"
#include "harness/plan.h"
#include "harness/scoring/scorers.h"

namespace costwar::harness {

// The scorer of each task of the plan. Error{input} for a task whose scorer is not there.
std::vector<const ScorerRow*> scorers_of(const Plan& plan);

// What a provider refuses to send of the plan: Error{usage} with its words, that names model, task and item.
Error refused_error(const Plan& plan, std::int64_t trial, const Refusal& refusal);

// What a scorer is given of a single answer.
Reply reply_of(const Attempt& answer);

// 0, for a trial that ended without an answer: it is not solved, and stays.
ScoreRow score_without_answer(std::int64_t trial, const ScorerRow& scorer, Outcome outcome);
ScoreRow score_row(std::int64_t trial, const ScorerRow& scorer, ScoreResult result);

// A refusal that is something to score, not a missing answer.
bool scores_refusal(const ScorerRow& scorer, Outcome outcome);

// The score of an answer by a scorer of the kind text, or 0 for an attempt that brought none.
ScoreRow score_trial(std::int64_t trial, const ScorerRow& scorer, const Attempt& attempt, const Item& item);

// "openai/gpt-5.5: HTTP 401 (invalid_api_key): Incorrect API key", with the outcome's advice as the hint.
// Refused keys are ErrorKind::credentials, refused requests input, all else provider.
Error stop_error(std::string_view model, const Attempt& attempt);

// What an attempt is noted with that left whole, brought no token count and was not rejected outright: what
// it cost is not known.
inline constexpr std::string_view kMaybeBilled = "maybe billed: it left whole and no usage came back";
bool maybe_billed(const Attempt& attempt);

// Whether a failure is what a server that is down, or a line that is cut, would give.
bool may_be_outage(Outcome outcome);

// Some trials could not be judged, or had no simulated user to talk to, and stay undecided.
Error undecided_error(std::size_t trials, std::string_view why);

// stop_error for a model none of whose first, or else latest, `trials` trials was answered.
Error unanswered_error(std::string_view model, std::size_t trials, bool first, const Attempt& last);

}  // namespace costwar::harness
