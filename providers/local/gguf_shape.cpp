// read_model_shape: keys and tensor descriptions of GGUF files to a ModelShape.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <optional>

#include "providers/local/model_shape.h"

namespace costwar::local {

namespace {

constexpr std::uint32_t kMostSize = 1u << 26;

// Layer of "blk.N.rest", nothing for other names.
std::optional<std::uint64_t> layer_of_tensor(std::string_view tensor) {
  if (!tensor.starts_with("blk.")) return std::nullopt;
  std::uint64_t layer = 0;
  const char* const end = tensor.data() + tensor.size();
  const auto parsed = std::from_chars(tensor.data() + 4, end, layer);
  if (parsed.ec != std::errc{} || parsed.ptr == end || *parsed.ptr != '.') return std::nullopt;
  return layer;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

class ShapeReader {
 public:
  explicit ShapeReader(std::span<const Gguf> parts) : parts_(parts), first_(parts.front()) {}

  ModelShape run() {
    shape_.architecture = first_.string("general.architecture");
    shape_.name = first_.optional_string("general.name").value_or("");
    shape_.source = first_.name();
    const std::uint32_t blocks = required("block_count", 1, 65536);
    const std::uint32_t predictors = number("nextn_predict_layers", blocks - 1).value_or(0);
    shape_.predictors = predictors;
    shape_.layers.resize(blocks - predictors);
    blocks_ = blocks;
    shape_.width = number("embedding_length", kMostSize).value_or(0);
    shape_.context_length = first_.optional_u32(key("context_length")).value_or(0);
    shape_.tied = std::none_of(parts_.begin(), parts_.end(),
                               [](const Gguf& part) { return part.has_tensor("output.weight"); });
    read_experts();
    read_attention();
    read_tensors();
    return std::move(shape_);
  }

 private:
  std::string key(std::string_view name) const { return shape_.architecture + "." + std::string(name); }

  std::uint32_t bounded(std::string_view name, std::uint32_t value, std::uint32_t low,
                        std::uint32_t high) const {
    if (value < low || value > high)
      first_.fail(fmt::format("the value of '{}' is {}, not between {} and {}", key(name), value, low, high));
    return value;
  }

  std::uint32_t required(std::string_view name, std::uint32_t low, std::uint32_t high) const {
    return bounded(name, first_.u32(key(name)), low, high);
  }

  std::optional<std::uint32_t> number(std::string_view name, std::uint32_t high) const {
    const auto value = first_.optional_u32(key(name));
    return value ? std::optional(bounded(name, *value, 0, high)) : std::nullopt;
  }

  // A number for every layer; zeros where the file says nothing.
  std::vector<std::uint32_t> per_layer(std::string_view name, std::uint32_t high) const {
    auto values = first_.optional_per_layer(key(name), blocks_).value_or(std::vector<std::uint32_t>(blocks_));
    for (const std::uint32_t value : values) bounded(name, value, 0, high);
    return values;
  }

  void gap(std::string text) { shape_.gaps.push_back(std::move(text)); }

  void read_experts() {
    const std::uint32_t count = number("expert_count", 65536).value_or(0);
    const std::uint32_t shared = number("expert_shared_count", 65536).value_or(0);
    const std::uint32_t dense = number("leading_dense_block_count", 65536).value_or(0);
    const auto used = per_layer("expert_used_count", std::numeric_limits<std::uint32_t>::max());
    const auto expert_size = per_layer("expert_feed_forward_length", kMostSize);
    const auto dense_size = per_layer("feed_forward_length", kMostSize);
    if (count > 0 && !first_.has(key("expert_used_count")))
      gap("the file does not say how many experts a token uses: all are counted as used");
    for (std::size_t i = 0; i < shape_.layers.size(); ++i) {
      LayerShape& layer = shape_.layers[i];
      if (count > 0 && i >= dense) {
        layer.experts = count;
        layer.experts_used = std::min(used[i], count);
        layer.experts_shared = shared;
        layer.expert_feed_forward = expert_size[i];
      } else {
        layer.feed_forward = dense_size[i];
      }
    }
  }

  void read_attention() {
    if (!first_.has(key("attention.head_count"))) {
      gap("the file does not say how many heads there are: attention and its cache are not counted");
      return;
    }
    if (first_.has(key("attention.compress_ratios")))
      read_compressed();
    else if (first_.has(key("attention.kv_lora_rank")))
      read_latent();
    else
      read_grouped();
  }

  void read_indexer(AttentionShape& attention) const {
    attention.indexer_heads = required("attention.indexer.head_count", 1, 65536);
    attention.indexer_size = required("attention.indexer.key_length", 1, kMostSize);
    attention.indexer_top_k = required("attention.indexer.top_k", 1, kMostSize);
  }

  void read_latent() {
    const bool split = first_.has(key("attention.key_length_mla"));
    const auto heads = per_layer("attention.head_count", 65536);
    AttentionShape latent;
    latent.kind = AttentionKind::latent;
    latent.kv_heads = 1;
    latent.query_rank = number("attention.q_lora_rank", kMostSize).value_or(0);
    latent.latent_size = required("attention.kv_lora_rank", 1, kMostSize);
    latent.rope_size = number("rope.dimension_count", kMostSize).value_or(0);
    latent.key_size =
        number(split ? "attention.key_length_mla" : "attention.key_length", kMostSize).value_or(0);
    latent.value_size =
        number(split ? "attention.value_length_mla" : "attention.value_length", kMostSize).value_or(0);
    if (first_.has(key("attention.indexer.top_k"))) read_indexer(latent);
    for (std::size_t i = 0; i < shape_.layers.size(); ++i) {
      latent.heads = heads[i];
      shape_.layers[i].attention = latent;
    }
  }

  void read_compressed() {
    const auto heads = per_layer("attention.head_count", 65536);
    const auto ratios = first_.optional_u32s(key("attention.compress_ratios"));
    if (!ratios || ratios->size() < shape_.layers.size())
      first_.fail(fmt::format("the value of '{}' has too few entries", key("attention.compress_ratios")));
    for (std::size_t i = 0; i < shape_.layers.size(); ++i) {
      AttentionShape& attention = shape_.layers[i].attention;
      attention.kind = AttentionKind::compressed;
      attention.heads = heads[i];
      attention.kv_heads = 1;
      attention.query_rank = number("attention.q_lora_rank", kMostSize).value_or(0);
      attention.key_size = attention.value_size = required("attention.key_length", 1, kMostSize);
      attention.window = required("attention.sliding_window", 1, kMostSize);
      attention.ratio = bounded("attention.compress_ratios", (*ratios)[i], 0, 1u << 20);
      if (attention.ratio == 4) read_indexer(attention);
    }
  }

  void read_grouped() {
    const auto heads = per_layer("attention.head_count", 65536);
    const bool says_kv = first_.has(key("attention.head_count_kv"));
    const auto kv_heads = per_layer("attention.head_count_kv", 65536);
    const auto key_size = number("attention.key_length", kMostSize);
    const auto value_size = number("attention.value_length", kMostSize);
    const std::uint32_t window = number("attention.sliding_window", kMostSize).value_or(0);
    const auto pattern =
        first_.has(key("attention.sliding_window_pattern")) ? window_pattern() : std::vector<bool>{};
    if (window > 0 && pattern.empty())
      gap("the file has a sliding window but does not say of which layers: it is counted for every layer");
    bool without_attention = false;
    for (std::size_t i = 0; i < shape_.layers.size(); ++i) {
      AttentionShape& attention = shape_.layers[i].attention;
      attention.heads = heads[i];
      attention.kv_heads = says_kv ? kv_heads[i] : heads[i];
      const std::int64_t share = heads[i] > 0 ? shape_.width / heads[i] : 0;
      attention.key_size = key_size ? std::int64_t{*key_size} : share;
      attention.value_size = value_size ? std::int64_t{*value_size} : attention.key_size;
      if (window > 0 && (pattern.empty() || pattern[i])) attention.window = window;
      if (attention.kv_heads == 0) {
        attention.heads = 0;
        without_attention = true;
      }
    }
    if (without_attention)
      gap("some layers have no attention; the state and the operations that they have in its place are not "
          "counted");
  }

  // Booleans or numbers, one for each layer, or a number n: every n-th layer is without the window.
  std::vector<bool> window_pattern() const {
    const std::size_t layers = shape_.layers.size();
    const auto values = first_.optional_pattern(key("attention.sliding_window_pattern"));
    std::vector<bool> windowed;
    if (values.size() == 1 && values[0] > 1) {
      for (std::size_t i = 0; i < layers; ++i) windowed.push_back((i + 1) % values[0] != 0);
    } else if (values.size() >= layers) {
      for (std::size_t i = 0; i < layers; ++i) windowed.push_back(values[i] != 0);
    }
    return windowed;
  }

  TensorRole role_of(const GgufTensor& tensor, const std::optional<std::uint64_t>& layer) const {
    const std::string_view name = tensor.name;
    if (layer && *layer >= shape_.layers.size()) return TensorRole::predictor;
    if (name == "token_embd.weight") return shape_.tied ? TensorRole::output : TensorRole::embedding;
    if (name == "output.weight") return TensorRole::output;
    if (contains(name, "_exps.")) return TensorRole::routed_expert;
    if (tensor.dimensions < 2) return TensorRole::norm;
    if (contains(name, "_shexp.")) return TensorRole::shared_expert;
    if (contains(name, "ffn_gate_inp.") || contains(name, "ffn_gate_inp_shexp.")) return TensorRole::router;
    if (contains(name, ".ffn_")) return TensorRole::dense;
    return layer ? TensorRole::attention : TensorRole::norm;
  }

  void read_tensors() {
    std::int64_t elements = 0, bytes = 0;
    std::map<std::string_view, std::int64_t> by_type;
    for (const Gguf& part : parts_) {
      for (const GgufTensor& tensor : part.tensors()) {
        TensorShape out;
        const auto layer = layer_of_tensor(tensor.name);
        out.name = tensor.name;
        for (unsigned d = 0; d < 4; ++d) out.size[d] = checked(tensor.shape[d]);
        out.role = role_of(tensor, layer);
        out.layer = layer && *layer < blocks_ ? static_cast<std::int64_t>(*layer) : -1;
        out.elements = checked(tensor.elements);
        out.bytes = checked(tensor.bytes);
        out.matrix = tensor.dimensions >= 2 && out.role != TensorRole::embedding &&
                     !tensor.name.ends_with(".bias") && !contains(tensor.name, "_ape.") &&
                     !contains(tensor.name, "tid2eid");
        // Twice the elements are operations, so they must fit as well.
        if (__builtin_add_overflow(elements, 2 * (out.elements / 2 + 1), &elements) ||
            __builtin_add_overflow(bytes, out.bytes, &bytes) || elements > INT64_MAX / 2)
          part.fail("describes an impossibly large model");
        by_type[tensor_type_info(tensor.type)->name] += out.bytes;
        if (tensor.name == "token_embd.weight") shape_.vocabulary = out.size[1];
        shape_.tensors.push_back(std::move(out));
      }
    }
    const auto most = std::max_element(by_type.begin(), by_type.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != by_type.end()) shape_.weights = most->first;
    const std::uint32_t split = first_.optional_u32("split.count").value_or(1);
    if (split > parts_.size())
      gap(fmt::format("this is one of {} parts of a split model: the tensors of the others are not counted",
                      split));
  }

  std::int64_t checked(std::uint64_t value) const {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / 4))
      first_.fail("describes an impossibly large model");
    return static_cast<std::int64_t>(value);
  }

