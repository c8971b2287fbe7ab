// From flags to what pricing/hardware takes: accelerators of the catalogue or this machine, the assumptions
// with their origins, the wish, and calibration by a measured speed. Shared by estimate and breakeven.
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/model_shape.h"
#include "pricing/hardware/accelerator.h"
#include "pricing/hardware/assumptions.h"
#include "pricing/hardware/published.h"
#include "pricing/hardware/serving.h"

namespace costwar::cli {

// The embedded catalogue, parsed on first use; lives as long as the program.
const std::vector<pricing::Accelerator>& accelerator_catalogue();

struct HardwareFlags {
  std::vector<std::string> on;
  std::string weights;
  std::string kv_type = "bf16";
  std::optional<double> context;  // absent: 4,096, or as long as a request
  double prompt = 2048;
  std::optional<double> batch;
  std::optional<double> tpot_ms;
  std::optional<double> ttft_ms;
  std::optional<std::int64_t> accelerators;
  std::optional<std::int64_t> node;
  std::optional<std::int64_t> tensor;
  std::int64_t pipeline = 1;
  std::string rate;
  bool own = false;
  std::array<std::optional<double>, pricing::kInputCount> inputs{};
  std::optional<double> bandwidth_tb_s;
  std::optional<double> compute_tflops;
  std::optional<double> memory_gb;
  std::optional<double> interconnect_gb_s;
  std::vector<std::string> measured;
};
void declare_hardware_flags(CLI::App& app, HardwareFlags& flags);

// Error{usage} for values that cannot be.
pricing::ServingWish wish_of(const HardwareFlags& flags, const pricing::Accelerator& accelerator);
double kv_value_bytes(const std::string& type);

// With what --bandwidth and the like say instead. Error{usage} for an unknown id.
pricing::Accelerator accelerator_of(const std::string& id, const HardwareFlags& flags);

struct CostBasis {
  std::optional<Money> rent;  // exact, per accelerator-hour
  std::string problem;        // why there is no cost
};
// Defaults, then the catalogue, then the flags; the cost is a rent or, with --own, capital and power.
pricing::Assumptions assumptions_of(const pricing::Accelerator& accelerator, const HardwareFlags& flags,
                                    CostBasis& basis);

// The serving with efficiencies calibrated by --measured. Error{input} where a speed is above the roofline.
pricing::Serving serve(const pricing::Accelerator& accelerator, const ModelShape& shape,
                       pricing::Assumptions assumptions, const HardwareFlags& flags);

// For compare_published: the catalogue's shape of a point's model in its precision, or why there is none.
std::variant<ModelShape, std::string> shape_of_point(const pricing::ThroughputPoint& point);

// Whether the point is of this shape's model.
bool is_of_model(const pricing::ThroughputPoint& point, const ModelShape& shape);

}  // namespace costwar::cli
