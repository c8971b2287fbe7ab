#include "cli/tasks/scoring.h"

#include <fmt/format.h>

#include <memory>

#include "harness/code_scorer.h"

namespace costwar::cli {
namespace {

// Runs one program at a time.
struct CodeBench {
  std::unique_ptr<EventLoop> loop = make_event_loop();
  std::unique_ptr<Sandbox> sandbox;
  harness::CodeScorer scorer;

  explicit CodeBench(const SandboxSupport& support)
      : sandbox(open_sandbox(*loop, support, {})), scorer(*sandbox, *loop) {}

  harness::ScoreResult score(const harness::ScorerRow& row, const harness::Reply& reply,
                             const harness::Item& item) {
    std::optional<harness::ScoreResult> scored;
    scorer.score(row, reply, item, [&](harness::ScoreResult result) { scored = std::move(result); });
    loop->run([&] { return scored.has_value(); });
    return *std::move(scored);
  }
};

}  // namespace

ScoringWay scoring_way(const harness::ScorerRow& scorer, const Environment&) {
  switch (scorer.kind) {
    case harness::ScorerKind::text:
      return {[&scorer](const harness::Reply& reply, const harness::Item& item) {
                return std::optional(scorer.score(reply, item));
              },
              {}};
    case harness::ScorerKind::code: {
      const SandboxSupport support = probe_sandbox();
      if (support.tier == SandboxTier::none)
        return {{},
                fmt::format("{} runs code, and there is no sandbox for it here: see costwar doctor",
                            scorer.name)};
      return {[&scorer, bench = std::make_shared<CodeBench>(support)](const harness::Reply& reply,
                                                                      const harness::Item& item) {
                return std::optional(bench->score(scorer, reply, item));
              },
              {}};
    }
    case harness::ScorerKind::judge:
      break;
  }
  return {{}, fmt::format("{} asks a model, and check asks none", scorer.name)};
}

}  // namespace costwar::cli
