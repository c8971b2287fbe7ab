#include "providers/local/random_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/error.h"
#include "core/random.h"
#include "providers/local/gguf_writer.h"
#include "providers/local/model_shape.h"

namespace costwar::local {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

TensorType type_of(const WeightFormat& format) {
  for (std::uint32_t id = 0; id < 64; ++id)
    if (const auto* info = tensor_type_info(TensorType{id});
        info != nullptr && info->name == format.gguf_name)
      return TensorType{id};
  throw Error(ErrorKind::internal, "a weight format has no tensor type");
}

unsigned dimensions_of(const TensorShape& tensor) {
  unsigned dimensions = 4;
  while (dimensions > 1 && tensor.size[dimensions - 1] == 1) --dimensions;
  // A matrix with one row stays one.
  return tensor.matrix || tensor.role == TensorRole::embedding ? std::max(2u, dimensions) : dimensions;
}

// IEEE 754 binary16 of a number between 2^-14 and 1, cut off: weights are random anyway.
std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000u;
  const std::int32_t exponent = static_cast<std::int32_t>(bits >> 23 & 0xff) - 127 + 15;
  if (exponent <= 0) return static_cast<std::uint16_t>(sign);
  return static_cast<std::uint16_t>(sign | static_cast<std::uint32_t>(exponent) << 10 | (bits >> 13 & 0x3ff));
}

template <class T>
void store(std::string& into, std::size_t at, T value) {
  std::memcpy(into.data() + at, &value, sizeof value);
}

// Fills pieces of a tensor: weights of the deviation 1 / sqrt(inputs), so that a product keeps its scale.
class Filler {
 public:
  Filler(const TensorShape& tensor, const WeightFormat& format, std::uint64_t seed)
      : format_(format),
        random_(seed, tensor.name),
        deviation_(1 / std::sqrt(static_cast<float>(tensor.size[0]))) {
    if (tensor.role == TensorRole::norm && !tensor.matrix)
      constant_ = tensor.name.find("norm") != std::string::npos ? 1.0f : 0.0f;
  }

  std::string piece(std::size_t bytes) {
    std::string out(bytes, '\0');
    if (format_.name == "f32") {
      for (std::size_t at = 0; at < bytes; at += 4)
        store(out, at, constant_ ? *constant_ : uniform() * std::sqrt(3.0f) * deviation_);
      return out;
    }
    if (format_.name == "f16") {
      for (std::size_t at = 0; at < bytes; at += 2)
        store(out, at, to_half(constant_ ? *constant_ : uniform() * std::sqrt(3.0f) * deviation_));
      return out;
    }
    const bool four_bits = format_.name == "q4_0";
    const auto integers = [&] { return four_bits ? nibbles(random_.next()) : octets(random_.next()); };
    for (std::size_t at = 0; at + 8 <= bytes; at += 8) store(out, at, integers());
    for (std::size_t at = bytes / 8 * 8; at < bytes; ++at) out[at] = static_cast<char>(integers());
    // Integers of -7 to 7 deviate by 4.18, those of -127 to 127 by 73.6, zero being twice as likely.
    const std::uint16_t scale = to_half(deviation_ / (four_bits ? 4.18f : 73.6f));
    const auto block = static_cast<std::size_t>(format_.block_bytes);
    for (std::size_t at = 0; at < bytes; at += block) store(out, at, scale);
    return out;
  }

 private:
  // The integer without a negative becomes zero: with a mean, products would push every text in one
  // direction, and all tokens would choose the same experts. Q4_0 stores an integer plus 8.
  static std::uint64_t nibbles(std::uint64_t bits) {
    constexpr std::uint64_t kOnes = 0x1111111111111111;
    const std::uint64_t some = bits | bits >> 1 | bits >> 2 | bits >> 3;
    return bits | (~some & kOnes) << 3;
  }
  static std::uint64_t octets(std::uint64_t bits) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    const std::uint64_t rest = bits | bits >> 1 | bits >> 2 | bits >> 3 | bits >> 4 | bits >> 5 | bits >> 6;
    return bits & ~((bits >> 7 & ~rest & kOnes) << 7);
  }

  // Between -1 and 1.
  float uniform() { return static_cast<float>(static_cast<std::int32_t>(random_.next() >> 32)) * 0x1p-31f; }

  const WeightFormat& format_;
  RandomStream random_;
  float deviation_;
  std::optional<float> constant_;
};

