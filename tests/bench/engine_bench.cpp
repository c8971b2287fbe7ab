// Speed of the built-in engine on the shipped models, one thread: tokens a second of the prompt phase and of
// generation. Prompts are real ones of the built-in suite, so that the router spreads its work as it does in
// a run. Runs in the source root: engine_bench --benchmark_counters_tabular=true
#include <benchmark/benchmark.h>

#include <ctime>
#include <map>
#include <memory>
#include <string>

#include "core/chat.h"
#include "providers/local/chat_template.h"
#include "providers/local/engine.h"

namespace {

using namespace costwar;
using namespace costwar::local;

Engine& engine(const std::string& name) {
  static std::map<std::string, std::unique_ptr<Engine>> engines;
  auto& loaded = engines[name];
  if (!loaded) loaded = Engine::open("catalog/models/" + name + ".gguf");
  return *loaded;
}

std::vector<std::int32_t> prompt(const Engine& model, int pairs) {
  constexpr const char* names[] = {"apple", "river", "stone", "cloud", "tiger", "bread", "chair", "lemon",
                                   "ocean", "piano", "queen", "robin", "sugar", "table", "uncle", "violin"};
  std::string text = "Remember: ";
  for (int i = 0; i < pairs; ++i)
    text += (i == 0 ? "" : ", ") + std::string(names[i % 16]) + "=" + std::to_string(10 + i * 37 % 90);
  const std::vector<Message> chat{{Role::user, text + ". What is river? Reply with the number only."}};
  return chat_tokens(model.tokenizer(), chat);
}

// Tokens a second of wall time and of processor time: on a busy machine only the second means the engine.
struct Rate {
  std::int64_t tokens = 0;
  double wall = 0, cpu = 0;
  void report(benchmark::State& state, std::size_t prompt_tokens) const {
    state.counters["prompt_tokens"] = static_cast<double>(prompt_tokens);
    state.counters["tok/s"] = static_cast<double>(tokens) / wall;
    state.counters["tok/cpu_s"] = static_cast<double>(tokens) / cpu;
  }
};

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

void prefill(benchmark::State& state, const std::string& name) {
  Engine& model = engine(name);
  GenerateRequest request;
  request.prompt = prompt(model, static_cast<int>(state.range(0)));
  request.max_tokens = 1;
  Rate rate;
  double operations = 0;
  const double begin = cpu_seconds();
  for (auto _ : state) {
    const Generation generation = model.generate(request);
    rate.tokens += static_cast<std::int64_t>(generation.prompt_tokens);
    rate.wall += static_cast<double>(generation.prefill_ns) / 1e9;
    operations += static_cast<double>(generation.flops);
  }
  rate.cpu = cpu_seconds() - begin;
  rate.report(state, request.prompt.size());
  state.counters["GFLOP/cpu_s"] = operations / rate.cpu / 1e9;
}

void decode(benchmark::State& state, const std::string& name) {
  Engine& model = engine(name);
  GenerateRequest request;
  request.prompt = prompt(model, static_cast<int>(state.range(0)));
  request.max_tokens = 129;
  request.sampling = {4.0, 1.0, 1};  // hot draws, or the model would end its answer after a few tokens
  Rate rate;
  double first = 0;
  std::size_t seen = 0;
  request.on_token = [&](std::int32_t) {
    if (seen++ == 0) first = cpu_seconds();
    return true;
  };
  for (auto _ : state) {
    ++request.sampling.seed;
    seen = 0;
    const Generation generation = model.generate(request);
    rate.cpu += cpu_seconds() - first;
    rate.tokens += static_cast<std::int64_t>(generation.tokens.size()) - 1;
    rate.wall += static_cast<double>(generation.decode_ns) / 1e9;
  }
  rate.report(state, request.prompt.size());
}

void load(benchmark::State& state, const std::string& name) {
  for (auto _ : state) benchmark::DoNotOptimize(Engine::open("catalog/models/" + name + ".gguf"));
}

BENCHMARK_CAPTURE(prefill, tiny_moe, "tiny-moe")->Arg(4)->Arg(32)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(prefill, tiny_dense, "tiny-dense")->Arg(4)->Arg(32)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, tiny_moe, "tiny-moe")->Arg(4)->Arg(32)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, tiny_dense, "tiny-dense")->Arg(4)->Arg(32)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load, tiny_moe, "tiny-moe")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load, tiny_dense, "tiny-dense")->Unit(benchmark::kMillisecond);

}  // namespace
