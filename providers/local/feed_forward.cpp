// The feed-forward networks of layers.h.
#include <algorithm>
#include <utility>

#include "providers/local/layers.h"

namespace costwar::local {

namespace {

// silu(gate x) * (up x), projected down.
struct GatedNetwork {
  Matrix gate, up, down;
  std::size_t hidden() const { return gate.outputs(); }
};

void silu_multiply(Compute& compute, float* gate, const float* up, std::size_t size) {
  constexpr std::size_t kPiece = 4096;
  compute.share((size + kPiece - 1) / kPiece, size * 16, [&](std::size_t index, std::size_t) {
    const std::size_t from = index * kPiece;
    kernels().silu_multiply(gate + from, up + from, std::min(kPiece, size - from));
  });
}

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
  DenseFeedForward(GatedNetwork network, Workspace& workspace)
      : network_(std::move(network)), work_(workspace) {}

  void run(Operand& x, MutableRows out) override {
    const std::size_t hidden = network_.hidden(), size = x.rows() * hidden;
    float* const gate = work_.hidden.data();
    float* const up = gate + size;
    const Product products[2] = {{&network_.gate, &x, {gate, hidden}, x.rows()},
                                 {&network_.up, &x, {up, hidden}, x.rows()}};
    work_.compute.multiply(products);
    silu_multiply(work_.compute, gate, up, size);
    work_.second.set({gate, hidden}, hidden, x.rows());
    work_.compute.multiply(network_.down, work_.second, out);
  }
  const std::vector<std::uint64_t>& expert_use() const override { return none_; }
  void reset_expert_use() override {}

 private:
  GatedNetwork network_;
  Workspace& work_;
  std::vector<std::uint64_t> none_;
};

// All experts of a layer and the shared network are computed side by side: their hidden values lie one after
// the other, the (token, choice) pairs sorted by expert, then the tokens of the shared network.
class ExpertFeedForward final : public FeedForward {
 public:
  ExpertFeedForward(Matrix gate_input, Router router, std::vector<GatedNetwork> experts,
                    std::unique_ptr<GatedNetwork> shared, std::size_t width, Workspace& workspace)
      : width_(width),
        gate_input_(std::move(gate_input)),
        router_(std::move(router)),
        experts_(std::move(experts)),
        shared_(std::move(shared)),
        use_(experts_.size()),
        work_(workspace) {}

  void run(Operand& x, MutableRows out) override {
    const std::size_t tokens = x.rows();
    choose(x);
    gather(x);
    const std::size_t hidden = experts_.front().hidden(), pairs = choices_.size() * hidden;
    const std::size_t shared_hidden = shared_ ? shared_->hidden() : 0, size = pairs + tokens * shared_hidden;
    float* const gate = work_.hidden.data();
    float* const up = gate + size;
    products_.clear();
    for_each_expert([&](GatedNetwork& expert, std::size_t from, std::size_t count) {
      Operand& operand = tokens == 1 ? x : work_.second;
      const std::size_t first = tokens == 1 ? 0 : from;
      products_.push_back({&expert.gate, &operand, {gate + from * hidden, hidden}, count, first});
      products_.push_back({&expert.up, &operand, {up + from * hidden, hidden}, count, first});
    });
    if (shared_) {
      products_.push_back({&shared_->gate, &x, {gate + pairs, shared_hidden}, tokens});
      products_.push_back({&shared_->up, &x, {up + pairs, shared_hidden}, tokens});
    }
    work_.compute.multiply(products_);
    silu_multiply(work_.compute, gate, up, size);
    work_.third.set({gate, hidden}, hidden, choices_.size());
    work_.fourth.set({gate + pairs, shared_hidden}, shared_hidden, tokens);
    products_.clear();
    for_each_expert([&](GatedNetwork& expert, std::size_t from, std::size_t count) {
      products_.push_back(
          {&expert.down, &work_.third, {work_.results.data() + from * width_, width_}, count, from});
    });
    if (shared_) products_.push_back({&shared_->down, &work_.fourth, out, tokens});
    work_.compute.multiply(products_);
    combine(out, tokens);
  }

  const std::vector<std::uint64_t>& expert_use() const override { return use_; }
  void reset_expert_use() override { std::fill(use_.begin(), use_.end(), 0); }

