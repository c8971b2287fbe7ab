#include "providers/local/model_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "core/model_tensors.h"

namespace costwar::local {

namespace {

enum class Family : std::uint8_t { grouped, latent, compressed };

struct ModelType {
  std::string_view name;          // model_type
  std::string_view architecture;  // of GGUF
  Family family;
};

constexpr std::array kModelTypes{
    ModelType{"deepseek_v2", "deepseek2", Family::latent},
    ModelType{"deepseek_v3", "deepseek2", Family::latent},
    ModelType{"deepseek_v32", "deepseek32", Family::latent},
    ModelType{"kimi_k2", "deepseek2", Family::latent},
    ModelType{"deepseek_v4", "deepseek4", Family::compressed},
    ModelType{"llama", "llama", Family::grouped},
    ModelType{"mistral", "llama", Family::grouped},
    ModelType{"mixtral", "llama", Family::grouped},
    ModelType{"qwen2", "qwen2", Family::grouped},
    ModelType{"qwen2_moe", "qwen2moe", Family::grouped},
    ModelType{"qwen3", "qwen3", Family::grouped},
    ModelType{"qwen3_moe", "qwen3moe", Family::grouped},
    ModelType{"gpt_oss", "gpt-oss", Family::grouped},
    ModelType{"glm4_moe", "glm4moe", Family::grouped},
};

constexpr std::int64_t kMostLayers = 1024;
constexpr std::int64_t kMostSize = std::int64_t{1} << 24;

class ConfigReader {
 public:
  explicit ConfigReader(const JsonIn& config) : in_(config) {}

  ModelShape run(std::string_view weights) {
    read_type();
    shape_.architecture = type_->architecture;
    shape_.width = size("hidden_size");
    shape_.vocabulary = in_.at("vocab_size").integer(1, kMostSize * 4);
    shape_.context_length = optional("max_position_embeddings", 0, std::int64_t{1} << 32).value_or(0);
    shape_.layers.resize(static_cast<std::size_t>(in_.at("num_hidden_layers").integer(1, kMostLayers)));
    shape_.predictors = optional("num_nextn_predict_layers", 0, 16).value_or(0);
    read_tied();
    for (LayerShape& layer : shape_.layers) layer.attention = attention();
    read_windows();
    if (type_->family == Family::compressed) read_compression();
    read_feed_forward();
    read_weights(weights);
    return std::move(shape_);
  }

 private:
  bool is(std::string_view name) const { return type_->name == name; }

  void read_type() {
    const std::string name = in_.at("model_type").string();
    const auto found = std::find_if(kModelTypes.begin(), kModelTypes.end(),
                                    [&](const ModelType& type) { return type.name == name; });
    if (found == kModelTypes.end()) {
      std::string known;
      for (const ModelType& type : kModelTypes) known += (known.empty() ? "" : ", ") + std::string(type.name);
      in_.at("model_type")
          .fail(fmt::format("models of type \"{}\" are not known", name.substr(0, 60)),
                "known are " + known + "; a GGUF file of the model is read whatever it is");
    }
    type_ = &*found;
  }

  std::int64_t size(std::string_view key) const { return in_.at(key).integer(1, kMostSize); }

  std::optional<std::int64_t> optional(std::string_view key, std::int64_t low = 1,
                                       std::int64_t high = kMostSize) const {
    const auto value = in_.find(key);
    return value ? std::optional(value->integer(low, high)) : std::nullopt;
  }

  bool flag(std::string_view key, bool otherwise) const {
    const auto value = in_.find(key);
    return value ? value->boolean() : otherwise;
  }

  void gap(std::string text) { shape_.gaps.push_back(std::move(text)); }

  void read_tied() {
    shape_.tied = flag("tie_word_embeddings", false);
    if (!in_.find("tie_word_embeddings"))
      gap("tie_word_embeddings is not said: the output matrix is counted apart from the embedding");
  }

