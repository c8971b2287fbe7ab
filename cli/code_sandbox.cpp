#include "cli/code_sandbox.h"

#include <utility>

namespace costwar::cli {

CodeSandbox::CodeSandbox(EventLoop& loop, const Environment& environment, bool unsafe)
    : support_(probe_sandbox()),
      sandbox_(open_sandbox(loop, support_, {unsafe})),
      scorer_(*sandbox_, loop, environment.variable("PATH").value_or("")) {}

harness::CodeScoring CodeSandbox::scoring() {
  return [this](const harness::ScorerRow& row, const harness::Reply& reply, const harness::Item& item,
                std::function<void(harness::ScoreResult)> scored) {
    scorer_.score(row, reply, item, std::move(scored));
  };
}

}  // namespace costwar::cli
