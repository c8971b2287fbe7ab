#include "harness/judging.h"

#include <utility>

#include "harness/scoring/judge.h"

namespace costwar::harness {
namespace {

// One question, one verdict.
class Pointwise final : public JudgeScript {
 public:
  Pointwise(const ScorerRow& scorer, const Item& item, const Reply& reply)
      : scorer_(scorer), item_(item), request_(judge_request(scorer, item, reply)) {}

  std::optional<ChatRequest> next() override { return std::exchange(request_, std::nullopt); }
  void heard(const Attempt& answer) override {
    if (answer.outcome == Outcome::ok) verdict_ = judge_score(scorer_, item_, answer.text);
  }
  std::optional<ScoreResult> verdict() const override { return verdict_; }

 private:
  const ScorerRow& scorer_;
  Item item_;
  std::optional<ChatRequest> request_;
  std::optional<ScoreResult> verdict_;
};

}  // namespace

std::unique_ptr<JudgeScript> make_pointwise_judge(const ScorerRow& scorer, const Item& item,
                                                  const Reply& reply) {
  return std::make_unique<Pointwise>(scorer, item, reply);
}

}  // namespace costwar::harness
