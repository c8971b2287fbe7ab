// What the runner asks a judge: one or more calls with the role judge, then a verdict. Pure and deterministic
// like a Dialogue, and for the same reason: a trial that was cut off goes on from the judge's answers in the
// store.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/attempt.h"
#include "core/chat.h"
#include "harness/scoring/scorers.h"

namespace costwar::harness {

class JudgeScript {
 public:
  virtual ~JudgeScript() = default;
  // The next request, without the model and how it is asked; nullopt at the end. Called once after the
  // beginning and once after each heard().
  virtual std::optional<ChatRequest> next() = 0;
  virtual void heard(const Attempt& answer) = 0;  // outcome ok, refused or content_filter
  // After next() gave nullopt. nullopt: the judge's words give none; the trial stays undecided.
  virtual std::optional<ScoreResult> verdict() const = 0;
};

// The item outlives the script; the reply is copied.
using JudgeMaker = std::function<std::unique_ptr<JudgeScript>(const ScorerRow& scorer, const Item& item,
                                                              const Reply& reply)>;

// By one question to the judge (scoring/judge.h).
std::unique_ptr<JudgeScript> make_pointwise_judge(const ScorerRow& scorer, const Item& item,
                                                  const Reply& reply);

// Scores what runs in a sandbox. The answer comes on the event loop, on a later turn, or never once the
// program ends.
using CodeScoring = std::function<void(const ScorerRow& scorer, const Reply& reply, const Item& item,
                                       std::function<void(ScoreResult)> scored)>;

}  // namespace costwar::harness
