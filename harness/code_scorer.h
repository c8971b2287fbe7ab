// Scores replies that are programs, by running them: scorer rows of ScorerKind::code. What is judged and what
// judges are two Python processes in two sandboxes, joined by one socket over which only arguments and
// results pass as plain values. So a program cannot print, exit, patch or read its way to a verdict:
// docs/sandbox.md. On the event loop's thread; the sandbox and the loop outlive the scorer.
//
// Item.details, a JSON object:
//   python               prompt, entry_point, test (defines check(candidate)), timeout_s (3)
//   python_differential  entry_point, canonical_solution, base_input, plus_input (lists of argument lists),
//                        atol (0), prompt (its first assert shows which arguments are tuples and sets),
//                        timeout_s (3)
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "harness/scoring/scorers.h"
#include "harness/task.h"
#include "system/sandbox.h"

namespace costwar::harness {

struct PythonFacts {
  std::string program;  // whole path, links resolved
  std::string version;  // "3.11.2"
  std::string prefix;   // where its library lies; shown to the sandbox when outside the system's folders
};

class CodeScorer {
 public:
  // Finds python3 in the folders of search_path ("/usr/bin:...") or the system's, and sees that it runs in
  // this sandbox; blocks for some tens of milliseconds. Error{input} with the remedy when there is none.
  CodeScorer(Sandbox& sandbox, EventLoop& loop, const std::string& search_path);
  CodeScorer(const CodeScorer&) = delete;
  CodeScorer& operator=(const CodeScorer&) = delete;
  ~CodeScorer();

  // `done` comes once, from the loop, never from within this call. Not after the scorer is destroyed.
  // Error{input} when the item's details are not what the row needs.
  void score(const ScorerRow& row, const Reply& reply, const Item& item,
             std::function<void(ScoreResult)> done);

  const PythonFacts& python() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace costwar::harness
