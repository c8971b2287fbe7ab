#include "stats/sequential.h"

#include <algorithm>

namespace costwar::stats {
namespace {

Decision decide(const Interval& interval, double margin) {
  if (interval.low > 0) return Decision::better;
  if (interval.high < 0) return Decision::worse;
  const bool within = interval.low > -margin && interval.high < margin;
  return within ? Decision::equivalent : Decision::undecided;
}

}  // namespace

SequentialComparison::SequentialComparison(std::size_t models, SequentialOptions options)
    : models_(models), options_(options) {
  for (std::size_t first = 0; first < models; ++first)
    for (std::size_t second = first + 1; second < models; ++second) {
      SequentialPair pair;
      pair.first = first;
      pair.second = second;
      pairs_.push_back(pair);
    }
  const double alpha = options_.alpha / static_cast<double>(std::max<std::size_t>(1, pairs_.size()));
  for (std::size_t i = 0; i < pairs_.size(); ++i) sequences_.emplace_back(alpha);
  next_.assign(pairs_.size(), 0);
}

SequentialComparison::Share& SequentialComparison::share(std::size_t cluster, std::size_t model) {
  const std::size_t place = cluster * models_ + model;
  if (place >= shares_.size()) shares_.resize((cluster + 1) * models_);
  return shares_[place];
}

void SequentialComparison::expect(std::size_t cluster, std::size_t model) {
  ++share(cluster, model).expected;
}

void SequentialComparison::add(std::size_t cluster, std::size_t model, std::optional<double> value) {
  Share& of = share(cluster, model);
  ++of.arrived;
  if (value) {
    of.sum += static_cast<float>(*value);
    ++of.counted;
  }
  if (of.arrived < of.expected) return;
  for (std::size_t pair = 0; pair < pairs_.size(); ++pair)
    if (pairs_[pair].first == model || pairs_[pair].second == model) consume(pair);
}

// A decided pair is at its end: what arrives later is reported, and changes no decision.
void SequentialComparison::consume(std::size_t index) {
  SequentialPair& pair = pairs_[index];
  ConfidenceSequence& sequence = sequences_[index];
  std::size_t& next = next_[index];
  const auto finished = [](const Share& of) { return of.arrived >= of.expected; };
  while (pair.decision == Decision::undecided && (next + 1) * models_ <= shares_.size()) {
    const Share& first = shares_[next * models_ + pair.first];
    const Share& second = shares_[next * models_ + pair.second];
    if (!finished(first) || !finished(second)) return;
    ++next;
    if (first.counted == 0 || second.counted == 0) {
      ++pair.skipped;
      continue;
    }
    const auto mean = [](const Share& of) {
      return static_cast<double>(of.sum) / static_cast<double>(of.counted);
    };
    sequence.add(std::clamp(mean(first) - mean(second), -1.0, 1.0));
    ++pair.clusters;
    pair.difference = sequence.mean();
    pair.interval = sequence.interval();
    pair.decision = decide(pair.interval, options_.margin);
  }
}

bool SequentialComparison::wanted(std::size_t model) const {
  if (pairs_.empty()) return true;
  return std::any_of(pairs_.begin(), pairs_.end(), [&](const SequentialPair& pair) {
    return pair.decision == Decision::undecided && (pair.first == model || pair.second == model);
  });
}

bool SequentialComparison::decided() const {
  return !pairs_.empty() && std::all_of(pairs_.begin(), pairs_.end(), [](const SequentialPair& pair) {
    return pair.decision != Decision::undecided;
  });
}

}  // namespace costwar::stats
