// A deepseek2 model of a few thousand weights built by hand, for tests that change one thing about a file.
#pragma once

#include <map>

#include "core/random.h"
#include "tests/providers/local/local_support.h"

namespace costwar::local::test {

struct TinyOptions {
  bool merged_kv = false;                        // attn_kv_b instead of attn_k_b and attn_v_b
  std::map<std::string, std::uint32_t> changed;  // keys (without the architecture) with another value
  std::string without_key;
  std::string without_tensor;
  std::string extra_tensor;
};

inline constexpr std::size_t kWidth = 16, kHeads = 2, kNope = 4, kRope = 2, kLatent = 8, kValue = 6,
                             kExperts = 4, kExpertSize = 8, kVocabulary = 259;

class TinyModel {
 public:
  explicit TinyModel(TinyOptions options) : options_(std::move(options)) {}

  std::vector<std::byte> build() {
    keys();
    add("token_embd.weight", {kWidth, kVocabulary});
    add("output_norm.weight", {kWidth});
    for (std::size_t layer = 0; layer < 2; ++layer) {
      attention("blk." + std::to_string(layer) + ".");
      feed_forward("blk." + std::to_string(layer) + ".", layer == 0);
    }
    if (!options_.extra_tensor.empty()) add(options_.extra_tensor, {kWidth});
    return file_.build();
  }

 private:
  void key(const std::string& name, std::uint32_t value) {
    if (name == options_.without_key) return;
    const auto found = options_.changed.find(name);
    file_.u32("deepseek2." + name, found == options_.changed.end() ? value : found->second);
  }

  void keys() {
    file_.string("general.architecture", "deepseek2");
    key("block_count", 2);
    key("context_length", 64);
    key("embedding_length", kWidth);
    key("feed_forward_length", 24);
    key("attention.head_count", kHeads);
    key("attention.head_count_kv", 1);
    if (options_.without_key != "attention.layer_norm_rms_epsilon")
      file_.f32("deepseek2.attention.layer_norm_rms_epsilon", 1e-6f);
    key("attention.kv_lora_rank", kLatent);
    key(options_.merged_kv ? "attention.key_length" : "attention.key_length_mla", kNope + kRope);
    key(options_.merged_kv ? "attention.value_length" : "attention.value_length_mla", kValue);
    key("rope.dimension_count", kRope);
    key("leading_dense_block_count", 1);
    key("expert_count", kExperts);
    key("expert_used_count", 2);
    key("expert_shared_count", 1);
    key("expert_feed_forward_length", kExpertSize);
    key("expert_group_count", 2);
    key("expert_group_used_count", 1);
    key("expert_gating_func", 2);
    add_vocabulary(file_, {}, {}, {"<|user|>", "<|assistant|>", "<|end|>"});
  }

  void attention(const std::string& prefix) {
    add(prefix + "attn_norm.weight", {kWidth});
    add(prefix + "attn_q.weight", {kWidth, kHeads * (kNope + kRope)});
    add(prefix + "attn_kv_a_mqa.weight", {kWidth, kLatent + kRope});
    add(prefix + "attn_kv_a_norm.weight", {kLatent});
    const auto key = values(prefix + "k", kNope * kLatent * kHeads);     // [head][latent][nope]
    const auto value = values(prefix + "v", kLatent * kValue * kHeads);  // [head][value][latent]
    if (options_.merged_kv) {
      std::vector<float> merged;
      for (std::size_t h = 0; h < kHeads; ++h) {
        for (std::size_t i = 0; i < kNope; ++i)
          for (std::size_t l = 0; l < kLatent; ++l) merged.push_back(key[(h * kLatent + l) * kNope + i]);
        const auto from = value.begin() + static_cast<std::ptrdiff_t>(h * kValue * kLatent);
        merged.insert(merged.end(), from, from + static_cast<std::ptrdiff_t>(kValue * kLatent));
      }
      file_.tensor(prefix + "attn_kv_b.weight", {kLatent, kHeads * (kNope + kValue)}, merged);
    } else {
      file_.tensor(prefix + "attn_k_b.weight", {kNope, kLatent, kHeads}, key);
      file_.tensor(prefix + "attn_v_b.weight", {kLatent, kValue, kHeads}, value);
    }
    add(prefix + "attn_output.weight", {kHeads * kValue, kWidth});
  }

  void feed_forward(const std::string& prefix, bool dense) {
    add(prefix + "ffn_norm.weight", {kWidth});
    const std::string suffix = dense ? ".weight" : "_shexp.weight";
    const std::uint64_t hidden = dense ? 24 : kExpertSize;
    add(prefix + "ffn_gate" + suffix, {kWidth, hidden});
    add(prefix + "ffn_up" + suffix, {kWidth, hidden});
    add(prefix + "ffn_down" + suffix, {hidden, kWidth});
    if (dense) return;
    add(prefix + "ffn_gate_inp.weight", {kWidth, kExperts});
    add(prefix + "ffn_gate_exps.weight", {kWidth, kExpertSize, kExperts});
    add(prefix + "ffn_up_exps.weight", {kWidth, kExpertSize, kExperts});
    add(prefix + "ffn_down_exps.weight", {kExpertSize, kWidth, kExperts});
  }

  void add(const std::string& name, const std::vector<std::uint64_t>& shape) {
    if (name == options_.without_tensor) return;
    std::uint64_t size = 1;
    for (const auto dimension : shape) size *= dimension;
    file_.tensor(name, shape, values(name, static_cast<std::size_t>(size)));
  }

  static std::vector<float> values(const std::string& name, std::size_t size) {
    RandomStream random(1, name);
    std::vector<float> out(size);
    for (float& value : out) value = static_cast<float>(random.unit() - 0.5);
    return out;
  }

  TinyOptions options_;
  GgufBuilder file_;
};

inline std::vector<std::byte> tiny_model(TinyOptions options = {}) {
  return TinyModel(std::move(options)).build();
}

}  // namespace costwar::local::test
