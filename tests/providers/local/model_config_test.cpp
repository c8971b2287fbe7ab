#include "providers/local/model_config.h"

#include <doctest/doctest.h>

#include <limits>

#include "core/error.h"
#include "core/model_tensors.h"

using namespace costwar;
using namespace costwar::local;

namespace {

// A small model of each family, to which tests add members and from which they take some.
Json grouped_config() {
  return Json::parse(R"({"model_type":"llama","hidden_size":64,"intermediate_size":128,"num_hidden_layers":3,
      "num_attention_heads":4,"num_key_value_heads":2,"vocab_size":100,"max_position_embeddings":2048,
      "tie_word_embeddings":false,"torch_dtype":"bfloat16"})");
}

Json latent_config() {
  return Json::parse(R"({"model_type":"deepseek_v3","hidden_size":64,"intermediate_size":128,
      "moe_intermediate_size":32,"num_hidden_layers":3,"first_k_dense_replace":1,"num_attention_heads":4,
      "n_routed_experts":8,"n_shared_experts":1,"num_experts_per_tok":2,"q_lora_rank":24,"kv_lora_rank":16,
      "qk_nope_head_dim":8,"qk_rope_head_dim":4,"v_head_dim":8,"vocab_size":100,"tie_word_embeddings":false,
      "num_nextn_predict_layers":1,"torch_dtype":"bfloat16"})");
}

Json hybrid_config() {
  return Json::parse(R"({"model_type":"deepseek_v4","hidden_size":64,"moe_intermediate_size":32,
      "num_hidden_layers":3,"num_attention_heads":4,"num_key_value_heads":1,"head_dim":16,"q_lora_rank":24,
      "o_lora_rank":8,"o_groups":2,"n_routed_experts":8,"n_shared_experts":1,"num_experts_per_tok":2,
      "num_hash_layers":1,"hc_mult":4,"sliding_window":16,"index_n_heads":2,"index_head_dim":8,"index_topk":4,
      "compress_ratios":[0,4,128,0],"vocab_size":100,"tie_word_embeddings":false,"num_nextn_predict_layers":1,
      "torch_dtype":"bfloat16"})");
}

ModelShape read(const Json& config, std::string_view weights = {}) {
  return read_model_config(JsonIn(config, "config.json"), weights);
}

std::string complaint(const Json& config) {
  try {
    static_cast<void>(read(config));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "no complaint";
}

std::int64_t elements(const ModelShape& shape, std::string_view name) {
  for (const TensorShape& tensor : shape.tensors)
    if (tensor.name == name) return tensor.elements;
  return 0;
}

}  // namespace

TEST_CASE("a configuration of grouped attention") {
  const ModelShape shape = read(grouped_config());
  CHECK(shape.architecture == "llama");
  CHECK(shape.layers.size() == 3);
  CHECK(shape.gaps.empty());
  CHECK(shape.layers[0].attention.key_size == 16);
  CHECK(shape.layers[0].feed_forward == 128);
  CHECK(elements(shape, "blk.2.attn_k.weight") == 64 * 32);
  CHECK(count_parameters(shape).total == 2 * 6400 + 3 * (64 * 64 * 2 + 2 * 64 * 32 + 3 * 64 * 128) + 7 * 64);
}

