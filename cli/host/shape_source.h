// Where a model's shape comes from: a GGUF file (of several parts too), a Hugging Face folder or config.json,
// a built-in model, or the catalogue of shapes. Reads headers only: weights are mapped, never touched.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model_shape.h"

namespace costwar::cli {

struct ShapeRequest {
  std::string model;    // FILE.gguf, a folder, config.json, local/tiny-moe, a name of the catalogue
  std::string weights;  // a weight format such as "bf16", "fp8", "q4_0"; empty: as the source says
};

// Error{usage} for an unknown format, Error{input} for what cannot be read and for models of the catalogue
// whose dimensions are not known; the message then says what is published of them.
ModelShape find_shape(const ShapeRequest& request);

// Names of the catalogue, those whose dimensions are known first.
std::vector<std::string> catalogue_shapes();

// What the catalogue says of a model without dimensions; nullopt for every other name.
struct UnknownShape {
  std::string name;
  std::string why;
  std::optional<double> published_total;  // parameters
  std::optional<double> published_active;
  std::string source;
};
std::optional<UnknownShape> unknown_shape(const std::string& model);

}  // namespace costwar::cli
