#include "core/model_tensors.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace costwar {

namespace {

constexpr std::array kWeightFormats{
    WeightFormat{"f32", "F32", 1, 4},
    WeightFormat{"f16", "F16", 1, 2},
    WeightFormat{"bf16", "BF16", 1, 2},
    WeightFormat{"fp8", "", 1, 1, 128, 4},
    WeightFormat{"int8", "", 1, 1},
    WeightFormat{"int4", "", 128, 67},  // groups of 128 with a scale of 16 bits and a zero point (GPTQ, AWQ)
    WeightFormat{"fp4", "MXFP4", 32, 17},
    WeightFormat{"mxfp4", "MXFP4", 32, 17},
    WeightFormat{"nvfp4", "", 16, 9},
    WeightFormat{"q8_0", "Q8_0", 32, 34},
    WeightFormat{"q6_k", "Q6_K", 256, 210},
    WeightFormat{"q5_k", "Q5_K", 256, 176},
    WeightFormat{"q5_1", "Q5_1", 32, 24},
    WeightFormat{"q5_0", "Q5_0", 32, 22},
    WeightFormat{"q4_k", "Q4_K", 256, 144},
    WeightFormat{"q4_1", "Q4_1", 32, 20},
    WeightFormat{"q4_0", "Q4_0", 32, 18},
    WeightFormat{"q3_k", "Q3_K", 256, 110},
    WeightFormat{"q2_k", "Q2_K", 256, 84},
    WeightFormat{"iq4_xs", "IQ4_XS", 256, 136},
    WeightFormat{"iq4_nl", "IQ4_NL", 32, 18},
};

using Size = std::array<std::int64_t, 4>;

class TensorList {
 public:
  TensorList(ModelShape& shape, const TensorDetails& details) : shape_(shape), details_(details) {}

  bool run() {
    shape_.tensors.clear();
    const std::int64_t width = shape_.width;
    add("token_embd.weight", {width, shape_.vocabulary, 1, 1},
        shape_.tied ? TensorRole::output : TensorRole::embedding, shape_.tied);
    vector("output_norm.weight", width);
    if (!shape_.tied) add("output.weight", {width, shape_.vocabulary, 1, 1}, TensorRole::output, true);
    if (details_.hyper_connections > 0) {
      const std::int64_t streams = details_.hyper_connections;
      matrix("output_hc_fn.weight", {product(streams, width), streams, 1, 1}, TensorRole::norm);
      vector("output_hc_base.weight", streams);
      vector("output_hc_scale.weight", 1);
    }
    for (std::size_t i = 0; i < shape_.layers.size() && ok_; ++i)
      layer(shape_.layers[i], static_cast<std::int64_t>(i));
    for (std::int64_t i = 0; i < shape_.predictors && ok_ && !shape_.layers.empty(); ++i) predictor(i);
    if (!ok_) shape_.tensors.clear();
    return ok_;
  }

 private:
  std::int64_t product(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (a < 0 || b < 0 || __builtin_mul_overflow(a, b, &out)) ok_ = false;
    return out;
  }

  void add(std::string name, Size size, TensorRole role, bool is_matrix) {
    TensorShape tensor;
    tensor.name = prefix_ + std::move(name);
    tensor.size = size;
    tensor.role = predicting_ ? TensorRole::predictor : role;
    tensor.layer = layer_;
    tensor.matrix = is_matrix;
    tensor.elements = product(product(size[0], size[1]), product(size[2], size[3]));
    // No format takes more than four bytes a value, so this much room keeps sums of bytes within 63 bits.
    if (tensor.elements > INT64_MAX / 1024 || sum_ > INT64_MAX / 1024 - tensor.elements) ok_ = false;
    if (!ok_) return;
    sum_ += tensor.elements;
    shape_.tensors.push_back(std::move(tensor));
  }

  void matrix(std::string name, Size size, TensorRole role) { add(std::move(name), size, role, true); }
  void attention_matrix(std::string name, Size size) { matrix(std::move(name), size, TensorRole::attention); }
  void vector(std::string name, std::int64_t size) {
    add(std::move(name), {size, 1, 1, 1}, TensorRole::norm, false);
  }

