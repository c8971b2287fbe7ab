// From dimensions to tensors: which a transformer of a known family has, under the names that GGUF gives them
// (llama.cpp's), and how many bytes they take in a weight format. So a configuration or a row of the
// catalogue, which have no tensors, are counted with the code that counts a file. Pure.
//
// In every format vectors, routers and what is no matrix stay in 32 bits (GGUF) or 16 (the others), as files
// of them do.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/model_shape.h"

namespace costwar {

// Blocks of consecutive values that share scales, and for `scale_rows` > 0 a scale of scale_bytes for each
// tile of scale_rows x scale_rows values besides (DeepSeek-V3's fp8).
struct WeightFormat {
  std::string_view name;       // "q4_0"
  std::string_view gguf_name;  // "Q4_0", empty: no tensor type of GGUF
  std::int64_t block_elements = 1;
  std::int64_t block_bytes = 4;
  std::int64_t scale_rows = 0;
  std::int64_t scale_bytes = 0;
  friend bool operator==(const WeightFormat&, const WeightFormat&) = default;
};

std::span<const WeightFormat> weight_formats();

// By its name, in any case. nullptr when there is no such format.
const WeightFormat* find_weight_format(std::string_view name);

// The format that holds rows of such a length: this one, or q8_0, or f16 where blocks do not divide it, as
// llama.cpp's own fallback does for rows that k-quants do not divide.
const WeightFormat& usable_format(const WeightFormat& format, std::int64_t row);

std::int64_t tensor_bytes(const WeightFormat& format, const std::array<std::int64_t, 4>& size);

// What tensors need and costs do not.
struct TensorDetails {
  bool query_key_norms = false;  // of a head's size (Qwen3)
  bool query_key_value_bias = false;
  bool attention_output_bias = false;
  bool sinks = false;                    // one value a head (gpt-oss, V4)
  bool expert_bias = false;              // biases of experts and router (gpt-oss)
  bool selection_bias = false;           // added to a router's scores for choosing alone (DeepSeek-V3)
  bool shared_expert_gate = false;       // Qwen2-MoE
  std::int64_t shared_feed_forward = 0;  // of all shared experts together; 0: their number x an expert's size
  // DeepSeek V4
  std::int64_t output_groups = 0;
  std::int64_t output_rank = 0;
  std::int64_t hyper_connections = 0;
  std::int64_t hash_layers = 0;  // leading layers that choose experts by the token, from a table
};

// A weight format for each part. Where a model is published in two ("fp4" experts in an "fp8" model,
// embedding and output in bf16), they differ.
struct PartFormats {
  const WeightFormat* experts = nullptr;
  const WeightFormat* matrices = nullptr;
  const WeightFormat* tables = nullptr;  // embedding and output
  const WeightFormat* vectors = nullptr;
};

// "bf16" and the like: everything; "fp8": matrices, with tables in bf16; "fp4": routed experts, the other
// matrices as fp8; a format of GGUF: matrices and tables, vectors and routers in f32. nullopt for an unknown
// name.
std::optional<PartFormats> part_formats(std::string_view weights);

// Fills shape.tensors from the dimensions: width, vocabulary, tied, layers, predictors. Each layer's family
// follows from the kind of its attention. False, without tensors, when a product does not fit 63 bits.
[[nodiscard]] bool list_tensors(ModelShape& shape, const TensorDetails& details, const PartFormats& formats,
                                std::string_view weights);

// What the tensors take in other formats: sets their bytes and shape.weights. They keep their sizes.
void set_weight_formats(ModelShape& shape, const PartFormats& formats, std::string_view weights);

}  // namespace costwar
