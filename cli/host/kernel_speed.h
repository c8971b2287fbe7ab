// How fast a format's kernel is in one layout and number of threads, known from other shapes than the one
// whose speed is predicted: a dense model, and a mixture of experts for shapes that are one. Engines multiply
// with experts in other ways than with whole matrices: llama.cpp does so token by token (ggml-cpu's
// mul_mat_id), so a dense model's prompt says nothing of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/host/timed_shape.h"
#include "core/model_shape.h"
#include "core/model_tensors.h"

namespace costwar::cli {

struct KernelSpeed {
  double bytes_per_second = 0;         // of weights that the dense shape's generation got through
  double flops = 0;                    // operations a second of the dense shape's prompt
  std::optional<double> expert_flops;  // of the mixture's routed experts in its prompt
};

class KernelProbe {
 public:
  // Opens the file as the predicted shape is opened: same software, layout, threads.
  using Opener = std::function<std::unique_ptr<TimedShape>(const std::filesystem::path&)>;

  // Writes and opens the other shapes, and warms them up. Error as Opener and ShapeFile::write.
  KernelProbe(const ModelShape& predicted, const WeightFormat& format, std::uint64_t seed,
              std::size_t prompt_tokens, std::size_t tokens, const Opener& open);
  ~KernelProbe();

  void measure();             // one more round
  KernelSpeed speed() const;  // of the rounds' medians; at least one
  const std::string& dense_name() const;
  std::string mixture_name() const;  // empty: there is none

 private:
  struct Other;
  std::size_t prompt_tokens_;
  std::size_t tokens_;
  std::unique_ptr<Other> dense_, mixture_;
};

// Generation is the slower of memory and kernel over the bytes that a token reads; a prompt takes its
// operations over the kernel's, those of routed experts apart.
CallSpeed predict_speed(const ModelShape& shape, const KernelSpeed& kernel, double read_bytes_per_second,
                        std::size_t prompt_tokens);

double median_of(std::vector<double> values);  // not empty

}  // namespace costwar::cli
