// The shapes of models as a Document: parameters in both conventions beside what is published, bytes,
// operations and cache of a token, memory at a context and batch, and what the layers are. Members are
// published in docs/schema/host_inspect.schema.json.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/document.h"
#include "core/model_shape.h"

namespace costwar::reports {

struct ShapeOptions {
  std::vector<std::int64_t> contexts;  // ascending; empty: 4,096 and the longest that the model has
  std::int64_t batch = 1;
  std::string cache_type = "f16";
  double cache_bytes = 2;  // of one cached value
};

// A model whose dimensions are not known has a row of what is published.
struct InspectedShape {
  std::string name;
  std::optional<ModelShape> shape;
  std::string why;  // without a shape: why there is none
  std::optional<PublishedCounts> published;
};

Document shape_document(std::span<const InspectedShape> models, const ShapeOptions& options);

}  // namespace costwar::reports