  void layer(const LayerShape& layer, std::int64_t number) {
    layer_ = number;
    prefix_ = "blk." + std::to_string(number) + ".";
    vector("attn_norm.weight", shape_.width);
    vector("ffn_norm.weight", shape_.width);
    switch (layer.attention.kind) {
      case AttentionKind::grouped:
        grouped(layer.attention);
        break;
      case AttentionKind::latent:
        latent(layer.attention);
        break;
      case AttentionKind::compressed:
        compressed(layer.attention);
        break;
    }
    if (layer.experts > 0)
      experts(layer);
    else
      feed_forward("", layer.feed_forward, TensorRole::dense);
    layer_ = -1;
    prefix_.clear();
  }

  void grouped(const AttentionShape& a) {
    const std::int64_t queries = product(a.heads, a.key_size), keys = product(a.kv_heads, a.key_size),
                       values = product(a.kv_heads, a.value_size);
    attention_matrix("attn_q.weight", {shape_.width, queries, 1, 1});
    attention_matrix("attn_k.weight", {shape_.width, keys, 1, 1});
    attention_matrix("attn_v.weight", {shape_.width, values, 1, 1});
    attention_matrix("attn_output.weight", {product(a.heads, a.value_size), shape_.width, 1, 1});
    if (details_.query_key_value_bias) {
      vector("attn_q.bias", queries);
      vector("attn_k.bias", keys);
      vector("attn_v.bias", values);
    }
    if (details_.attention_output_bias) vector("attn_output.bias", shape_.width);
    if (details_.query_key_norms) {
      vector("attn_q_norm.weight", a.key_size);
      vector("attn_k_norm.weight", a.key_size);
    }
    if (details_.sinks) vector("attn_sinks.weight", a.heads);
  }

  void latent(const AttentionShape& a) {
    const std::int64_t queries = product(a.heads, a.key_size), nope = a.key_size - a.rope_size;
    if (a.query_rank > 0) {
      attention_matrix("attn_q_a.weight", {shape_.width, a.query_rank, 1, 1});
      vector("attn_q_a_norm.weight", a.query_rank);
      attention_matrix("attn_q_b.weight", {a.query_rank, queries, 1, 1});
    } else {
      attention_matrix("attn_q.weight", {shape_.width, queries, 1, 1});
    }
    attention_matrix("attn_kv_a_mqa.weight", {shape_.width, a.latent_size + a.rope_size, 1, 1});
    vector("attn_kv_a_norm.weight", a.latent_size);
    attention_matrix("attn_k_b.weight", {nope, a.latent_size, a.heads, 1});
    attention_matrix("attn_v_b.weight", {a.latent_size, a.value_size, a.heads, 1});
    attention_matrix("attn_output.weight", {product(a.heads, a.value_size), shape_.width, 1, 1});
    if (a.indexer_heads == 0) return;
    const std::int64_t from = a.query_rank > 0 ? a.query_rank : shape_.width;
    attention_matrix("indexer.attn_q_b.weight", {from, product(a.indexer_heads, a.indexer_size), 1, 1});
    attention_matrix("indexer.attn_k.weight", {shape_.width, a.indexer_size, 1, 1});
    vector("indexer.k_norm.weight", a.indexer_size);
    vector("indexer.k_norm.bias", a.indexer_size);
    attention_matrix("indexer.proj.weight", {shape_.width, a.indexer_heads, 1, 1});
  }

  void compressed(const AttentionShape& a) {
    const std::int64_t groups = std::max<std::int64_t>(1, details_.output_groups),
                       together = product(a.heads, a.value_size);
    attention_matrix("attn_q_a.weight", {shape_.width, a.query_rank, 1, 1});
    vector("attn_q_a_norm.weight", a.query_rank);
    attention_matrix("attn_q_b.weight", {a.query_rank, product(a.heads, a.key_size), 1, 1});
    attention_matrix("attn_kv.weight", {shape_.width, a.key_size, 1, 1});
    vector("attn_kv_a_norm.weight", a.key_size);
    if (details_.sinks) vector("attn_sinks.weight", a.heads);
    const std::int64_t inner = product(details_.output_rank, groups);
    attention_matrix("attn_output_a.weight", {together / groups, inner, 1, 1});
    attention_matrix("attn_output_b.weight", {inner, shape_.width, 1, 1});
    hyper_connection("attn");
    hyper_connection("ffn");
    if (a.ratio == 0) return;
    // At ratio 4 blocks overlap, so that a position has two vectors (local-moe: attn_compressor_* {D, 2hd}).
    const std::int64_t overlap = a.indexer_heads > 0 ? 2 : 1;
    compressor("attn_compressor", a.key_size, overlap, a.ratio);
    if (a.indexer_heads == 0) return;
    attention_matrix("indexer.proj.weight", {shape_.width, a.indexer_heads, 1, 1});
    attention_matrix("indexer.attn_q_b.weight",
                     {a.query_rank, product(a.indexer_heads, a.indexer_size), 1, 1});
    compressor("indexer_compressor", a.indexer_size, overlap, a.ratio);
  }