std::vector<std::string> byte_vocabulary(std::int64_t size, std::vector<std::int32_t>& types) {
  std::vector<std::string> tokens;
  unsigned next = 256;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const unsigned code = printable ? byte : next++;
    tokens.push_back(code < 128 ? std::string{static_cast<char>(code)}
                                : std::string{static_cast<char>(0xc0 | (code >> 6)),
                                              static_cast<char>(0x80 | (code & 63))});
  }
  types.assign(tokens.size(), 1);
  for (auto i = static_cast<std::int64_t>(tokens.size()); i < size; ++i)
    tokens.push_back(fmt::format("<|unused{}|>", i));
  types.resize(tokens.size(), 3);
  return tokens;
}

class KeyWriter {
 public:
  KeyWriter(const ModelShape& shape, GgufHeader& header) : shape_(shape), header_(header) {}

  void run() {
    const LayerShape& first = shape_.layers.front();
    header_.string("general.architecture", shape_.architecture);
    header_.string("general.name", "random weights in the shape of " + shape_.name);
    header_.flag(kRandomWeightsKey, true);
    number("block_count", static_cast<std::int64_t>(shape_.layers.size()));
    number("context_length", shape_.context_length > 0 ? shape_.context_length : 4096);
    number("embedding_length", shape_.width);
    number("vocab_size", shape_.vocabulary);
    number("attention.head_count", first.attention.heads);
    number("attention.head_count_kv", first.attention.kv_heads);
    header_.f32(key("attention.layer_norm_rms_epsilon"), 1e-6f);
    header_.f32(key("rope.freq_base"), 10000.0f);
    attention(first.attention);
    experts();
    vocabulary();
  }

 private:
  std::string key(std::string_view name) const { return shape_.architecture + "." + std::string(name); }
  void number(std::string_view name, std::int64_t value) {
    header_.u32(key(name), static_cast<std::uint32_t>(value));
  }
  bool has_tensor(std::string_view part) const {
    return std::any_of(shape_.tensors.begin(), shape_.tensors.end(), [&](const TensorShape& tensor) {
      return tensor.name.find(part) != std::string::npos;
    });
  }

  void attention(const AttentionShape& a) {
    if (a.kind == AttentionKind::grouped) {
      number("attention.key_length", a.key_size);
      number("attention.value_length", a.value_size);
      number("rope.dimension_count", a.key_size);
      return;
    }
    const bool merged = has_tensor(".attn_kv_b.");
    if (a.query_rank > 0) number("attention.q_lora_rank", a.query_rank);
    number("attention.kv_lora_rank", a.latent_size);
    number("attention.key_length", merged ? a.key_size : a.latent_size + a.rope_size);
    number("attention.value_length", merged ? a.value_size : a.latent_size);
    if (!merged) {
      number("attention.key_length_mla", a.key_size);
      number("attention.value_length_mla", a.value_size);
    }
    number("rope.dimension_count", a.rope_size);
  }

  void experts() {
    std::size_t dense = 0;
    while (dense < shape_.layers.size() && shape_.layers[dense].experts == 0) ++dense;
    number("feed_forward_length", dense > 0 ? shape_.layers.front().feed_forward : 1);
    if (shape_.architecture != "deepseek2") return;
    const LayerShape& layer = shape_.layers.back();
    number("leading_dense_block_count", static_cast<std::int64_t>(dense));
    number("expert_count", layer.experts);
    if (layer.experts == 0) return;
    number("expert_used_count", layer.experts_used);
    number("expert_shared_count", layer.experts_shared);
    number("expert_feed_forward_length", layer.expert_feed_forward);
    number("expert_gating_func", has_tensor("exp_probs_b") ? 2 : 1);
    header_.f32(key("expert_weights_scale"), 1.0f);
    header_.flag(key("expert_weights_norm"), true);
  }

