// A weight file in whatever computes it here, timed call by call: the built-in engine within this process, or
// llama.cpp in one of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/config.h"
#include "cli/environment.h"
#include "providers/local/engine.h"
#include "system/event_loop.h"

namespace costwar::cli {

// Tokens a second. The first token that is generated belongs to the prompt.
struct CallSpeed {
  double prompt = 0;
  double generation = 0;
};

class TimedShape {
 public:
  virtual ~TimedShape() = default;

  // Reads prompt_tokens, others at every call so that nothing is remembered of the one before, and generates
  // exactly `tokens` (at least 2), whatever they are. The loop turns meanwhile. Error{invalid_measurement}
  // when the answer ended early, Error{input} for more tokens than the context holds.
  virtual CallSpeed call(std::size_t prompt_tokens, std::size_t tokens) = 0;

  virtual EventLoop& loop() = 0;
  virtual std::string software() const = 0;  // "built-in engine", "llama-server", "libllama"
  virtual std::size_t threads() const = 0;
  virtual bool in_place()
      const = 0;  // weights as the file has them, not in an order that the processor likes
  virtual double load_seconds() const = 0;
  virtual std::optional<std::uint64_t> peak_memory_bytes() = 0;  // of the process that holds the weights
};

// Loads the file. Error{input} where it does not fit options.memory_limit.
std::unique_ptr<TimedShape> time_in_engine(const std::filesystem::path& file,
                                           const local::EngineOptions& options);

// Starts config.engine, which is llama_server or libllama, and waits until the file is loaded.
// Error{provider} with its last words.
std::unique_ptr<TimedShape> time_in_llama(const std::filesystem::path& file, const LocalConfig& config,
                                          const Environment& environment);

// Joules of a generated token: of calls with a prompt of one token, what the meter counted over what they
// generated.
struct TokenEnergy {
  double joules = 0;
  bool estimated = false;  // time times watts that somebody gave
  std::string source;      // "rapl", "nvml", ...
};

// nullopt where there is no meter or it could not be read; `why` says so then.
std::optional<TokenEnergy> measure_token_energy(TimedShape& shape, const EnergyConfig& config,
                                                std::size_t tokens, int repeats, std::string& why);

}  // namespace costwar::cli