  void compressor(const std::string& name, std::int64_t size, std::int64_t overlap, std::int64_t ratio) {
    const std::int64_t wide = product(overlap, size);
    attention_matrix(name + "_kv.weight", {shape_.width, wide, 1, 1});
    attention_matrix(name + "_gate.weight", {shape_.width, wide, 1, 1});
    add(name + "_ape.weight", {wide, ratio, 1, 1}, TensorRole::norm, false);
    vector(name + "_norm.weight", size);
  }

  void hyper_connection(const std::string& part) {
    const std::int64_t streams = details_.hyper_connections;
    if (streams == 0) return;
    const std::int64_t mixes = product(2 + streams, streams);
    matrix("hc_" + part + "_fn.weight", {product(streams, shape_.width), mixes, 1, 1}, TensorRole::norm);
    vector("hc_" + part + "_base.weight", mixes);
    vector("hc_" + part + "_scale.weight", 3);
  }

  void feed_forward(const std::string& suffix, std::int64_t hidden, TensorRole role) {
    matrix("ffn_gate" + suffix + ".weight", {shape_.width, hidden, 1, 1}, role);
    matrix("ffn_up" + suffix + ".weight", {shape_.width, hidden, 1, 1}, role);
    matrix("ffn_down" + suffix + ".weight", {hidden, shape_.width, 1, 1}, role);
  }

  void experts(const LayerShape& layer) {
    const std::int64_t hidden = layer.expert_feed_forward, count = layer.experts;
    matrix("ffn_gate_inp.weight", {shape_.width, count, 1, 1}, TensorRole::router);
    if (layer_ >= 0 && layer_ < details_.hash_layers && !predicting_)
      add("ffn_gate_tid2eid.weight", {layer.experts_used, shape_.vocabulary, 1, 1}, TensorRole::norm, false);
    else if (details_.selection_bias)
      add("exp_probs_b.bias", {count, 1, 1, 1}, TensorRole::norm, false);
    const auto routed = [&](const char* name, Size size) { matrix(name, size, TensorRole::routed_expert); };
    routed("ffn_gate_exps.weight", {shape_.width, hidden, count, 1});
    routed("ffn_up_exps.weight", {shape_.width, hidden, count, 1});
    routed("ffn_down_exps.weight", {hidden, shape_.width, count, 1});
    if (details_.expert_bias) {
      vector("ffn_gate_inp.bias", count);
      const auto bias = [&](const char* name, std::int64_t size) {
        add(name, {size, count, 1, 1}, TensorRole::routed_expert, false);
      };
      bias("ffn_gate_exps.bias", hidden);
      bias("ffn_up_exps.bias", hidden);
      bias("ffn_down_exps.bias", shape_.width);
    }
    if (layer.experts_shared == 0) return;
    feed_forward("_shexp",
                 details_.shared_feed_forward > 0 ? details_.shared_feed_forward
                                                  : product(hidden, layer.experts_shared),
                 TensorRole::shared_expert);
    if (details_.shared_expert_gate)
      matrix("ffn_gate_inp_shexp.weight", {shape_.width, 1, 1, 1}, TensorRole::router);
  }