  AttentionShape attention() const {
    AttentionShape out;
    out.heads = in_.at("num_attention_heads").integer(1, 65536);
    if (type_->family == Family::latent) {
      out.kind = AttentionKind::latent;
      out.kv_heads = 1;
      out.query_rank = optional("q_lora_rank", 0).value_or(0);
      out.latent_size = size("kv_lora_rank");
      out.rope_size = size("qk_rope_head_dim");
      out.key_size = size("qk_nope_head_dim") + out.rope_size;
      out.value_size = size("v_head_dim");
      if (is("deepseek_v32")) read_indexer(out);
      return out;
    }
    out.kv_heads = optional("num_key_value_heads", 1, 65536).value_or(out.heads);
    if (type_->family == Family::compressed) {
      out.kind = AttentionKind::compressed;
      out.query_rank = size("q_lora_rank");
      out.window = size("sliding_window");
    } else if (out.heads % out.kv_heads != 0) {
      in_.at("num_key_value_heads").fail("has to divide num_attention_heads");
    }
    if (const auto head = optional("head_dim")) {
      out.key_size = *head;
    } else {
      if (shape_.width % out.heads != 0)
        in_.at("hidden_size").fail("is not divided by num_attention_heads, and head_dim is not said");
      out.key_size = shape_.width / out.heads;
    }
    out.value_size = out.key_size;
    return out;
  }

  void read_indexer(AttentionShape& attention) const {
    attention.indexer_heads = in_.at("index_n_heads").integer(1, 65536);
    attention.indexer_size = size("index_head_dim");
    attention.indexer_top_k = size("index_topk");
  }

  // One text for every layer; more are passed over, as for layers of prediction.
  std::optional<std::vector<JsonIn>> per_layer(std::string_view key) const {
    const auto value = in_.find(key);
    if (!value) return std::nullopt;
    auto elements = value->elements();
    if (elements.size() < shape_.layers.size())
      value->fail(fmt::format("has {} entries for {} layers", elements.size(), shape_.layers.size()));
    return elements;
  }

  void read_windows() {
    if (type_->family != Family::grouped) return;
    const auto window = optional("sliding_window");
    if (!window) return;
    if (const auto types = per_layer("layer_types")) {
      for (std::size_t i = 0; i < shape_.layers.size(); ++i) {
        const std::string kind = (*types)[i].string();
        if (kind == "sliding_attention")
          shape_.layers[i].attention.window = *window;
        else if (kind != "full_attention")
          (*types)[i].fail("layers of this kind are not known",
                           "known are full_attention, sliding_attention");
      }
      return;
    }
    if (type_->name.starts_with("qwen") && !flag("use_sliding_window", false)) return;
    if (is("glm4_moe") || is("llama")) return;
    const std::int64_t first =
        type_->name.starts_with("qwen") ? optional("max_window_layers", 0).value_or(0) : 0;
    if (is("gpt_oss"))
      gap("layer_types is not said: every second layer is taken to have the window, from the first on");
    for (std::size_t i = 0; i < shape_.layers.size(); ++i)
      if (static_cast<std::int64_t>(i) >= first && (!is("gpt_oss") || i % 2 == 0))
        shape_.layers[i].attention.window = *window;
  }

  void set_ratio(AttentionShape& attention, std::int64_t ratio) const {
    attention.ratio = ratio;
    if (ratio == 4) read_indexer(attention);  // DeepSeek V4: only blocks of four are chosen by an indexer
  }

