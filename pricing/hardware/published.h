// Predicted against published speed: every throughput point of the catalogue, with the error or with the
// reason why nothing can be predicted. The efficiencies are one value per phase, never one per point; each
// point also shows what the others alone would have made of it. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pricing/hardware/roofline.h"

namespace costwar::pricing {

// Tokens of a prompt, or in the cache, where a source does not say.
inline constexpr double kUsualContext = 4096;

struct PublishedComparison {
  std::string accelerator;
  std::string point;  // its id
  std::string model;
  ServingPhase phase = ServingPhase::decode;
  std::string conditions;
  std::string source;
  std::string tokens_counted;
  double published = 0;  // tokens per second of one accelerator
  std::optional<double> predicted;
  std::optional<double> left_out;    // predicted with the median efficiency of the other points of its phase
  std::optional<double> efficiency;  // at which the prediction would be exact; not for mixed points
  std::optional<Bound> bound;
  Layout layout;
  bool settled = true;             // the source gives the batch or the latency that fixes the point
  std::vector<std::string> taken;  // what it does not give and what was taken instead; doubtful figures
  std::string reason;              // why nothing is predicted

  std::optional<double> error() const;  // predicted / published - 1
  std::optional<double> left_out_error() const;
};

// The shape of a point's model in its precision, or why there is none.
using ShapeOfPoint = std::function<std::variant<ModelShape, std::string>(const ThroughputPoint&)>;

std::vector<PublishedComparison> compare_published(const std::vector<Accelerator>& accelerators,
                                                   const ShapeOfPoint& shape_of,
                                                   const Assumptions& assumptions);

// The share of the roofline at which the prediction is what a point says, to calibrate by; nullopt for mixed
// points, for those that cannot be predicted, and where the whole roofline is slower.
std::optional<double> reached_share(const Accelerator& accelerator, const ThroughputPoint& point,
                                    const ModelShape& shape, const Assumptions& assumptions);

// How many accelerators a point's instance has: as published, else those of the run, else a scale-up domain.
Layout layout_of(const Accelerator& accelerator, const ThroughputPoint& point);

// Median of |error|, of which points: all that are predicted, or those whose operating point is published.
struct ErrorSummary {
  std::optional<double> median;
  std::size_t points = 0;
};
ErrorSummary summarise(const std::vector<PublishedComparison>& rows, bool settled_only, bool left_out);

}  // namespace costwar::pricing
