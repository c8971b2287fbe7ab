// A dialogue: what a trial asks, call after call, until there is something to score. Pure and deterministic:
// the same answers lead to the same calls, so a trial that was cut off goes on from the answers in the store
// without paying for them again. One object per trial; not shared between threads.
//
// The runner drives it: next() -> call -> heard() -> next() ... nullopt -> reply(). Retries of a call are the
// runner's business; an attempt that finally failed ends the trial without the dialogue.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/attempt.h"
#include "core/chat.h"
#include "core/run.h"
#include "harness/task.h"

namespace costwar::harness {

// What a scorer is given.
struct Reply {
  std::string text;                    // the last answer, without what it reasoned
  std::vector<ToolCall> tool_calls{};  // of the last answer
  std::vector<std::string> answers{};  // of every subject turn, in order; the last is `text`
  std::string state{};                 // of a world, as JSON text of one spelling; empty: there is none
  std::uint32_t calls = 1;             // to the subject
  // The API said that the model or its vendor refused (refuses_to_answer): `text` is no answer.
  bool refused = false;
};

// Whether an answer of this outcome is a refusal: refused, content_filter.
bool refuses_to_answer(Outcome outcome);

struct NextCall {
  CallRole role = CallRole::subject;
  // Only messages, tools, tool_choice, parallel_tool_calls and response_format: the runner adds the model and
  // how it is asked (Plan::finish_request).
  ChatRequest request{};  // of a route also `member`
};

class Dialogue {
 public:
  virtual ~Dialogue() = default;
  // The next call, or nullopt at the end. Called once after the beginning and once after each heard().
  virtual std::optional<NextCall> next() = 0;
  // The answer to that call: outcome ok, refused or content_filter.
  virtual void heard(const Attempt& answer) = 0;
  // After next() gave nullopt.
  virtual Reply reply() const = 0;
};

// The messages of the item (its shared context first), then its `turns`.
std::unique_ptr<Dialogue> make_turns(const Item& item);

// What the subject is sent first: shared context and messages, tools, formats.
ChatRequest first_request(const Item& item);

}  // namespace costwar::harness
