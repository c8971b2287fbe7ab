// Memory across sessions: questions about a history that a model is given whole, as a summary that it wrote
// itself, or through a memory that it filled by tools. One question is one item; the questions of a history
// are one cluster. One dialogue per trial, one thread.
//
// Calls of a dialogue (CallRole::subject; the runner numbers them from 0 as `turn`):
//   full:     turn 0 is the question.
//   summary:  turn s is the end of session s + 1, where the model rewrites its notes; the last is the
//   question. tools:    each session takes one call or more, until an answer without calls or the bound; the
//   question
//             follows likewise. Reply::state tells how many: {"session_calls": [2, 1, ...], "question_calls":
//             2, "entries": 7}.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "harness/dialogue.h"
#include "harness/task.h"
#include "harness/worlds/history.h"

namespace costwar::harness::worlds {

enum class MemoryMode : std::uint8_t { full, summary, tools };

struct MemorySetup {
  HistorySetup history;
  MemoryMode mode = MemoryMode::full;
  int question = 0;                 // which of the history's
  int words = 200;                  // summary: most words of the notes, as the model is told
  std::uint32_t session_calls = 6;  // tools: most calls for a session or the question
};
MemorySetup memory_setup(const Item& item);  // Error{input} for details that are not of this task
std::string memory_details(const MemorySetup& setup);

// The question as the user puts it; it names the history and what to answer from, so no two items have the
// same.
std::string question_text(const History& history, const HistoryQuestion& question, MemoryMode mode);

// The whole history as messages, for SharedContext.
std::vector<Message> history_messages(const History& history);

inline constexpr std::string_view kAnswerRule =
    "Answer with the value alone, not in a sentence. If what the user said does not tell the answer, or the "
    "user "
    "took it back, answer: unknown";

// For the modes summary and tools.
std::unique_ptr<Dialogue> make_memory_dialogue(const Item& item);

}  // namespace costwar::harness::worlds
