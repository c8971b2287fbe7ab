// A GGUF file of a model's exact shape with random weights: what it costs to run can be measured before
// anyone downloads the weights. The file says so under kRandomWeightsKey, and costwar never measures a
// capability with it. Weights are seeded by tensor, sized so that activations keep their scale; norms are
// one, biases zero. The vocabulary is bytes and unused entries up to the model's number.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model_shape.h"
#include "core/model_tensors.h"

namespace costwar::local {

class RandomModel {
 public:
  // Error{input} for architectures other than deepseek2 and llama and for shapes whose files cannot be
  // described; Error{usage} for a format without a generator (known: f32, f16, q8_0, q4_0). Prediction layers
  // are left out.
  RandomModel(ModelShape shape, const WeightFormat& format, std::uint64_t seed);

  const ModelShape& shape() const { return shape_; }  // with the bytes of the file's formats
  std::uint64_t file_bytes() const { return file_bytes_; }

  // Piece by piece, from the first byte to the last.
  void write(const std::function<void(std::string_view)>& piece) const;

 private:
  ModelShape shape_;
  std::vector<const WeightFormat*> formats_;  // by tensor
  std::uint64_t seed_;
  std::string header_;
  std::uint64_t file_bytes_ = 0;
};

// The first `layers` layers of a shape; all of them where it has no more. Prediction layers are dropped.
ModelShape first_layers(ModelShape shape, std::size_t layers);

}  // namespace costwar::local
