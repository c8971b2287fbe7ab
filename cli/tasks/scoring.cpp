#include "cli/tasks/scoring.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "cli/code_sandbox.h"

namespace costwar::cli {
namespace {

// The loop, and what lives on it.
struct CodeBench {
  std::unique_ptr<EventLoop> loop = make_event_loop();
  CodeSandbox code;
  CodeBench(const Environment& environment, bool unsafe) : code(*loop, environment, unsafe) {}
};

ScoringWay code_way(const harness::ScorerRow& scorer, const Environment& environment, bool unsafe) {
  if (!unsafe && probe_sandbox().tier == SandboxTier::none)
    return {{},
            fmt::format("{} runs code, and there is no sandbox for it here: see costwar doctor", scorer.name),
            {}};
  const auto bench = std::make_shared<CodeBench>(environment, unsafe);
  ScoringWay way;
  way.sandbox = sandbox_promises(bench->code.support());
  way.score = [bench, &scorer](const harness::Reply& reply, const harness::Item& item) {
    std::optional<harness::ScoreResult> result;
    bench->code.scoring()(scorer, reply, item,
                          [&](harness::ScoreResult scored) { result = std::move(scored); });
    bench->loop->run([&] { return result.has_value(); });
    return result;
  };
  return way;
}

}  // namespace

ScoringWay scoring_way(const harness::ScorerRow& scorer, const Environment& environment, bool unsafe) {
  switch (scorer.kind) {
    case harness::ScorerKind::text:
      return {[&scorer](const harness::Reply& reply, const harness::Item& item) {
                return std::optional(scorer.score(reply, item));
              },
              {},
              {}};
    case harness::ScorerKind::code:
      return code_way(scorer, environment, unsafe);
    case harness::ScorerKind::judge:
      break;
  }
  return {{}, fmt::format("{} asks a model, and check asks none", scorer.name), {}};
}

}  // namespace costwar::cli
