// Small models with round figures, for tests of the roofline.
#pragma once

#include "core/model_shape.h"

namespace costwar::pricing::test {

inline TensorShape toy_matrix(TensorRole role, std::int64_t elements, std::int64_t bytes) {
  TensorShape tensor;
  tensor.role = role;
  tensor.size = {elements, 1, 1, 1};
  tensor.elements = elements;
  tensor.bytes = bytes;
  tensor.matrix = role != TensorRole::embedding && role != TensorRole::norm;
  tensor.layer = role == TensorRole::embedding || role == TensorRole::output ? -1 : 0;
  return tensor;
}

// One layer with 4 heads of 8, one byte a weight.
inline ModelShape toy_dense() {
  ModelShape shape;
  shape.name = "toy";
  shape.weights = "fp8";
  shape.width = 32;
  shape.vocabulary = 1000;
  LayerShape layer;
  layer.attention.heads = 4;
  layer.attention.kv_heads = 4;
  layer.attention.key_size = 8;
  layer.attention.value_size = 8;
  layer.feed_forward = 64;
  shape.layers = {layer};
  shape.tensors = {
      toy_matrix(TensorRole::embedding, 32'000, 32'000), toy_matrix(TensorRole::output, 32'000, 32'000),
      toy_matrix(TensorRole::attention, 4'000, 4'000), toy_matrix(TensorRole::dense, 6'000, 6'000)};
  return shape;
}

// The same with 8 experts of which a token uses 2.
inline ModelShape toy_experts() {
  ModelShape shape = toy_dense();
  LayerShape& layer = shape.layers.front();
  layer.feed_forward = 0;
  layer.experts = 8;
  layer.experts_used = 2;
  layer.expert_feed_forward = 100;
  shape.tensors.back() = toy_matrix(TensorRole::routed_expert, 80'000, 80'000);
  return shape;
}

}  // namespace costwar::pricing::test