  void read_compression() {
    const std::size_t layers = shape_.layers.size();
    if (const auto ratios = per_layer("compress_ratios")) {
      for (std::size_t i = 0; i < layers; ++i) {
        const std::int64_t ratio = (*ratios)[i].integer();
        if (ratio != 0 && ratio != 4 && ratio != 128) (*ratios)[i].fail("a ratio has to be 0, 4 or 128");
        set_ratio(shape_.layers[i].attention, ratio);
      }
    } else if (const auto types = per_layer("layer_types")) {
      for (std::size_t i = 0; i < layers; ++i) {
        const std::string kind = (*types)[i].string();
        if (kind == "compressed_sparse_attention")
          set_ratio(shape_.layers[i].attention, 4);
        else if (kind == "heavily_compressed_attention")
          set_ratio(shape_.layers[i].attention, 128);
        else if (kind != "sliding_attention")
          (*types)[i].fail("layers of this kind are not known");
      }
    } else {
      gap("compress_ratios is not said: 128 for the first two layers, then 4 and 128 in turn, as "
          "transformers assumes");
      for (std::size_t i = 0; i < layers; ++i)
        set_ratio(shape_.layers[i].attention, i < 2 || i % 2 != 0 ? 128 : 4);
    }
    details_.output_groups = in_.at("o_groups").integer(1, 4096);
    details_.output_rank = size("o_lora_rank");
    details_.hyper_connections = optional("hc_mult", 1, 64).value_or(0);
    details_.hash_layers = optional("num_hash_layers", 0, kMostLayers).value_or(0);
    details_.sinks = true;
    const AttentionShape& first = shape_.layers.front().attention;
    if (first.heads * first.key_size % details_.output_groups != 0)
      in_.at("o_groups").fail("does not divide the heads' values");
  }

  std::optional<std::int64_t> expert_count() const {
    for (const char* key : {"n_routed_experts", "num_local_experts", "num_experts"})
      if (const auto count = optional(key, 0, 65536); count && *count > 0) return count;
    return std::nullopt;
  }

  bool has_experts(std::int64_t layer) const {
    if (layer < optional("first_k_dense_replace", 0).value_or(0)) return false;
    const std::int64_t frequency = optional("moe_layer_freq").value_or(1);
    const std::int64_t step = optional("decoder_sparse_step").value_or(1);
    if (layer % frequency != 0 || (layer + 1) % step != 0) return false;
    if (const auto dense = in_.find("mlp_only_layers"))
      for (const JsonIn& one : dense->elements())
        if (one.integer() == layer) return false;
    return true;
  }

  void read_feed_forward() {
    const auto experts = expert_count();
    const bool can_have = !is("llama") && !is("mistral") && !is("qwen2") && !is("qwen3");
    if (experts && !can_have) in_.fail("has experts, which models of its type have not");
    LayerShape sparse;
    if (experts) {
      sparse.experts = *experts;
      sparse.experts_used =
          in_.at(in_.find("num_experts_per_tok") ? "num_experts_per_tok" : "experts_per_token")
              .integer(1, *experts);
      sparse.experts_shared = optional("n_shared_experts", 0, 256).value_or(0);
      const bool own_size = is("mixtral") || is("gpt_oss");
      sparse.expert_feed_forward = size(own_size ? "intermediate_size" : "moe_intermediate_size");
      if (const auto shared = optional("shared_expert_intermediate_size", 0); shared && is("qwen2_moe")) {
        sparse.experts_shared = *shared > 0 ? 1 : 0;
        details_.shared_feed_forward = *shared;
        details_.shared_expert_gate = *shared > 0;
      }
    } else if (type_->family == Family::compressed || is("mixtral") || is("gpt_oss")) {
      in_.fail("says no number of experts, which models of its type have");
    }
    for (std::size_t i = 0; i < shape_.layers.size(); ++i) {
      LayerShape& layer = shape_.layers[i];
      if (experts && (type_->family == Family::compressed || has_experts(static_cast<std::int64_t>(i)))) {
        const AttentionShape kept = layer.attention;
        layer = sparse;
        layer.attention = kept;
      } else {
        layer.feed_forward = size("intermediate_size");
      }
    }
  }

