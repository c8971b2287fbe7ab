// Where replies that are programs run: the best sandbox of this machine with the Python that is found on
// PATH. Verbs that measure and `tasks check` score code with the same one.
#pragma once

#include <memory>

#include "cli/environment.h"
#include "harness/code_scorer.h"
#include "harness/judging.h"
#include "system/event_loop.h"
#include "system/sandbox.h"

namespace costwar::cli {

class CodeSandbox {
 public:
  // Error{input} with the remedy where this machine has no sandbox (unless `unsafe`), or no Python that runs
  // in it. Must be gone before the loop.
  CodeSandbox(EventLoop& loop, const Environment& environment, bool unsafe);

  const SandboxSupport& support() const { return support_; }
  harness::CodeScoring scoring();  // must not outlive this

 private:
  SandboxSupport support_;
  std::unique_ptr<Sandbox> sandbox_;
  harness::CodeScorer scorer_;
};

}  // namespace costwar::cli
