#include "harness/trial_end.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace costwar::harness {
namespace {

// "HTTP 401 (invalid_api_key): Incorrect API key", as much of it as there is.
std::string what_was_said(const Attempt& attempt) {
  std::string said = attempt.http_status > 0 ? fmt::format("HTTP {}", attempt.http_status)
                                             : std::string(outcome_row(attempt.outcome).name);
  if (!attempt.error_code.empty()) said += fmt::format(" ({})", attempt.error_code);
  if (!attempt.error_message.empty()) said += ": " + attempt.error_message;
  return said;
}

ErrorKind kind_of(Outcome outcome) {
  if (outcome == Outcome::auth) return ErrorKind::credentials;
  return outcome == Outcome::config ? ErrorKind::input : ErrorKind::provider;
}

std::string advice_for(const Attempt& attempt) {
  if (attempt.advice.quota_gone) return std::string(outcome_row(Outcome::money).advice);
  if (attempt.advice.wait && attempt.outcome == Outcome::capacity)
    return fmt::format("the server asks to come back in {:.0f} s; what is missing is done then",
                       attempt.advice.wait->seconds());
  return std::string(outcome_row(attempt.outcome).advice);
}

}  // namespace

std::vector<const ScorerRow*> scorers_of(const Plan& plan) {
  std::vector<const ScorerRow*> scorers;
  for (const TaskItems& task : plan.input().tasks) {
    scorers.push_back(find_scorer(task.task.scorer));
    if (scorers.back() == nullptr)
      throw Error(ErrorKind::input, fmt::format("the task \"{}\" names the scorer \"{}\", which is not there",
                                                task.task.name, task.task.scorer));
  }
  return scorers;
}

Error refused_error(const Plan& plan, std::int64_t trial, const Refusal& refusal) {
  const PlannedTrial& planned = plan[trial];
  const PlanInput& input = plan.input();
  return {ErrorKind::usage,
          fmt::format("{}: {} (task \"{}\", item {})", input.models[planned.model].card.name, refusal.message,
                      input.tasks[planned.task].task.name, plan.item(trial).id),
          refusal.hint};
}

Reply reply_of(const Attempt& answer) {
  Reply reply;
  reply.text = without_reasoning(answer.text);
  reply.tool_calls = answer.tool_calls;
  reply.answers = {reply.text};
  reply.refused = refuses_to_answer(answer.outcome);
  return reply;
}

ScoreRow score_without_answer(std::int64_t trial, const ScorerRow& scorer, Outcome outcome) {
  return {trial,          std::string(scorer.name),
          scorer.version, 0,
          false,          fmt::format("no answer: {}", outcome_row(outcome).name)};
}

ScoreRow score_row(std::int64_t trial, const ScorerRow& scorer, ScoreResult result) {
  return {trial,         std::string(scorer.name), scorer.version,     result.value,
          result.solved, std::move(result.detail), result.second_value};
}

bool scores_refusal(const ScorerRow& scorer, Outcome outcome) {
  return scorer.reads_refusals && refuses_to_answer(outcome);
}

ScoreRow score_trial(std::int64_t trial, const ScorerRow& scorer, const Attempt& attempt, const Item& item) {
  if (attempt.outcome != Outcome::ok && !scores_refusal(scorer, attempt.outcome))
    return score_without_answer(trial, scorer, attempt.outcome);
  return score_row(trial, scorer, scorer.score(reply_of(attempt), item));
}

Error stop_error(std::string_view model, const Attempt& attempt) {
  return {kind_of(attempt.outcome), fmt::format("{}: {}", model, what_was_said(attempt)),
          advice_for(attempt)};
}

bool maybe_billed(const Attempt& attempt) {
  constexpr std::array kRejected{Outcome::capacity, Outcome::money, Outcome::auth, Outcome::config};
  if (attempt.usage.prompt_tokens() || attempt.usage.output_tokens()) return false;
  if (!attempt.timeline.sent && !attempt.timeline.headers) return false;
  if (attempt.outcome == Outcome::ok) return false;
  return attempt.timeline.first_any ||
         std::find(kRejected.begin(), kRejected.end(), attempt.outcome) == kRejected.end();
}

bool may_be_outage(Outcome outcome) {
  static constexpr std::array kSigns{Outcome::network, Outcome::server_error, Outcome::capacity,
                                     Outcome::timed_out, Outcome::queued_never_started};
  return std::find(kSigns.begin(), kSigns.end(), outcome) != kSigns.end();
}

Error undecided_error(std::size_t trials, std::string_view why) {
  return {ErrorKind::incomplete,
          fmt::format("{} {} undecided; the last: {}", trials, trials == 1 ? "trial stayed" : "trials stayed",
                      why),
          "the same command asks again for what is missing"};
}

Error unanswered_error(std::string_view model, std::size_t trials, bool first, const Attempt& last) {
  return {kind_of(last.outcome),
          fmt::format("{}: none of the {} {} trials was answered; the last: {}", model,
                      first ? "first" : "latest", trials, what_was_said(last)),
          advice_for(last)};
}

}  // namespace costwar::harness
