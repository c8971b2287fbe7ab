#include "providers/local/model_shape.h"

#include <optional>

namespace costwar::local {

namespace {

class KeyReader {
 public:
  KeyReader(const Gguf& file, std::string prefix) : file_(file), prefix_(std::move(prefix)) {}

  std::string key(std::string_view name) const { return prefix_ + "." + std::string(name); }

  std::size_t size(std::string_view name, std::size_t low, std::size_t high) const {
    return bounded(name, file_.u32(key(name)), low, high);
  }

  std::optional<std::size_t> optional_size(std::string_view name, std::size_t low, std::size_t high) const {
    const auto value = file_.optional_u32(key(name));
    return value ? std::optional(bounded(name, *value, low, high)) : std::nullopt;
  }

  std::size_t bounded(std::string_view name, std::size_t value, std::size_t low, std::size_t high) const {
    if (value < low || value > high)
      file_.fail("the value of '" + key(name) + "' is " + std::to_string(value) +
                 "; the built-in engine accepts " + std::to_string(low) + " to " + std::to_string(high));
    return value;
  }

 private:
  const Gguf& file_;
  std::string prefix_;
};

void read_experts(const Gguf& file, const KeyReader& keys, HyperParameters& model) {
  const std::size_t count = keys.optional_size("expert_count", 0, 4096).value_or(0);
  model.leading_dense = keys.optional_size("leading_dense_block_count", 0, model.layers).value_or(0);
  if (count == 0 || model.leading_dense == model.layers) {
    model.leading_dense = model.layers;
    return;
  }
  auto& experts = model.experts;
  auto& router = experts.router;
  router.experts = count;
  const auto per_layer = [&](std::string_view name, std::size_t high) {
    const auto values = file.optional_per_layer(keys.key(name), model.layers + model.predictors);
    if (!values)
      file.fail("has no key '" + keys.key(name) + "'", "the model needs it; convert the file again");
    for (std::size_t layer = model.leading_dense; layer < model.layers; ++layer)
      keys.bounded(name, (*values)[layer], 1, high);
    return *values;
  };
  experts.used = per_layer("expert_used_count", count);
  experts.feed_forward = per_layer("expert_feed_forward_length", 1 << 20);
  experts.shared = keys.optional_size("expert_shared_count", 0, 64).value_or(0);
  router.used = experts.used[model.leading_dense];
  router.groups = keys.optional_size("expert_group_count", 0, count).value_or(1);
  if (router.groups == 0) router.groups = 1;
  router.groups_used = router.groups > 1 ? keys.size("expert_group_used_count", 1, router.groups) : 1;
  if (count % router.groups != 0)
    file.fail("has " + std::to_string(count) + " experts in " + std::to_string(router.groups) +
              " groups of unequal size");
  for (std::size_t layer = model.leading_dense; layer < model.layers; ++layer)
    if (experts.used[layer] > count / router.groups * router.groups_used)
      file.fail("uses " + std::to_string(experts.used[layer]) +
                " experts of a token, more than its groups offer");
  const auto gating = keys.optional_size("expert_gating_func", 1, 3).value_or(1);
  router.gating = Gating{static_cast<std::uint32_t>(gating)};
  router.normalise = file.optional_bool(keys.key("expert_weights_norm")).value_or(false);
  router.scale = file.optional_f32(keys.key("expert_weights_scale")).value_or(1.0f);
}

void read_latent_attention(const Gguf& file, const KeyReader& keys, HyperParameters& model) {
  if (!file.has_tensor("blk.0.attn_q.weight"))
    model.query_rank = keys.size("attention.q_lora_rank", 1, 1 << 16);
  model.latent_size = keys.size("attention.kv_lora_rank", 1, 1 << 16);
  const bool split = file.has(keys.key("attention.key_length_mla"));
  model.merged_kv = !split;
  const std::size_t key = keys.size(split ? "attention.key_length_mla" : "attention.key_length", 2, 1 << 16);
  model.value_size = keys.size(split ? "attention.value_length_mla" : "attention.value_length", 1, 1 << 16);
  model.rope_size = keys.size("rope.dimension_count", 2, 1 << 16);
  if (model.rope_size >= key)
    file.fail("rotates " + std::to_string(model.rope_size) + " values of keys that have " +
              std::to_string(key));
  model.nope_size = key - model.rope_size;
}

void read_grouped_attention(const Gguf& file, const KeyReader& keys, HyperParameters& model) {
  model.kv_heads = keys.optional_size("attention.head_count_kv", 1, model.heads).value_or(model.heads);
  if (model.heads % model.kv_heads != 0)
    file.fail("has " + std::to_string(model.heads) + " heads for " + std::to_string(model.kv_heads) +
              " heads of keys");
  const auto given = keys.optional_size("attention.key_length", 2, 1 << 16);
  if (!given && model.width % model.heads != 0)
    file.fail("has an embedding length that its " + std::to_string(model.heads) + " heads do not divide");
  model.head_size = given.value_or(model.width / model.heads);
  model.value_size = keys.optional_size("attention.value_length", 1, 1 << 16).value_or(model.head_size);
  model.rope_size = keys.optional_size("rope.dimension_count", 2, 1 << 16).value_or(model.head_size);
  if (model.rope_size > model.head_size)
    file.fail("rotates " + std::to_string(model.rope_size) + " values of heads that have " +
              std::to_string(model.head_size));
}

void read_rope(const Gguf& file, const KeyReader& keys, HyperParameters& model) {
  if (model.rope_size % 2 != 0) file.fail("the value of '" + keys.key("rope.dimension_count") + "' is odd");
  model.rope_base = file.optional_f32(keys.key("rope.freq_base")).value_or(10000.0f);
  if (!(model.rope_base > 0)) file.fail("the value of '" + keys.key("rope.freq_base") + "' is not positive");
  const auto scaling = file.optional_string(keys.key("rope.scaling.type"));
  const bool linear = file.optional_f32(keys.key("rope.scale_linear")).value_or(1) != 1;  // of older files
  if (linear || (scaling && *scaling != "none"))
    file.fail("stretches its context by rope scaling, which the built-in engine does not compute",
              "serve this file with llama-server and name its address");
}

}  // namespace

HyperParameters HyperParameters::read(const Gguf& file) {
  const std::string_view architecture = file.string("general.architecture");
  if (architecture != "deepseek2" && architecture != "llama")
    file.fail("has the architecture '" + std::string(architecture.substr(0, 40)) +
                  "'; the built-in engine computes deepseek2 and llama",
              "serve this file with llama-server and name its address");
  if (file.optional_u32("split.count").value_or(1) > 1)
    file.fail("is one part of a split model", "join the parts with gguf-split --merge");
  HyperParameters model;
  const KeyReader keys(file, std::string(architecture));
  model.architecture = architecture == "llama" ? Architecture::llama : Architecture::deepseek2;
  const std::size_t blocks = keys.size("block_count", 1, 1024);
  model.predictors = keys.optional_size("nextn_predict_layers", 0, blocks - 1).value_or(0);
  model.layers = blocks - model.predictors;
  model.context = keys.size("context_length", 1, 1u << 31);
  model.width = keys.size("embedding_length", 1, 1 << 16);
  model.heads = keys.size("attention.head_count", 1, 4096);
  model.epsilon = file.f32(keys.key("attention.layer_norm_rms_epsilon"));
  if (!(model.epsilon >= 0))
    file.fail("the value of '" + keys.key("attention.layer_norm_rms_epsilon") + "' is negative");
  model.vocabulary = static_cast<std::size_t>(file.tensor("token_embd.weight").shape[1]);
  if (model.vocabulary > std::size_t{1} << 24) file.fail("has an impossibly large vocabulary");
  read_experts(file, keys, model);
  if (model.leading_dense > 0) model.feed_forward = keys.size("feed_forward_length", 1, 1 << 20);
  if (model.architecture == Architecture::deepseek2) {
    read_latent_attention(file, keys, model);
  } else {
    if (model.experts.router.experts > 0)
      file.fail("is a llama model with experts, which the built-in engine does not compute",
                "serve this file with llama-server and name its address");
    read_grouped_attention(file, keys, model);
  }
  read_rope(file, keys, model);
  return model;
}

}  // namespace costwar::local