  void vocabulary() {
    std::vector<std::int32_t> types;
    const std::vector<std::string> tokens = byte_vocabulary(shape_.vocabulary, types);
    header_.string("tokenizer.ggml.model", "gpt2").string("tokenizer.ggml.pre", "gpt-2");
    header_.strings("tokenizer.ggml.tokens", tokens).i32s("tokenizer.ggml.token_type", types);
    header_.strings("tokenizer.ggml.merges", {});
    // Some token must end an answer; the last one is as rare as any.
    header_.u32("tokenizer.ggml.eos_token_id", static_cast<std::uint32_t>(shape_.vocabulary - 1));
  }

  const ModelShape& shape_;
  GgufHeader& header_;
};

void check_describable(const ModelShape& shape, const WeightFormat& format) {
  if (format.name != "f32" && format.name != "f16" && format.name != "q8_0" && format.name != "q4_0")
    throw Error(ErrorKind::usage, fmt::format("random weights cannot be made in {}", format.name),
                "f32, f16, q8_0 and q4_0 can");
  if (shape.architecture != "deepseek2" && shape.architecture != "llama")
    throw Error(
        ErrorKind::input,
        fmt::format("{}: files of the architecture \"{}\" cannot be made", shape.name, shape.architecture),
        "deepseek2 and llama can: DeepSeek V2 and V3, dense Llama and Mistral");
  const auto refuse = [&](std::string_view why) {
    throw Error(ErrorKind::input, fmt::format("{}: no file of its shape can be made: {}", shape.name, why));
  };
  if (shape.layers.empty()) refuse("it has no layers");
  if (shape.vocabulary < 257) refuse("its vocabulary has no room for all bytes");
  const LayerShape& last = shape.layers.back();
  bool sparse = false;
  for (const LayerShape& layer : shape.layers) {
    if (layer.attention != last.attention) refuse("its layers' attention differs");
    if (layer.attention.heads == 0) refuse("its heads are not known");
    if (layer.experts > 0 && shape.architecture == "llama")
      refuse("it is of the llama family and has experts");
    const bool has = layer.experts > 0;
    if (sparse && !has) refuse("a dense layer follows one with experts");
    if (has && layer != last) refuse("its experts differ by layer");
    sparse = has;
  }
}

}  // namespace

RandomModel::RandomModel(ModelShape shape, const WeightFormat& format, std::uint64_t seed)
    : shape_(first_layers(std::move(shape), SIZE_MAX)), seed_(seed) {
  check_describable(shape_, format);
  set_weight_formats(shape_, *part_formats(format.name), format.name);
  GgufHeader header;
  KeyWriter(shape_, header).run();
  for (const TensorShape& tensor : shape_.tensors) {
    // The format that the tensor's bytes were counted in.
    const WeightFormat* used = &usable_format(format, tensor.size[0]);
    if (tensor_bytes(*used, tensor.size) != tensor.bytes) used = find_weight_format("f32");
    formats_.push_back(used);
    header.tensor(tensor.name, tensor.size, dimensions_of(tensor), type_of(*used),
                  static_cast<std::uint64_t>(tensor.bytes));
  }
  header_ = header.build();
  file_bytes_ = header_.size() + header.data_bytes();
}

void RandomModel::write(const std::function<void(std::string_view)>& piece) const {
  piece(header_);
  for (std::size_t i = 0; i < shape_.tensors.size(); ++i) {
    const TensorShape& tensor = shape_.tensors[i];
    Filler filler(tensor, *formats_[i], seed_);
    const auto block = static_cast<std::size_t>(formats_[i]->block_bytes);
    auto left = static_cast<std::size_t>(tensor.bytes);
    while (left > 0) {
      const std::size_t count = std::min(left, kPieceBytes / block * block);
      piece(filler.piece(count));
      left -= count;
    }
    const auto odd = static_cast<std::size_t>(tensor.bytes) % kGgufAlignment;
    if (odd > 0) piece(std::string(kGgufAlignment - odd, '\0'));
  }
}

ModelShape first_layers(ModelShape shape, std::size_t layers) {
  if (layers < shape.layers.size()) shape.layers.resize(layers);
  const auto left = static_cast<std::int64_t>(shape.layers.size());
  std::erase_if(shape.tensors, [&](const TensorShape& tensor) {
    return tensor.role == TensorRole::predictor || tensor.layer >= left;
  });
  shape.predictors = 0;
  return shape;
}

}  // namespace costwar::local
