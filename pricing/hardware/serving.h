// One accelerator serving one model at wanted conditions: how many make an instance, what fits, how fast each
// phase is, and, with an hourly cost, what capacity that is. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pricing/hardware/breakeven.h"
#include "pricing/hardware/hourly_cost.h"
#include "pricing/hardware/roofline.h"

namespace costwar::pricing {

struct ServingWish {
  double context = 4096;                     // positions in the cache, of a sequence, while decoding
  double prompt = 2048;                      // tokens of a prompt
  std::optional<double> batch;               // of the instance; absent: the largest that the rest allows
  std::optional<double> tpot_s;              // at most
  std::optional<double> ttft_s;              // at most, without a queue
  std::optional<std::int64_t> accelerators;  // of an instance; absent: the fewest whole nodes that do
  std::optional<std::int64_t> tensor;
  std::int64_t pipeline = 1;
  std::int64_t node = 8;  // accelerators that are bought or rented together
};

struct Serving {
  Accelerator accelerator;
  Operation operation;  // with the layout that was found
  std::optional<MemoryFit> fit;
  std::optional<DecodeSpeed> decode;
  std::optional<PrefillSpeed> prefill;
  std::string problem;             // why the wish is not met; empty: it is
  std::vector<std::string> notes;  // what is missing or was taken instead
  bool good() const { return problem.empty(); }
  double instance() const { return static_cast<double>(operation.layout.accelerators); }
  PhaseRates rates() const;  // of the instance; only when good
};

// `shape` must outlive the result.
Serving find_serving(const Accelerator& accelerator, const ModelShape& shape, double kv_value_bytes,
                     const Assumptions& assumptions, const ServingWish& wish);

// The instance as capacity: only of a good one.
OwnCapacity capacity_of(const Serving& serving, const HourlyCost& cost, std::int64_t spares);

// How many accelerators come as one: a scale-up domain, at most 8, and 1 where the catalogue does not say.
std::int64_t usual_node(const Accelerator& accelerator);

}  // namespace costwar::pricing