  std::span<const Gguf> parts_;
  const Gguf& first_;
  ModelShape shape_;
  std::size_t blocks_ = 0;
};

}  // namespace

ModelShape read_model_shape(const Gguf& file) {
  return ShapeReader(std::span(&file, 1)).run();
}

ModelShape read_model_shape(std::span<const Gguf> parts) {
  const std::size_t count = parts.front().optional_u32("split.count").value_or(1);
  if (count != parts.size())
    parts.front().fail(
        fmt::format("says that the model has {} parts, but {} were read", count, parts.size()));
  for (std::size_t i = 0; i < parts.size() && count > 1; ++i)
    if (parts[i].optional_u32("split.count").value_or(1) != count ||
        parts[i].optional_u32("split.no").value_or(0) != i)
      parts[i].fail(fmt::format("is not part {} of {}", i + 1, count),
                    "put the parts of one model in one folder");
  return ShapeReader(parts).run();
}

std::vector<std::string> split_names(const std::string& path) {
  // "-00001-of-00003.gguf" has 20 characters.
  constexpr std::size_t kTail = 20;
  const auto digits = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (path.size() <= kTail) return {path};
  const std::string_view tail = std::string_view(path).substr(path.size() - kTail);
  if (tail[0] != '-' || !digits(tail.substr(1, 5)) || tail.substr(6, 4) != "-of-" ||
      !digits(tail.substr(10, 5)) || tail.substr(15) != ".gguf")
    return {path};
  int count = 0;
  std::from_chars(tail.data() + 10, tail.data() + 15, count);
  std::vector<std::string> names;
  const std::string stem = path.substr(0, path.size() - kTail);
  for (int i = 1; i <= count; ++i) names.push_back(fmt::format("{}-{:05}-of-{:05}.gguf", stem, i, count));
  return names.empty() ? std::vector<std::string>{path} : names;
}

bool has_random_weights(const Gguf& file) {
  return file.has(kRandomWeightsKey);
}

}  // namespace costwar::local
