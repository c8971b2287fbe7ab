// The feed-forward networks of layers.h.
#include <algorithm>
#include <utility>

#include "providers/local/layers.h"

namespace costwar::local {

GatedNetwork::GatedNetwork(PackedMatrix gate, PackedMatrix up, PackedMatrix down)
    : gate_(std::move(gate)), up_(std::move(up)), down_(std::move(down)) {}

void GatedNetwork::run(Rows x, MutableRows out, std::size_t tokens, Floats& scratch) const {
  const std::size_t size = tokens * hidden();
  if (scratch.size() < 2 * size) scratch.resize(2 * size);
  float* const gate = scratch.data();
  float* const up = gate + size;
  multiply(gate_, x, {gate, hidden()}, tokens);
  multiply(up_, x, {up, hidden()}, tokens);
  kernels().silu_multiply(gate, up, size);
  multiply(down_, {gate, hidden()}, out, tokens);
}

namespace {

std::string block(std::size_t layer, const char* tensor) {
  return "blk." + std::to_string(layer) + "." + tensor;
}

GatedNetwork read_gated(WeightReader& weights, std::size_t layer, std::size_t width, std::size_t hidden,
                        const std::string& suffix) {
  return {weights.matrix(block(layer, "ffn_gate") + suffix, width, hidden),
          weights.matrix(block(layer, "ffn_up") + suffix, width, hidden),
          weights.matrix(block(layer, "ffn_down") + suffix, hidden, width)};
}

class DenseFeedForward final : public FeedForward {
 public:
  explicit DenseFeedForward(GatedNetwork network) : network_(std::move(network)) {}
  void run(Rows x, MutableRows out, std::size_t tokens) override { network_.run(x, out, tokens, scratch_); }
  const std::vector<std::uint64_t>& expert_use() const override { return none_; }
  void reset_expert_use() override {}

 private:
  GatedNetwork network_;
  Floats scratch_;
  std::vector<std::uint64_t> none_;
};

class ExpertFeedForward final : public FeedForward {
 public:
  ExpertFeedForward(PackedMatrix gate_input, Router router, std::vector<GatedNetwork> experts,
                    std::unique_ptr<GatedNetwork> shared, std::size_t width)
      : width_(width),
        gate_input_(std::move(gate_input)),
        router_(std::move(router)),
        experts_(std::move(experts)),
        shared_(std::move(shared)),
        use_(experts_.size()) {}

  void run(Rows x, MutableRows out, std::size_t tokens) override {
    choose(x, tokens);
    for (std::size_t e = 0; e < experts_.size(); ++e) run_expert(e, x);
    if (shared_) {
      shared_->run(x, out, tokens, scratch_);
    } else {
      for (std::size_t t = 0; t < tokens; ++t) std::fill_n(out.data + t * out.stride, width_, 0.0f);
    }
    combine(out, tokens);
  }

  const std::vector<std::uint64_t>& expert_use() const override { return use_; }
  void reset_expert_use() override { std::fill(use_.begin(), use_.end(), 0); }

 private:
  // Routes every token, then sorts the (token, choice) pairs by expert so that each expert computes its
  // tokens at once.
  void choose(Rows x, std::size_t tokens) {
    const std::size_t count = experts_.size(), used = router_.settings().used;
    logits_.resize(tokens * count);
    choices_.resize(tokens * used);
    multiply(gate_input_, x, {logits_.data(), count}, tokens);
    begin_.assign(count + 1, 0);
    for (std::size_t t = 0; t < tokens; ++t) {
      router_.choose({logits_.data() + t * count, count}, {choices_.data() + t * used, used});
      for (std::size_t s = 0; s < used; ++s) ++begin_[choices_[t * used + s].expert + 1];
    }
    for (std::size_t e = 0; e < count; ++e) {
      use_[e] += begin_[e + 1];
      begin_[e + 1] += begin_[e];
    }
    order_.resize(choices_.size());
    place_.resize(choices_.size());
    next_.assign(begin_.begin(), begin_.end() - 1);
    for (std::size_t i = 0; i < choices_.size(); ++i) {
      place_[i] = next_[choices_[i].expert]++;
      order_[place_[i]] = i;
    }
    gathered_.resize(choices_.size() * width_);
    results_.resize(choices_.size() * width_);
  }

  void run_expert(std::size_t expert, Rows x) {
    const std::size_t from = begin_[expert], count = begin_[expert + 1] - from;
    if (count == 0) return;
    for (std::size_t i = from; i < from + count; ++i)
      std::copy_n(x.data + order_[i] / router_.settings().used * x.stride, width_,
                  gathered_.data() + i * width_);
    experts_[expert].run({gathered_.data() + from * width_, width_},
                         {results_.data() + from * width_, width_}, count, scratch_);
  }

  void combine(MutableRows out, std::size_t tokens) {
    const std::size_t used = router_.settings().used;
    for (std::size_t t = 0; t < tokens; ++t) {
      float* const row = out.data + t * out.stride;
      for (std::size_t i = t * used; i < (t + 1) * used; ++i) {
        const float weight = choices_[i].weight;
        const float* const result = results_.data() + place_[i] * width_;
        for (std::size_t d = 0; d < width_; ++d) row[d] += weight * result[d];
      }
    }
  }

  std::size_t width_;
  PackedMatrix gate_input_;
  Router router_;
  std::vector<GatedNetwork> experts_;
  std::unique_ptr<GatedNetwork> shared_;
  std::vector<std::uint64_t> use_;

  Floats logits_, gathered_, results_, scratch_;
  std::vector<ExpertChoice> choices_;
  std::vector<std::size_t> begin_, next_;  // first place of each expert's tokens
  std::vector<std::size_t> order_;         // place -> choice
  std::vector<std::size_t> place_;         // choice -> place
};

}  // namespace

std::unique_ptr<FeedForward> make_dense(WeightReader& weights, const HyperParameters& model,
                                        std::size_t layer) {
  return std::make_unique<DenseFeedForward>(
      read_gated(weights, layer, model.width, model.feed_forward, ".weight"));
}

std::unique_ptr<FeedForward> make_experts(WeightReader& weights, const HyperParameters& model,
                                          std::size_t layer) {
  const std::size_t width = model.width, count = model.experts.router.experts;
  const std::size_t hidden = model.experts.feed_forward[layer];
  RouterSettings settings = model.experts.router;
  settings.used = model.experts.used[layer];
  auto gate_input = weights.matrix(block(layer, "ffn_gate_inp.weight"), width, count);
  Floats bias;
  if (const auto name = block(layer, "exp_probs_b.bias"); weights.has(name))
    bias = weights.vector(name, count);
  auto gates = weights.matrices(block(layer, "ffn_gate_exps.weight"), width, hidden, count);
  auto ups = weights.matrices(block(layer, "ffn_up_exps.weight"), width, hidden, count);
  auto downs = weights.matrices(block(layer, "ffn_down_exps.weight"), hidden, width, count);
  std::vector<GatedNetwork> experts;
  experts.reserve(count);
  for (std::size_t e = 0; e < count; ++e)
    experts.emplace_back(std::move(gates[e]), std::move(ups[e]), std::move(downs[e]));
  std::unique_ptr<GatedNetwork> shared;
  if (model.experts.shared > 0)
    shared = std::make_unique<GatedNetwork>(
        read_gated(weights, layer, width, hidden * model.experts.shared, "_shexp.weight"));
  return std::make_unique<ExpertFeedForward>(std::move(gate_input), Router(settings, std::move(bias)),
                                             std::move(experts), std::move(shared), width);
}

}  // namespace costwar::local
