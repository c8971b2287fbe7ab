#include "harness/retry.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/random.h"

namespace costwar::harness {
namespace {

Nanos backoff(const RetryPolicy& policy, std::int64_t trial, std::uint32_t attempts_so_far) {
  std::int64_t ceiling = policy.first_backoff.count;
  for (std::uint32_t n = 1; n < attempts_so_far && ceiling < policy.longest_backoff.count; ++n) ceiling *= 2;
  ceiling = std::min(ceiling, policy.longest_backoff.count);
  RandomStream jitter(policy.seed, fmt::format("retry/{}/{}", trial, attempts_so_far));
  return nanoseconds(jitter.between(0, ceiling));
}

}  // namespace

bool at_capacity(const Attempt& attempt) {
  return attempt.outcome == Outcome::capacity || attempt.advice.overloaded;
}

RetryDecision decide_retry(const RetryPolicy& policy, const Attempt& attempt, std::int64_t trial,
                           std::uint32_t attempts_so_far) {
  using Action = RetryDecision::Action;
  const OutcomeRow& outcome = outcome_row(attempt.outcome);
  if (outcome.stops_run || attempt.advice.quota_gone) return {Action::stop_run, {}};
  if (attempt.outcome == Outcome::cancelled) return {Action::give_up, {}};
  if (!attempt.advice.should_retry.value_or(outcome.retryable)) return {Action::give_up, {}};
  if (attempt.advice.wait && *attempt.advice.wait > policy.longest_server_wait) return {Action::stop_run, {}};
  if (attempts_so_far >= policy.attempts) return {Action::give_up, {}};
  if (!policy.waits) return {Action::retry, {}};
  const Nanos wait =
      attempt.advice.wait ? std::max(*attempt.advice.wait, Nanos{}) : backoff(policy, trial, attempts_so_far);
  return {Action::retry, wait};
}

}  // namespace costwar::harness
