// What the keys and tensor descriptions of a GGUF file say about its model. Two readers: read_model_shape
// gives dimensions and tensors of any transformer or mixture of experts, and HyperParameters::read gives what
// the built-in engine needs, for the architectures that it computes. Pure; weights are never touched.
//
// Conventions of counting: core/model_shape.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/model_shape.h"
#include "providers/local/gguf.h"
#include "providers/local/router.h"

namespace costwar::local {

// Every architecture whose keys have llama.cpp's names. What a file does not say (heads, say) is left at 0
// and named in gaps, so that parameters and bytes are known all the same. A file of a split model alone gives
// the tensors that it has, and a gap that says so.
ModelShape read_model_shape(const Gguf& file);

// Of a split model: all parts, in order. The first has the keys. Error{input} when parts are missing or
// belong to another model.
ModelShape read_model_shape(std::span<const Gguf> parts);

// The names of all parts of "NAME-00001-of-00003.gguf", in order; the name alone where it is none of them.
std::vector<std::string> split_names(const std::string& path);

// Whether the file was made with random weights of some shape (costwar host shape): a capability must never
// be measured with it.
bool has_random_weights(const Gguf& file);
inline constexpr std::string_view kRandomWeightsKey = "costwar.random_weights";

enum class Architecture { deepseek2, llama };

struct ExpertParameters {
  RouterSettings router;                    // router.used is that of the first layer with experts
  std::vector<std::uint32_t> used;          // per layer
  std::vector<std::uint32_t> feed_forward;  // per layer, of one expert
  std::size_t shared = 0;
};

// Every size is at least 1 and small enough that products of any three fit 64 bits; relations between sizes
// hold. That tensors have these sizes is checked by WeightReader.
struct HyperParameters {
  Architecture architecture = Architecture::llama;
  std::size_t layers = 0;      // computed ones
  std::size_t predictors = 0;  // blocks after them for multi-token prediction, which are not
  std::size_t context = 0;
  std::size_t width = 0;  // embedding length
  std::size_t vocabulary = 0;
  std::size_t feed_forward = 0;  // of a dense layer
  std::size_t heads = 0;
  float epsilon = 0;
  std::size_t rope_size = 0;  // even
  float rope_base = 0;

  // llama
  std::size_t kv_heads = 0;  // divides heads
  std::size_t head_size = 0;
  std::size_t value_size = 0;  // per head; deepseek2 too

  // deepseek2: a key of a head is `nope_size` values without position and rope_size with
  std::size_t query_rank = 0;  // 0: queries are not compressed ("lite")
  std::size_t latent_size = 0;
  std::size_t nope_size = 0;
  bool merged_kv = false;  // older files: attn_kv_b instead of attn_k_b and attn_v_b
  std::size_t leading_dense = 0;
  ExpertParameters experts;  // router.experts is 0 for a dense model

  bool layer_has_experts(std::size_t layer) const {
    return experts.router.experts > 0 && layer >= leading_dense;
  }

  static HyperParameters read(const Gguf& file);
};

}  // namespace costwar::local