TEST_CASE("what families add: biases, norms, windows") {
  Json config = grouped_config();
  SUBCASE("Qwen2 has biases of queries, keys and values") {
    config["model_type"] = "qwen2";
    CHECK(elements(read(config), "blk.0.attn_q.bias") == 64);
    CHECK(elements(read(config), "blk.0.attn_output.bias") == 0);
  }
  SUBCASE("Qwen3 has norms of heads, and a window only where it is used") {
    config["model_type"] = "qwen3";
    config["sliding_window"] = 32;
    CHECK(elements(read(config), "blk.0.attn_q_norm.weight") == 16);
    CHECK(read(config).layers[2].attention.window == 0);
    config["use_sliding_window"] = true;
    config["max_window_layers"] = 2;
    CHECK(read(config).layers[1].attention.window == 0);
    CHECK(read(config).layers[2].attention.window == 32);
  }
  SUBCASE("Mistral's window is of all layers") {
    config["model_type"] = "mistral";
    config["sliding_window"] = 32;
    CHECK(read(config).layers[0].attention.window == 32);
    config["sliding_window"] = nullptr;
    CHECK(read(config).layers[0].attention.window == 0);
  }
  SUBCASE("layers may differ by name") {
    config["model_type"] = "mistral";
    config["sliding_window"] = 32;
    config["layer_types"] = {"full_attention", "sliding_attention", "full_attention"};
    CHECK(read(config).layers[0].attention.window == 0);
    CHECK(read(config).layers[1].attention.window == 32);
    config["layer_types"] = {"linear_attention", "full_attention", "full_attention"};
    CHECK(complaint(config).find("/layer_types/0: layers of this kind are not known") != std::string::npos);
    config["layer_types"] = {"full_attention"};
    CHECK(complaint(config).find("/layer_types: has 1 entries for 3 layers") != std::string::npos);
  }
}

TEST_CASE("a configuration of latent attention with experts and a layer of prediction") {
  const ModelShape shape = read(latent_config());
  CHECK(shape.architecture == "deepseek2");
  CHECK(shape.layers[0].experts == 0);
  CHECK(shape.layers[1].experts == 8);
  CHECK(shape.layers[1].attention.latent_size == 16);
  CHECK(elements(shape, "blk.0.attn_q_a.weight") == 64 * 24);
  CHECK(elements(shape, "blk.1.exp_probs_b.bias") == 8);
  CHECK(elements(shape, "blk.3.nextn.eh_proj.weight") == 2 * 64 * 64);
  CHECK(count_parameters(shape).predictors > 0);
  Json lite = latent_config();
  lite["model_type"] = "deepseek_v2";
  lite["q_lora_rank"] = nullptr;
  CHECK(elements(read(lite), "blk.0.attn_q.weight") == 64 * 4 * 12);
  CHECK(elements(read(lite), "blk.1.exp_probs_b.bias") == 0);
  Json sparse = latent_config();
  sparse["model_type"] = "deepseek_v32";
  CHECK(complaint(sparse).find("index_n_heads") != std::string::npos);
}

TEST_CASE("a configuration of V4's hybrid attention") {
  const ModelShape shape = read(hybrid_config());
  CHECK(shape.architecture == "deepseek4");
  CHECK(shape.layers[0].attention.ratio == 0);
  CHECK(shape.layers[1].attention.indexer_top_k == 4);
  CHECK(shape.layers[2].attention.ratio == 128);
  CHECK(shape.layers[2].attention.indexer_top_k == 0);
  CHECK(elements(shape, "blk.0.ffn_gate_tid2eid.weight") == 2 * 100);
  CHECK(elements(shape, "blk.0.exp_probs_b.bias") == 0);
  CHECK(elements(shape, "blk.1.exp_probs_b.bias") == 8);
  CHECK(elements(shape, "blk.1.attn_compressor_kv.weight") == 64 * 32);
  CHECK(elements(shape, "blk.2.attn_compressor_kv.weight") == 64 * 16);
  CHECK(elements(shape, "blk.0.attn_output_a.weight") == 32 * 16);
  Json named = hybrid_config();
  named.erase("compress_ratios");
  named["layer_types"] = {"sliding_attention", "compressed_sparse_attention", "heavily_compressed_attention"};
  CHECK(read(named).layers == shape.layers);
  named["layer_types"] = {"sliding_attention", "other", "heavily_compressed_attention"};
  CHECK(complaint(named).find("/layer_types/1") != std::string::npos);
  Json wrong = hybrid_config();
  wrong["compress_ratios"] = {0, 5, 0};
  CHECK(complaint(wrong).find("/compress_ratios/1: a ratio has to be 0, 4 or 128") != std::string::npos);
}

