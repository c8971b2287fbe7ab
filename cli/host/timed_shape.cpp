#include "cli/host/timed_shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>
#include <vector>

#include "cli/energy.h"
#include "cli/host/local_run.h"
#include "cli/local_models.h"
#include "core/error.h"
#include "core/json.h"
#include "system/machine.h"

namespace costwar::cli {
namespace {

// Tokens that every vocabulary has, in another order at every call.
std::vector<std::int32_t> tokens_of_call(std::size_t count, std::size_t call) {
  std::vector<std::int32_t> tokens(count);
  for (std::size_t i = 0; i < count; ++i) tokens[i] = static_cast<std::int32_t>((i * 7 + call * 31) % 250);
  return tokens;
}

[[noreturn]] void ended_early() {
  throw Error(ErrorKind::invalid_measurement, "the model of random weights ended its answer early",
              "take another --seed");
}

class ShapeInEngine final : public TimedShape {
 public:
  ShapeInEngine(const std::filesystem::path& file, const local::EngineOptions& options)
      : loop_(make_event_loop()) {
    const Mono start = loop_->clock().mono();
    engine_ = local::Engine::open(file, options);
    load_seconds_ = (loop_->clock().mono() - start).seconds();
  }

  CallSpeed call(std::size_t prompt_tokens, std::size_t tokens) override {
    if (engine_->context() < prompt_tokens + tokens)
      throw Error(ErrorKind::input, fmt::format("the model's longest text is {} tokens", engine_->context()),
                  "ask for fewer with --prompt and --tokens");
    local::GenerateRequest request;
    request.prompt = tokens_of_call(prompt_tokens, ++calls_);
    request.max_tokens = tokens;
    request.past_end = true;
    local::Generation done;
    std::exception_ptr failed;
    bool ended = false;
    std::thread computing([&] {
      try {
        done = engine_->generate(request);
      } catch (...) {
        failed = std::current_exception();
      }
      loop_->post([&ended] { ended = true; });
    });
    loop_->run([&ended] { return ended; });
    computing.join();
    if (failed) std::rethrow_exception(failed);
    if (done.tokens.size() != tokens) ended_early();
    return {static_cast<double>(done.prompt_tokens) * 1e9 / static_cast<double>(done.prefill_ns),
            static_cast<double>(done.tokens.size() - 1) * 1e9 / static_cast<double>(done.decode_ns)};
  }

  EventLoop& loop() override { return *loop_; }
  std::string software() const override { return "built-in engine"; }
  std::size_t threads() const override { return engine_->threads(); }
  bool in_place() const override { return engine_->weights_in_place(); }
  double load_seconds() const override { return load_seconds_; }
  std::optional<std::uint64_t> peak_memory_bytes() override { return peak_resident_bytes(); }

 private:
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<local::Engine> engine_;
  double load_seconds_ = 0;
  std::size_t calls_ = 0;
};

class ShapeInLlama final : public TimedShape {
 public:
  ShapeInLlama(const std::filesystem::path& file, const LocalConfig& config, const Environment& environment)
      : run_(file, config, environment), in_place_(keeps_weights_in_place(config)) {
    run_.start();
  }

  CallSpeed call(std::size_t prompt_tokens, std::size_t tokens) override {
    const Json request = {{"prompt", tokens_of_call(prompt_tokens, ++calls_)},
                          {"n_predict", tokens},
                          {"ignore_eos", true},
                          {"cache_prompt", false},
                          {"temperature", 0}};
    const ServedSpeed speed = speed_of_timings(run_.post("/completion", request.dump()));
    if (!speed.prompt || !speed.generation) ended_early();
    return {*speed.prompt, *speed.generation};
  }

  EventLoop& loop() override { return run_.loop(); }
  std::string software() const override { return run_.software(); }
  std::size_t threads() const override { return static_cast<std::size_t>(run_.threads()); }
  bool in_place() const override { return in_place_; }
  double load_seconds() const override {
    const auto time = run_.record().load_time;
    return time ? time->seconds() : 0;
  }
  std::optional<std::uint64_t> peak_memory_bytes() override {
    const auto bytes = run_.record().peak_resident_bytes;
    return bytes ? std::optional(static_cast<std::uint64_t>(*bytes)) : std::nullopt;
  }

 private:
  LocalRun run_;
  bool in_place_;
  std::size_t calls_ = 0;
};

}  // namespace

std::unique_ptr<TimedShape> time_in_engine(const std::filesystem::path& file,
                                           const local::EngineOptions& options) {
  return std::make_unique<ShapeInEngine>(file, options);
}

std::unique_ptr<TimedShape> time_in_llama(const std::filesystem::path& file, const LocalConfig& config,
                                          const Environment& environment) {
  return std::make_unique<ShapeInLlama>(file, config, environment);
}

std::optional<TokenEnergy> measure_token_energy(TimedShape& shape, const EnergyConfig& config,
                                                std::size_t tokens, int repeats, std::string& why) {
  const FoundMeter found = find_power_meter(config, shape.loop());
  if (!found.meter) {
    why = found.why.empty() ? "switched off" : found.why;
    return std::nullopt;
  }
  PowerMeter& meter = *found.meter;
  const Clock& clock = shape.loop().clock();
  // A command's first line may take a moment; the call that warms up gives it one.
  static_cast<void>(shape.call(1, tokens));
  const auto before = meter.microjoules(clock.mono());
  meter.computing(true, clock.mono());
  for (int i = 0; i < repeats; ++i) static_cast<void>(shape.call(1, tokens));
  meter.computing(false, clock.mono());
  const auto after = meter.microjoules(clock.mono());
  if (!before || !after) {
    why = meter.facts().source + " gave no reading";
    return std::nullopt;
  }
  const double generated = static_cast<double>(tokens) * static_cast<double>(repeats);
  return TokenEnergy{static_cast<double>(*after - *before) / 1e6 / generated, meter.facts().estimated,
                     meter.facts().source};
}

}  // namespace costwar::cli
