#include "stats/confidence_sequence.h"

#include <iterator>
#include <stdexcept>

namespace costwar::stats {
namespace {

// Candidate means stand a thousandth apart. Capital falls as its candidate moves towards what is bet on, so
// every mean between two candidates is rejected with the outer one, and ends at candidates are on the safe
// side.
constexpr std::size_t kCandidates = 2001;

struct Bet {
  double stake;   // the factor for a value x is 1 + stake (x - m), never negative up to a stake of 1/2
  double weight;  // share of the first capital
};

// Best for a mean that lies stake times the variance away; weighted towards what decides a difference of some
// points at the usual discordance.
constexpr Bet kBetGrid[] = {{0.5, 0.12},   {0.354, 0.16},  {0.25, 0.18},   {0.177, 0.16},
                            {0.125, 0.14}, {0.0884, 0.10}, {0.0625, 0.08}, {0.03125, 0.06}};

}  // namespace

double ConfidenceSequence::candidate(std::size_t index) {
  return (static_cast<double>(index) - 1000) / 1000;
}

ConfidenceSequence::ConfidenceSequence(double alpha)
    : threshold_(2 / alpha), capitals_(kCandidates), last_(kCandidates - 1) {
  static_assert(std::size(kBetGrid) == kBets);
  if (!(alpha > 0 && alpha < 1)) throw std::domain_error("a confidence sequence takes 0 < alpha < 1");
  for (Capitals& capital : capitals_)
    for (std::size_t bet = 0; bet < kBets; ++bet)
      capital.above[bet] = capital.below[bet] = kBetGrid[bet].weight;
}

double ConfidenceSequence::mean() const {
  return values_ == 0 ? 0 : sum_ / static_cast<double>(values_);
}

// A capital that can never matter again becomes 0, before it becomes a denormal number, which is slow. Losing
// money is on the safe side.
void ConfidenceSequence::drop_lost_bets() {
  const auto lost = [](double capital) { return capital < 1e-200 ? 0 : capital; };
  for (std::size_t i = first_; i <= last_; ++i)
    for (std::size_t bet = 0; bet < kBets; ++bet) {
      capitals_[i].above[bet] = lost(capitals_[i].above[bet]);
      capitals_[i].below[bet] = lost(capitals_[i].below[bet]);
    }
}

void ConfidenceSequence::add(double x) {
  if (!(x >= -1 && x <= 1)) throw std::domain_error("a confidence sequence takes values in [-1, 1]");
  if (++values_ % 1024 == 0) drop_lost_bets();
  sum_ += x;
  std::size_t first = first_;
  std::size_t last = last_;
  for (std::size_t i = first_; i <= last_; ++i) {
    Capitals& capital = capitals_[i];
    const double gain = x - candidate(i);
    double above = 0;
    double below = 0;
    for (std::size_t bet = 0; bet < kBets; ++bet) {
      const double change = kBetGrid[bet].stake * gain;
      capital.above[bet] *= 1 + change;
      capital.below[bet] *= 1 - change;
      above += capital.above[bet];
      below += capital.below[bet];
    }
    if (above >= threshold_) first = i;
    if (below >= threshold_ && last == last_) last = i;
  }
  // Where the values contradict each other so far that nothing is left, what was left before stays: the mean
  // has left the sequence already, and an empty interval would say so with certainty.
  if (first < last) {
    first_ = first;
    last_ = last;
  }
}

}  // namespace costwar::stats
