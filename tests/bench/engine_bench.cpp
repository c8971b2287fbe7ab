// Speed of the built-in engine on the shipped models, one thread: tokens a second of the prompt phase and of
// generation, with the fastest instruction set (prefill/NAME/FACTS) and with each one and each layout of the
// weights (prefill/NAME/SET/LAYOUT/FACTS); and of the products alone, per set, type and layout. Prompts are
// real ones of the built-in suite, so that the router spreads its work as it does in a run. Runs in the
// source root: costwar_bench --benchmark_filter=prefill --benchmark_counters_tabular=true
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

struct Variant {
  const Kernels* set = nullptr;  // the fastest
  WeightLayout layout = WeightLayout::automatic;
};

Engine& engine(const std::string& name, const Variant& variant) {
  static std::map<std::pair<std::string, WeightLayout>, std::unique_ptr<Engine>> engines;
  use_kernels(variant.set != nullptr ? *variant.set : *supported_kernels().front());
  auto& loaded = engines[{name, variant.layout}];
  EngineOptions options;
  options.layout = variant.layout;
  options.threads = 1;
  if (!loaded) loaded = Engine::open("catalog/models/" + name + ".gguf", options);
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

void prefill(benchmark::State& state, const std::string& name, const Variant& variant) {
  Engine& model = engine(name, variant);
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

void decode(benchmark::State& state, const std::string& name, const Variant& variant) {
  Engine& model = engine(name, variant);
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

// A matrix of 1024 x 1024 against 1 or 64 rows; GMAC/s counts a multiplication with its addition as one.
void matmul(benchmark::State& state, const Kernels& set, TensorType type, bool in_place) {
  constexpr std::size_t kSize = 1024;
  const auto rows = static_cast<std::size_t>(state.range(0));
  const std::vector<std::byte> bytes(row_bytes(type, kSize) * kSize, std::byte{0x11});
  GgufTensor tensor;
  tensor.type = type;
  tensor.shape = {kSize, kSize, 1, 1};
  tensor.data = bytes;
  const Matrix w = (in_place ? Matrix::in_place : Matrix::repacked)(tensor, 0, kSize);
  const Floats x(rows * kSize, 0.5f);
  Floats y(rows * kSize);
  const std::size_t stride = integer_row_bytes(kSize);
  Bytes integers(rows * stride);
  for (auto _ : state) {
    if (wants_integers(w.storage()))
      for (std::size_t r = 0; r < rows; ++r)
        set.to_integers(x.data() + r * kSize, kSize, integers.data() + r * stride);
    product(set, w.storage(), w.view(), {x.data(), kSize}, {integers.data(), stride}, {y.data(), kSize},
            rows);
    benchmark::DoNotOptimize(y.data());
  }
  const double products = static_cast<double>(rows * kSize * kSize);
  state.counters["GMAC/s"] =
      benchmark::Counter(products / 1e9, benchmark::Counter::kIsIterationInvariantRate);
}

void register_engine_benchmarks() {
  const auto add = [](const std::string& name, auto run) {
    benchmark::RegisterBenchmark(name.c_str(), run)->Arg(4)->Arg(32)->Unit(benchmark::kMillisecond);
  };
  for (const std::string name : {"tiny-moe", "tiny-dense"}) {
    const std::string shown = name == "tiny-moe" ? "tiny_moe" : "tiny_dense";
    add("prefill/" + shown, [name](benchmark::State& state) { prefill(state, name, {}); });
    add("decode/" + shown, [name](benchmark::State& state) { decode(state, name, {}); });
    for (const Kernels* set : supported_kernels()) {
      for (const bool in_place : {false, true}) {
        const Variant variant{set, in_place ? WeightLayout::in_place : WeightLayout::repacked};
        const std::string which =
            "/" + shown + "/" + std::string(set->name) + (in_place ? "/in_place" : "/repacked");
        add("prefill" + which, [=](benchmark::State& state) { prefill(state, name, variant); });
        add("decode" + which, [=](benchmark::State& state) { decode(state, name, variant); });
      }
    }
  }
  for (const Kernels* set : supported_kernels())
    for (const TensorType type :
         {TensorType::f32, TensorType::f16, TensorType::bf16, TensorType::q8_0, TensorType::q4_0})
      for (const bool in_place : {false, true})
        benchmark::RegisterBenchmark(
            ("matmul/" + std::string(set->name) + "/" + std::string(tensor_type_info(type)->name) +
             (in_place ? "/in_place" : "/repacked"))
                .c_str(),
            [=](benchmark::State& state) { matmul(state, *set, type, in_place); })
            ->Arg(1)
            ->Arg(64)
            ->Unit(benchmark::kMicrosecond);
}

const bool registered = (register_engine_benchmarks(), true);

BENCHMARK_CAPTURE(load, tiny_moe, "tiny-moe")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load, tiny_dense, "tiny-dense")->Unit(benchmark::kMillisecond);

}  // namespace
