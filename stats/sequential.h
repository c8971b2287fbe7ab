// Models compared while they are measured: each pair has a confidence sequence for the difference of their
// means, fed cluster by cluster in an order that was drawn before, and is decided as soon as its interval
// leaves no doubt. Looking after every cluster costs nothing: the error over all looks and all pairs together
// is at most alpha (confidence_sequence.h; Bonferroni over pairs). Pure and deterministic in the drawn order,
// whatever the order in which results arrive.
//
// Clusters are consumed only as the contiguous finished prefix of the drawn order: taking what happens to be
// finished would prefer items that are answered fast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "stats/confidence_sequence.h"
#include "stats/interval.h"

namespace costwar::stats {

enum class Decision : std::uint8_t { undecided, better, worse, equivalent };  // the first of the pair is

struct SequentialOptions {
  double alpha = 1 - kDefaultLevel;  // for all pairs together
  double margin = 0.03;              // equivalent: the whole interval lies within -margin..margin
};

struct SequentialPair {
  std::size_t first = 0;
  std::size_t second = 0;
  Decision decision = Decision::undecided;
  std::int64_t clusters = 0;  // consumed
  std::int64_t skipped = 0;   // clusters without a result of both
  double difference = 0;      // mean over the clusters consumed
  Interval interval{-1, 1};
};

class SequentialComparison {
 public:
  SequentialComparison(std::size_t models, SequentialOptions options);

  // Before any result: that `model` will have a result in `cluster`, once for each. Clusters are numbered in
  // the drawn order, from 0.
  void expect(std::size_t cluster, std::size_t model);

  // A result in [0, 1]; nullopt: it is left out (a cluster where a model has none is skipped).
  void add(std::size_t cluster, std::size_t model, std::optional<double> value);

  // Whether more of this model can change a decision.
  bool wanted(std::size_t model) const;
  bool decided() const;  // every pair is

  const std::vector<SequentialPair>& pairs() const { return pairs_; }

 private:
  struct Share {
    std::uint32_t expected = 0;
    std::uint32_t arrived = 0;
    std::uint32_t counted = 0;
    float sum = 0;
  };
  Share& share(std::size_t cluster, std::size_t model);
  void consume(std::size_t pair);

  std::size_t models_;
  SequentialOptions options_;
  std::vector<Share> shares_;  // cluster by cluster, models within
  std::vector<SequentialPair> pairs_;
  std::vector<ConfidenceSequence> sequences_;  // parallel to pairs_
  std::vector<std::size_t> next_;              // parallel to pairs_: the cluster to consume
};

}  // namespace costwar::stats
