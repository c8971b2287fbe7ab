// Drives a dialogue without a runner: an agent is a function from the next call to its answer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/dialogue.h"
#include "harness/scoring/scorers.h"
#include "harness/worlds/oracle.h"

namespace costwar::harness::worlds::testing {

using Agent = std::function<Attempt(const NextCall&)>;

struct Driven {
  Reply reply;
  ScoreResult score;
  std::vector<NextCall> calls;
  std::vector<Attempt> answers;
};

// The whole of a call as one text, to compare two of them.
std::string call_text(const NextCall& call);

Driven drive(const TaskItems& task, const Item& item, const Agent& agent);

// By the item's oracle.
Driven drive(const TaskItems& task, const Item& item);

// The same answers into a new dialogue; the calls must be those of `first`.
bool replays(const TaskItems& task, const Item& item, const Driven& first);

}  // namespace costwar::harness::worlds::testing
