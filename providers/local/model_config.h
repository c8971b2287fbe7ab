// A Hugging Face config.json as a ModelShape: dimensions under the names that `transformers` gives them, for
// the model types of the table in model_config.cpp. The catalogue's rows hold the same members, so they are
// read here too. Pure; Error{input} names the source and the member, and for a model type that is not known,
// the ones that are.
//
// Limits, far above real models: 1,024 layers, sizes of 2^24, vocabularies of 2^26.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/model_shape.h"

namespace costwar::local {

// Weights are counted in the format that quantization_config or torch_dtype says, or in `weights` where that
// is not empty (a name of weight_formats()). What the file does not say is assumed as `transformers` does and
// named in shape.gaps.
ModelShape read_model_config(const JsonIn& config, std::string_view weights = {});

// The model types that are known.
std::vector<std::string> known_model_types();

// Compares the bytes that the dimensions give with metadata.total_size of model.safetensors.index.json, where
// prediction layers are among the weights. A difference above 1 % becomes a gap.
void compare_with_index(ModelShape& shape, const JsonIn& index);

}  // namespace costwar::local
