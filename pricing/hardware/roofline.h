// How fast hardware could run a model: for prefill and decode the largest of the times that its arithmetic,
// its memory and its interconnect need, divided by the share of the roofline that is reached in practice.
// Takes values, opens nothing. All results are physical estimates.
//
// One instance is the group of accelerators that holds the model once: pipeline x group, each group made of
// `tensor`-wide attention groups that hold a part of the sequences each (data-parallel attention). Routed
// experts are spread over the whole group, everything else is split `tensor` ways and repeated. Pipeline
// stages work on their own micro-batch, so with p of them the batch of a group is a p-th of the sequences.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model_shape.h"
#include "pricing/hardware/accelerator.h"
#include "pricing/hardware/assumptions.h"

namespace costwar::pricing {

enum class Bound : std::uint8_t { compute, memory, interconnect };
std::string_view bound_name(Bound bound);

struct Layout {
  std::int64_t accelerators = 1;  // of one instance
  std::int64_t tensor = 1;        // accelerators that share the attention of a sequence
  std::int64_t pipeline = 1;
  std::int64_t group() const { return accelerators / pipeline; }
};
// Error{usage} unless the parts divide the whole.
void check_layout(const Layout& layout);

// The figures of an accelerator for weights of one format. Absent: the catalogue does not have it.
struct Limits {
  std::optional<double> flops;  // per second
  std::optional<double> bandwidth;
  std::optional<double> memory;
  std::optional<double> interconnect;
  std::string arithmetic;           // the format that `flops` is of: "FP8"
  std::vector<std::string> gaps;    // sentences: what is missing or was taken instead
  std::vector<std::string> doubts;  // names of figures that are not confirmed
};
// `weights`: a format as core/model_shape.h names it. Formats without arithmetic of their own (FP4 where the
// accelerator has none, integer blocks) are computed in the next wider one.
Limits limits_of(const Accelerator& accelerator, const std::string& weights);

struct Operation {
  const ModelShape* shape = nullptr;  // must outlive the call
  Limits limits;
  Layout layout;
  double kv_value_bytes = 2;
  Assumptions assumptions;  // efficiencies, tokens per step, memory share, chunk
};

// Seconds that each resource needs at the reached share of its peak; what has no figure is absent.
struct Times {
  std::optional<double> compute;
  std::optional<double> memory;
  std::optional<double> interconnect;
  double longest = 0;
  Bound bound = Bound::memory;
};

struct DecodeSpeed {
  double batch = 0;         // sequences of the instance at a time
  double tokens_per_s = 0;  // of the instance
  double tpot_s = 0;        // of one sequence
  Times step;
};

struct PrefillSpeed {
  double tokens_per_s = 0;  // of the instance
  double ttft_s = 0;        // of a prompt without a queue
  Times prompt;
};

// Accelerator memory, bytes.
struct MemoryFit {
  double weights = 0;  // on the accelerator that holds most
  double cache_per_sequence = 0;
  double available = 0;      // the share that may be used
  double largest_batch = 0;  // sequences of the instance; below 1: it does not fit
};
// nullopt where the memory is not known.
std::optional<MemoryFit> memory_fit(const Operation& op, double context);

// nullopt where neither arithmetic nor bandwidth is known. batch, context >= 1.
std::optional<DecodeSpeed> decode_speed(const Operation& op, double batch, double context);
// nullopt where the arithmetic peak is not known.
std::optional<PrefillSpeed> prefill_speed(const Operation& op, double prompt_tokens);

// The fastest point whose time per token is at most `tpot_s`, with at most `most` sequences; nullopt where
// not even one sequence meets it.
std::optional<DecodeSpeed> decode_within(const Operation& op, double context, double tpot_s, double most);

// Bytes that one token sends over the interconnect: all-to-all of the experts (a hidden vector in 8 bits to
// each expert elsewhere, 16 bits back), the all-reduces of tensor parallelism, the hand-over between stages.
double interconnect_bytes_per_token(const ModelShape& shape, const Layout& layout);

// A cached prefix comes back at this many tokens per second, all accelerators of the instance together.
double cached_tokens_per_s(const Operation& op);

// The efficiency at which the prediction equals what was measured, between 0.001 and 1; nullopt where even
// the whole roofline is slower, or where nothing can be predicted.
struct MeasuredSpeed {
  ServingPhase phase = ServingPhase::decode;
  double tokens_per_s = 0;  // of `accelerators`
  double accelerators = 1;
  std::optional<double> batch;  // of the instance; absent: what memory holds, or what the TPOT allows
  std::optional<double> tpot_s;
  double context = 0;  // prefill: tokens of a prompt
};
std::optional<double> implied_efficiency(const Operation& op, const MeasuredSpeed& measured);

// The speed that the roofline gives under the conditions of a measurement, and what limits it there.
struct Prediction {
  double tokens_per_s = 0;  // of as many accelerators as were measured
  Bound bound = Bound::compute;
};
std::optional<Prediction> predict_bound(const Operation& op, const MeasuredSpeed& measured);

// The prediction at those conditions, tokens per second of `measured.accelerators`.
std::optional<double> predict(const Operation& op, const MeasuredSpeed& measured);

}  // namespace costwar::pricing