TEST_CASE("the format of the weights") {
  Json config = latent_config();
  const auto format = [&] { return read(config).weights; };
  CHECK(format() == "bf16");
  config["quantization_config"] = {{"quant_method", "fp8"}};
  CHECK(format() == "fp8");
  config["expert_dtype"] = "fp4";
  CHECK(format() == "fp4");
  config["quantization_config"] = {{"quant_method", "awq"}, {"bits", 4}};
  CHECK(format() == "int4");
  config["quantization_config"] = Json::parse(
      R"({"quant_method":"compressed-tensors","config_groups":{"g":{"weights":{"num_bits":8,"type":"float"}}}})");
  CHECK(format() == "fp8");
  config["quantization_config"] = {{"quant_method", "novel"}};
  CHECK(format() == "bf16");
  CHECK(read(config).gaps.size() == 1);
  CHECK(read(config, "q4_0").weights == "q4_0");
}

TEST_CASE("what is not said is named") {
  Json config = grouped_config();
  config.erase("tie_word_embeddings");
  config.erase("torch_dtype");
  CHECK(read(config).gaps.size() == 2);
  config.erase("hidden_size");
  CHECK(complaint(config).find("hidden_size") != std::string::npos);
}

TEST_CASE("hostile configurations are refused by name") {
  const auto refused = [](const char* key, const Json& value, const Json& base) {
    Json config = base;
    config[key] = value;
    const std::string said = complaint(config);
    CAPTURE(key);
    CAPTURE(said);
    CHECK(said.find("config.json") == 0);
    CHECK(said.find(key) != std::string::npos);
  };
  for (const char* key : {"hidden_size", "vocab_size", "num_hidden_layers", "num_attention_heads"})
    for (const Json& value : {Json(0), Json(-1), Json(1e300), Json(std::numeric_limits<std::int64_t>::max()),
                              Json(std::numeric_limits<std::uint64_t>::max()), Json("8"), Json::array({8}),
                              Json::object(), Json(true), Json(2.5)})
      refused(key, value, grouped_config());
  refused("num_key_value_heads", 3, grouped_config());
  refused("num_experts_per_tok", 9, latent_config());
  refused("first_k_dense_replace", -1, latent_config());
  refused("moe_layer_freq", 0, latent_config());
  refused("o_groups", 0, hybrid_config());
  refused("compress_ratios", "all", hybrid_config());
  refused("quantization_config", Json::array(), grouped_config());
  Json sparse = grouped_config();
  sparse["n_routed_experts"] = 8;
  CHECK(complaint(sparse).find("has experts, which models of its type have not") != std::string::npos);
}

TEST_CASE("each size may be large, but not all of them together") {
  Json config = latent_config();
  for (const char* key : {"hidden_size", "moe_intermediate_size", "intermediate_size", "kv_lora_rank",
                          "qk_nope_head_dim", "v_head_dim", "q_lora_rank", "qk_rope_head_dim"})
    config[key] = 1 << 24;
  config["n_routed_experts"] = 65536;
  config["num_attention_heads"] = 65536;
  CHECK(complaint(config).find("describes an impossibly large model") != std::string::npos);
}

TEST_CASE("the index of weights is compared by bytes") {
  ModelShape shape = read(grouped_config());
  const auto compared = [&](const Json& index) {
    ModelShape copy = shape;
    compare_with_index(copy, JsonIn(index, "index.json"));
    return copy.gaps;
  };
  const std::int64_t bytes = weight_bytes(shape);
  CHECK(compared({{"metadata", {{"total_size", bytes}}}}).empty());
  CHECK(compared({{"metadata", {{"total_size", bytes + bytes / 200}}}}).empty());
  CHECK(compared({{"metadata", {{"total_size", 2 * bytes}}}}).size() == 1);
  CHECK(compared({{"weight_map", Json::object()}}) ==
        std::vector<std::string>{"the index of the weights says no total size to compare with"});
  CHECK_THROWS_AS(compared({{"metadata", {{"total_size", -1}}}}), Error);
  CHECK_THROWS_AS(compared({{"metadata", {{"total_size", "big"}}}}), Error);
}