  // A layer like the last one, without compressed entries, behind a matrix that joins the token predicted
  // last with the state (DeepSeek-V3, arXiv:2412.19437, section 2.2). Embedding and output are the model's
  // own.
  void predictor(std::int64_t index) {
    LayerShape last = shape_.layers.back();
    if (last.attention.kind == AttentionKind::compressed) {
      last.attention.ratio = 0;
      last.attention.indexer_heads = last.attention.indexer_size = last.attention.indexer_top_k = 0;
    }
    predicting_ = true;
    const auto number = static_cast<std::int64_t>(shape_.layers.size()) + index;
    layer(last, number);
    layer_ = number;
    prefix_ = "blk." + std::to_string(number) + ".nextn.";
    attention_matrix("eh_proj.weight", {product(2, shape_.width), shape_.width, 1, 1});
    for (const char* name : {"enorm.weight", "hnorm.weight", "shared_head_norm.weight"})
      vector(name, shape_.width);
    layer_ = -1;
    prefix_.clear();
    predicting_ = false;
  }

  ModelShape& shape_;
  const TensorDetails& details_;
  std::string prefix_;
  std::int64_t layer_ = -1;
  std::int64_t sum_ = 0;
  bool predicting_ = false;
  bool ok_ = true;
};

const WeightFormat& part_of(const PartFormats& formats, const TensorShape& tensor) {
  const std::string_view name = tensor.name;
  if (name.find("tid2eid") != std::string_view::npos) return kWeightFormats[0];  // numbers of experts, as i32
  if (!tensor.matrix && tensor.role != TensorRole::embedding) return *formats.vectors;
  switch (tensor.role) {
    case TensorRole::embedding:
    case TensorRole::output:
      return *formats.tables;
    case TensorRole::norm:
    case TensorRole::router:
      return *formats.vectors;
    case TensorRole::routed_expert:
      return *formats.experts;
    case TensorRole::attention:
    case TensorRole::dense:
    case TensorRole::shared_expert:
      return *formats.matrices;
    case TensorRole::predictor:
      break;
  }
  return name.find("_exps.") != std::string_view::npos ? *formats.experts : *formats.matrices;
}

}  // namespace

std::span<const WeightFormat> weight_formats() {
  return kWeightFormats;
}

const WeightFormat* find_weight_format(std::string_view name) {
  const std::string wanted = lowered(name);
  for (const WeightFormat& format : kWeightFormats)
    if (format.name == wanted) return &format;
  return nullptr;
}

const WeightFormat& usable_format(const WeightFormat& format, std::int64_t row) {
  if (row % format.block_elements == 0) return format;
  return *find_weight_format(row % 32 == 0 ? "q8_0" : "f16");
}

std::int64_t tensor_bytes(const WeightFormat& format, const std::array<std::int64_t, 4>& size) {
  const std::int64_t rows = size[1] * size[2] * size[3];
  const std::int64_t row = (size[0] + format.block_elements - 1) / format.block_elements * format.block_bytes;
  std::int64_t bytes = row * rows;
  if (format.scale_rows > 0) {
    const auto tiles = [&](std::int64_t n) { return (n + format.scale_rows - 1) / format.scale_rows; };
    bytes += tiles(size[0]) * tiles(size[1]) * size[2] * size[3] * format.scale_bytes;
  }
  return bytes;
}

std::optional<PartFormats> part_formats(std::string_view weights) {
  const WeightFormat* const format = find_weight_format(weights);
  if (format == nullptr) return std::nullopt;
  const WeightFormat* const bf16 = find_weight_format("bf16");
  if (format->name == "fp4" || format->name == "nvfp4")
    return PartFormats{format, find_weight_format("fp8"), bf16, bf16};
  if (format->name == "mxfp4") return PartFormats{format, bf16, bf16, bf16};
  if (format->name == "fp8" || format->name == "int8" || format->name == "int4")
    return PartFormats{format, format, bf16, bf16};
  if (format->name == "bf16") return PartFormats{format, format, format, format};
  const WeightFormat* const f32 = find_weight_format("f32");
  return PartFormats{format, format, format, f32};
}

void set_weight_formats(ModelShape& shape, const PartFormats& formats, std::string_view weights) {
  shape.weights = weights;
  for (TensorShape& tensor : shape.tensors) {
    const WeightFormat& format = part_of(formats, tensor);
    tensor.bytes = tensor_bytes(usable_format(format, tensor.size[0]), tensor.size);
  }
}

bool list_tensors(ModelShape& shape, const TensorDetails& details, const PartFormats& formats,
                  std::string_view weights) {
  if (!TensorList(shape, details).run()) return false;
  set_weight_formats(shape, formats, weights);
  return true;
}

}  // namespace costwar