  void read_weights(std::string_view asked) {
    details_.query_key_norms =
        type_->name.starts_with("qwen3") || (is("glm4_moe") && flag("use_qk_norm", false));
    details_.query_key_value_bias =
        type_->name.starts_with("qwen2") || is("gpt_oss") || flag("attention_bias", false);
    details_.attention_output_bias = is("gpt_oss") || (is("llama") && flag("attention_bias", false));
    details_.sinks = details_.sinks || is("gpt_oss");
    details_.expert_bias = is("gpt_oss");
    details_.selection_bias =
        is("deepseek_v3") || is("deepseek_v32") || is("kimi_k2") || is("deepseek_v4") || is("glm4_moe");
    const std::string weights = asked.empty() ? stored_format() : std::string(asked);
    const auto formats = part_formats(weights);
    if (!formats) {
      std::string known;
      for (const WeightFormat& format : weight_formats())
        known += (known.empty() ? "" : ", ") + std::string(format.name);
      throw Error(ErrorKind::usage, fmt::format("there is no weight format \"{}\"", weights),
                  "known are " + known);
    }
    if (!list_tensors(shape_, details_, *formats, weights)) in_.fail("describes an impossibly large model");
  }

  std::string stored_format() {
    if (const auto quantization = in_.find("quantization_config")) {
      const std::string format = quantized_format(*quantization);
      if (!format.empty()) return format;
      gap("the weights' quantisation is not known to costwar: bytes are counted as bf16");
      return "bf16";
    }
    const auto type = in_.optional_string(in_.find("torch_dtype") ? "torch_dtype" : "dtype");
    if (type == "float16") return "f16";
    if (type == "float32") return "f32";
    if (type && *type != "bfloat16")
      gap(fmt::format("weights of type \"{}\" are not known to costwar: bytes are counted as bf16",
                      type->substr(0, 40)));
    if (!type) gap("the weights' type is not said: bytes are counted as bf16");
    return "bf16";
  }

  // Empty: not known.
  std::string quantized_format(const JsonIn& quantization) const {
    const std::string method = quantization.optional_string("quant_method").value_or("");
    const auto experts = in_.optional_string("expert_dtype");
    if (method == "fp8") return experts == "fp4" ? "fp4" : "fp8";
    if (method == "mxfp4") return "mxfp4";
    if (method == "gptq" || method == "awq") {
      const std::int64_t bits = quantization.optional_integer("bits").value_or(4);
      return bits == 4 ? "int4" : bits == 8 ? "int8" : "";
    }
    if (method == "modelopt") {
      const std::string algorithm = quantization.optional_string("quant_algo").value_or("");
      return algorithm == "NVFP4" ? "nvfp4" : algorithm == "FP8" ? "fp8" : "";
    }
    const auto groups = quantization.find("config_groups");
    if (method != "compressed-tensors" || !groups) return "";
    for (const auto& [name, group] : groups->members()) {
      const auto described = group.find("weights");
      if (!described) continue;
      const bool floating = described->optional_string("type") == "float";
      const std::int64_t bits = described->optional_integer("num_bits").value_or(0);
      if (bits == 8) return floating ? "fp8" : "int8";
      if (bits == 4) return floating ? "nvfp4" : "int4";
    }
    return "";
  }

  const JsonIn& in_;
  const ModelType* type_ = nullptr;
  ModelShape shape_;
  TensorDetails details_;
};

}  // namespace

ModelShape read_model_config(const JsonIn& config, std::string_view weights) {
  return ConfigReader(config).run(weights);
}

std::vector<std::string> known_model_types() {
  std::vector<std::string> names;
  for (const ModelType& type : kModelTypes) names.emplace_back(type.name);
  return names;
}

void compare_with_index(ModelShape& shape, const JsonIn& index) {
  const auto metadata = index.find("metadata");
  const auto total = metadata ? metadata->find("total_size") : std::nullopt;
  if (!total) {
    shape.gaps.emplace_back("the index of the weights says no total size to compare with");
    return;
  }
  const double stored = total->number();
  double derived = 0;
  for (const TensorShape& tensor : shape.tensors) derived += static_cast<double>(tensor.bytes);
  if (!(stored > 0)) total->fail("has to be above 0");
  const double apart = derived / stored - 1;
  if (std::abs(apart) > 0.01)
    shape.gaps.push_back(
        fmt::format("the index of the weights says {:.2f} GB, its dimensions in {} give {:.2f} GB ({:+.1f} "
                    "%): weights are in "
                    "another format or the file holds more than the text model",
                    stored / 1e9, shape.weights, derived / 1e9, 100 * apart));
}

}  // namespace costwar::local
