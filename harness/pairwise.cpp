#include "harness/pairwise.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/scoring/judge.h"

namespace costwar::harness {
namespace {

ScoreResult result_of(const PairVerdict& verdict) {
  if (!verdict.orders_agree) return {0.5, false, std::string(kOrdersContradict)};
  switch (verdict.preference) {
    case Preference::first:
      return {1, true, "preferred in both orders"};
    case Preference::second:
      return {0, false, "the other was preferred in both orders"};
    case Preference::tie:
      break;
  }
  return {0.5, false, "a tie in both orders"};
}

class BothOrders final : public JudgeScript {
 public:
  BothOrders(const Item& item, const Reply& first, const Reply& second)
      : requests_{pairwise_request(item, first, second), pairwise_request(item, second, first)} {}

  std::optional<ChatRequest> next() override {
    if (asked_ == requests_.size()) return std::nullopt;
    return requests_[asked_++];
  }
  void heard(const Attempt& answer) override {
    if (answer.outcome == Outcome::ok) said_[asked_ - 1] = read_preference(answer.text);
  }
  std::optional<ScoreResult> verdict() const override {
    if (!said_[0] || !said_[1]) return std::nullopt;
    return result_of(combine_orders(*said_[0], *said_[1]));
  }

 private:
  std::array<ChatRequest, 2> requests_;
  std::array<std::optional<Preference>, 2> said_{};
  std::size_t asked_ = 0;
};

class PairwiseSink final : public RunSink {
 public:
  PairwiseSink(RunSink& sink, std::size_t second, std::string_view name)
      : sink_(sink), turn_(pairwise_turn(second)), scorer_(pairwise_scorer(name)) {}

  void left(AttemptRow row, std::function<void()> on_durable) override {
    sink_.left(moved(std::move(row)), std::move(on_durable));
  }
  void ended(AttemptRow row, std::optional<ScoreRow> score, std::function<void()> on_durable) override {
    sink_.ended(moved(std::move(row)), renamed(std::move(score)), std::move(on_durable));
  }
  void scored(ScoreRow score, std::function<void()> on_durable) override {
    score.scorer = scorer_;
    sink_.scored(std::move(score), std::move(on_durable));
  }
  void left_holding(AttemptRow row, Hold hold, std::function<void(bool)> on_durable) override {
    sink_.left_holding(moved(std::move(row)), std::move(hold), std::move(on_durable));
  }
  void ended_holding(AttemptRow row, std::optional<ScoreRow> score, std::optional<Money> charge,
                     std::function<void()> on_durable) override {
    sink_.ended_holding(moved(std::move(row)), renamed(std::move(score)), std::move(charge),
                        std::move(on_durable));
  }

 private:
  AttemptRow moved(AttemptRow row) const {
    if (row.role == CallRole::judge) row.turn += turn_;
    return row;
  }
  std::optional<ScoreRow> renamed(std::optional<ScoreRow> score) const {
    if (score) score->scorer = scorer_;
    return score;
  }

  RunSink& sink_;
  std::uint32_t turn_;
  std::string scorer_;
};

}  // namespace

std::uint32_t pairwise_turn(std::size_t second) {
  return kFirstPairwiseTurn + 2 * static_cast<std::uint32_t>(second);
}

bool is_pairwise_turn(CallRole role, std::uint32_t turn, std::size_t second) {
  const std::uint32_t first = pairwise_turn(second);
  return role == CallRole::judge && (turn == first || turn == first + 1);
}

std::string pairwise_scorer(std::string_view second) {
  return fmt::format("{}:{}", kPairwiseScorer, second);
}

std::unique_ptr<JudgeScript> make_pairwise_judge(const Item& item, const Reply& first, const Reply& second) {
  return std::make_unique<BothOrders>(item, first, second);
}

TrialWork pairwise_work(std::int64_t trial, const std::vector<AttemptRow>& attempts, std::size_t second) {
  TrialWork work{trial};
  work.earlier = std::make_shared<EarlierCalls>();
  EarlierCalls& earlier = *work.earlier;
  for (AttemptRow row : attempts) {
    bool answered = row.ended && is_answered(row.attempt.outcome);
    if (row.role == CallRole::judge) {
      if (!is_pairwise_turn(row.role, row.turn, second)) continue;
      row.turn -= pairwise_turn(second);
      answered = answered && row.attempt.outcome == Outcome::ok && read_preference(row.attempt.text);
    }
    auto call = std::find_if(earlier.calls.begin(), earlier.calls.end(), [&](const EarlierCalls::Call& one) {
      return one.role == row.role && one.turn == row.turn;
    });
    if (call == earlier.calls.end()) call = earlier.calls.insert(call, {row.role, row.turn});
    call->left = std::max(call->left, row.number + 1);
    call->answered = call->answered || answered;
    if (row.role == CallRole::subject && row.turn == 0) work.first_number = call->left;
    if (answered) earlier.answers.push_back(std::move(row));
  }
  return work;
}

std::unique_ptr<RunSink> make_pairwise_sink(RunSink& sink, std::size_t second, std::string_view name) {
  return std::make_unique<PairwiseSink>(sink, second, name);
}

}  // namespace costwar::harness