 private:
  template <class Each>
  void for_each_expert(const Each& each) {
    for (std::size_t e = 0; e < experts_.size(); ++e)
      if (const std::size_t count = begin_[e + 1] - begin_[e]; count > 0) each(experts_[e], begin_[e], count);
  }

  // Routes every token, then sorts the (token, choice) pairs by expert so that each expert computes its
  // tokens at once.
  void choose(Operand& x) {
    const std::size_t count = experts_.size(), used = router_.settings().used, tokens = x.rows();
    choices_.resize(tokens * used);
    work_.compute.multiply(gate_input_, x, {work_.router.data(), count});
    begin_.assign(count + 1, 0);
    for (std::size_t t = 0; t < tokens; ++t) {
      router_.choose({work_.router.data() + t * count, count}, {choices_.data() + t * used, used});
      for (std::size_t s = 0; s < used; ++s) ++begin_[choices_[t * used + s].expert + 1];
    }
    for (std::size_t e = 0; e < count; ++e) {
      use_[e] += begin_[e + 1];
      begin_[e + 1] += begin_[e];
    }
    place_.resize(choices_.size());
    next_.assign(begin_.begin(), begin_.end() - 1);
    for (std::size_t i = 0; i < choices_.size(); ++i) place_[i] = next_[choices_[i].expert]++;
  }

  // One token is every expert's own input already.
  void gather(const Operand& x) {
    if (x.rows() == 1) return;
    const Rows rows = x.floats();
    for (std::size_t i = 0; i < choices_.size(); ++i)
      std::copy_n(rows.data + i / router_.settings().used * rows.stride, width_,
                  work_.gathered.data() + place_[i] * width_);
    work_.second.set({work_.gathered.data(), width_}, width_, choices_.size());
  }

  void combine(MutableRows out, std::size_t tokens) {
    const std::size_t used = router_.settings().used;
    for (std::size_t t = 0; t < tokens; ++t) {
      float* const row = out.data + t * out.stride;
      if (!shared_) std::fill_n(row, width_, 0.0f);
      for (std::size_t i = t * used; i < (t + 1) * used; ++i) {
        const float weight = choices_[i].weight;
        const float* const result = work_.results.data() + place_[i] * width_;
        for (std::size_t d = 0; d < width_; ++d) row[d] += weight * result[d];
      }
    }
  }

  std::size_t width_;
  Matrix gate_input_;
  Router router_;
  std::vector<GatedNetwork> experts_;
  std::unique_ptr<GatedNetwork> shared_;
  std::vector<std::uint64_t> use_;
  Workspace& work_;

  std::vector<Product> products_;
  std::vector<ExpertChoice> choices_;
  std::vector<std::size_t> begin_, next_;  // first place of each expert's tokens
  std::vector<std::size_t> place_;         // choice -> place
};

}  // namespace

std::unique_ptr<FeedForward> make_dense(WeightReader& weights, const HyperParameters& model,
                                        std::size_t layer, Workspace& workspace) {
  weights.enlarge(workspace.hidden, 2 * kChunk * model.feed_forward);
  return std::make_unique<DenseFeedForward>(
      read_gated(weights, layer, model.width, model.feed_forward, ".weight"), workspace);
}

std::unique_ptr<FeedForward> make_experts(WeightReader& weights, const HyperParameters& model,
                                          std::size_t layer, Workspace& workspace) {
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
    experts.push_back({std::move(gates[e]), std::move(ups[e]), std::move(downs[e])});
  std::unique_ptr<GatedNetwork> shared;
  if (model.experts.shared > 0)
    shared = std::make_unique<GatedNetwork>(
        read_gated(weights, layer, width, hidden * model.experts.shared, "_shexp.weight"));
  const std::size_t pairs = kChunk * settings.used;
  weights.enlarge(workspace.router, kChunk * count);
  weights.enlarge(workspace.gathered, pairs * width);
  weights.enlarge(workspace.results, pairs * width);
  weights.enlarge(workspace.hidden, 2 * hidden * (pairs + kChunk * model.experts.shared));
  return std::make_unique<ExpertFeedForward>(std::move(gate_input), Router(settings, std::move(bias)),
                                             std::move(experts), std::move(shared), width, workspace);
}

}  // namespace costwar::local
