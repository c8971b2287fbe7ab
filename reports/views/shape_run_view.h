// What the speed of a shape was on this machine, beside what was predicted from another shape, as a Document.
// Members are published in docs/schema/host_shape.schema.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/document.h"

namespace costwar::reports {

// Tokens a second.
struct ShapeSpeed {
  double prompt = 0;
  double generation = 0;
};

struct ShapeRun {
  std::string model;
  std::string file;  // empty: it was removed
  std::string weights;
  std::string software;  // "built-in engine", "llama-server", "libllama"
  std::string layout;    // "repacked", "in place"
  std::size_t layers = 0;
  std::size_t all_layers = 0;  // of the model
  std::uint64_t file_bytes = 0;
  std::int64_t total_parameters = 0;
  std::int64_t active_parameters = 0;
  std::size_t threads = 1;
  std::size_t prompt_tokens = 0;
  std::size_t generated_tokens = 0;
  int repeats = 1;

  double write_seconds = 0;
  double load_seconds = 0;
  std::optional<std::uint64_t> peak_memory_bytes;
  std::optional<double> joules_per_token;  // of generation; nullopt: this machine's meters cannot be read
  std::string energy_from;                 // or why it is unknown
  ShapeSpeed measured;                     // medians
  ShapeSpeed slowest;                      // of the repeats
  ShapeSpeed fastest;

  // What predicts it: memory, and a smaller shape of the same format, layout and threads.
  double read_bytes_per_second = 0;
  std::string dense_shape;
  std::string mixture_shape;                  // empty: the model is none
  double kernel_bytes_per_second = 0;         // weights that its generation got through
  double kernel_flops = 0;                    // operations a second of its prompt
  std::optional<double> expert_kernel_flops;  // those of routed experts
  double bytes_per_token = 0;
  double prompt_flops_per_token = 0;
  ShapeSpeed predicted;
  double load_average = 0;
};

Document shape_run_document(const ShapeRun& run);

}  // namespace costwar::reports
