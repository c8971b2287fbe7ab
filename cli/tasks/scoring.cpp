#include "cli/tasks/scoring.h"

#include <fmt/format.h>

namespace costwar::cli {

ScoringWay scoring_way(const harness::ScorerRow& scorer, const Environment&) {
  switch (scorer.kind) {
    case harness::ScorerKind::text:
      return {[&scorer](const harness::Reply& reply, const harness::Item& item) {
                return std::optional(scorer.score(reply, item));
              },
              {}};
    case harness::ScorerKind::code:
      return {{}, fmt::format("{} runs code, and this program has no sandbox for it yet", scorer.name)};
    case harness::ScorerKind::judge:
      break;
  }
  return {{}, fmt::format("{} asks a model, and check asks none", scorer.name)};
}

}  // namespace costwar::cli
