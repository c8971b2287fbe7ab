// The router of a mixture of experts: from one token's router logits to the experts that compute it and their
// weights. DeepSeek's rules: scores are a softmax or a sigmoid of the logits; selection adds a bias per
// expert and may be limited to the groups whose two best experts score highest; weights are the scores
// without the bias, normalised over the chosen ones if asked, times a scale. (DeepSeek-V2, arXiv:2405.04434,
// and DeepSeek-V3, arXiv:2412.19437; details as llama.cpp computes them.) Pure but for its scratch memory:
// one Router per thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "providers/local/matrix.h"

namespace costwar::local {

// The values are those of the key expert_gating_func.
enum class Gating : std::uint32_t { softmax = 1, sigmoid = 2, softmax_after_topk = 3 };

struct RouterSettings {
  std::size_t experts = 0;
  std::size_t used = 0;         // 1..experts
  std::size_t groups = 1;       // divides experts
  std::size_t groups_used = 1;  // 1..groups; the used groups hold at least `used` experts
  Gating gating = Gating::softmax;
  bool normalise = false;
  float scale = 1.0f;
};

struct ExpertChoice {
  std::uint32_t expert = 0;
  float weight = 0;
};

class Router {
 public:
  // `bias` is empty or has one value per expert.
  Router(const RouterSettings& settings, Floats bias);

  const RouterSettings& settings() const { return settings_; }

  // Fills `chosen` (settings.used entries), best first; of equal experts the one with the lower number comes
  // first.
  void choose(std::span<const float> logits, std::span<ExpertChoice> chosen);

 private:
  void mask_groups();

  RouterSettings settings_;
  Floats bias_;
  std::vector<float> scores_;
  std::vector<float> selection_;
};

}  // namespace costwar::local
