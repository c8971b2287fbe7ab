// Choosing the next token from logits: the most likely one, or a draw at a temperature from the smallest set
// of tokens whose probability reaches top_p. Draws come from a stream of costwar's own generator, so a seed
// gives the same text with every compiler and library.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"

namespace costwar::local {

struct SamplerSettings {
  double temperature = 0;  // 0 or less: greedy
  double top_p = 1;        // above 0; 1 or more: no limit
  std::uint64_t seed = 0;
};

class Sampler {
 public:
  explicit Sampler(const SamplerSettings& settings);

  // The index of the chosen logit, or -1 when a logit is not a finite number. Of equal logits the first is
  // the most likely.
  std::int32_t choose(std::span<const float> logits);

 private:
  std::int32_t draw(std::span<const float> logits, float top);

  SamplerSettings settings_;
  RandomStream random_;
  std::vector<std::int32_t> order_;
  std::vector<double> weights_;
};

}  // namespace costwar::local
