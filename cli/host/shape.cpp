// costwar host shape: the speed of a model's exact shape on this machine, with random weights.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/host/commands.h"
#include "cli/host/kernel_speed.h"
#include "cli/host/shape_file.h"
#include "cli/host/shape_source.h"
#include "cli/host/timed_shape.h"
#include "cli/local_models.h"
#include "cli/output.h"
#include "core/error.h"
#include "core/model_tensors.h"
#include "core/text.h"
#include "providers/local/random_model.h"
#include "reports/views/shape_run_view.h"
#include "system/machine.h"
#include "system/memory_speed.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

class HostShape final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("MODEL", model_, "Whose shape: as in costwar host inspect")->required();
    app.add_option("--quant", quant_, "Format of the weights: f32, f16, q8_0, q4_0 (default: q4_0)");
    app.add_option("--layers", layers_, "The first so many layers alone, for models that are too large")
        ->check(CLI::Range(std::size_t{1}, std::size_t{4096}));
    app.add_option("--file", file_, "Where the model file is written, and stays (default: a temporary one)");
    app.add_option("--threads", threads_, "Threads that compute (default: what the model's size suggests)")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1024}));
    app.add_option("--prompt", prompt_, "Tokens of the prompt (default: 128)")
        ->check(CLI::Range(std::size_t{1}, std::size_t{65536}));
    app.add_option("--tokens", tokens_, "Tokens to generate (default: 32)")
        ->check(CLI::Range(std::size_t{2}, std::size_t{65536}));
    app.add_option("--repeat", repeats_, "How often (default: 3)")->check(CLI::Range(1, 1000));
    app.add_option("--layout", layout_,
                   "repacked: a faster copy in memory; in-place: the mapped file (default: auto)");
    declare_local_flags(app, local_);
    app.add_option("--seed", seed_, "Seed of the weights (default: 1)");
    app.add_flag("--write-only", write_only_, "Write the file and measure nothing; needs --file");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    config_ = load_config(environment, {}, local_);
    const WeightFormat* const format = find_weight_format(quant_);
    if (format == nullptr)
      throw Error(ErrorKind::usage, fmt::format("--quant {}: there is no such format", quant_),
                  "f32, f16, q8_0 and q4_0 can be made");
    const auto layout = chosen_layout();
    if (write_only_ && file_.empty())
      throw Error(ErrorKind::usage, "--write-only would remove the file again",
                  "say where it stays: --file FILE");
    const ModelShape whole = find_shape({model_, {}});
    if (in_llama()) check_llama_reads(whole);
    const local::RandomModel model(local::first_layers(whole, layers_.value_or(SIZE_MAX)), *format, seed_);
    check_memory(model);
    reports::ShapeRun run = describe(whole, model);
    const ShapeFile file(file_.empty() ? temporary_shape_path("shape") : fs::path(file_), !file_.empty());
    const auto start = std::chrono::steady_clock::now();
    file.write(model);
    run.write_seconds = seconds_since(start);
    if (write_only_) {
      std::fprintf(environment.err, "%s: %.3f GB of random weights in the shape of %s\n", file_.c_str(),
                   static_cast<double>(model.file_bytes()) / 1e9, run.model.c_str());
      return kOk;
    }
    measure(run, model, file.path(), *format, layout, environment);
    emit(reports::shape_run_document(run), output_, environment);
    return kOk;
  }

 private:
  local::WeightLayout chosen_layout() const {
    const std::string name = lowered(layout_);
    if (name == "auto") return local::WeightLayout::automatic;
    if (name == "repacked") return local::WeightLayout::repacked;
    if (name == "in-place") return local::WeightLayout::in_place;
    throw Error(ErrorKind::usage, fmt::format("--layout {}: there is no such layout", layout_),
                "auto, repacked or in-place");
  }

  static void check_memory(const local::RandomModel& model) {
    const auto memory = read_machine_facts().memory_bytes;
    if (memory && model.file_bytes() > *memory)
      throw Error(ErrorKind::input,
                  fmt::format("{}: the weights take {:.1f} GB, this machine has {:.1f} GB of memory",
                              model.shape().name, static_cast<double>(model.file_bytes()) / 1e9,
                              static_cast<double>(*memory) / 1e9),
                  "take fewer layers: --layers N");
  }

  reports::ShapeRun describe(const ModelShape& whole, const local::RandomModel& model) const {
    reports::ShapeRun run;
    run.model = whole.name.empty() ? model_ : whole.name;
    run.file = file_;
    run.weights = model.shape().weights;
    run.layers = model.shape().layers.size();
    run.all_layers = whole.layers.size();
    run.file_bytes = model.file_bytes();
    const ParameterCounts counts = count_parameters(model.shape());
    run.total_parameters = counts.total;
    run.active_parameters = counts.active;
    run.prompt_tokens = prompt_;
    run.generated_tokens = tokens_;
    run.repeats = repeats_;
    run.bytes_per_token = weight_bytes_read(model.shape(), 1);
    run.prompt_flops_per_token =
        prefill_flops(model.shape(), static_cast<double>(prompt_), LatentForm::absorbed) /
        static_cast<double>(prompt_);
    return run;
  }

  bool in_llama() const {
    return config_.local.engine == LocalEngine::llama_server || config_.local.engine == LocalEngine::libllama;
  }

  // llama.cpp knows that there are no compressed queries (V2-Lite) by the number of layers alone
  // (src/models/deepseek2.cpp, is_lite).
  void check_llama_reads(const ModelShape& whole) const {
    const AttentionShape& attention = whole.layers.front().attention;
    if (attention.kind == AttentionKind::grouped || attention.query_rank > 0) return;
    if (layers_.value_or(SIZE_MAX) < whole.layers.size())
      throw Error(ErrorKind::usage,
                  fmt::format("--layers {}: llama.cpp takes the shape of {} with all its {} layers alone",
                              *layers_, whole.name, whole.layers.size()),
                  "leave --layers out, or take --engine builtin");
  }

  // auto is the built-in engine, which takes every file that can be written here.
  std::unique_ptr<TimedShape> open(const fs::path& file, local::WeightLayout layout, std::size_t threads,
                                   const Environment& environment) const {
    const std::size_t context = prompt_ + tokens_ + 8;
    if (in_llama()) {
      LocalConfig config = config_.local;
      config.context = static_cast<std::int64_t>(context);
      config.threads = static_cast<int>(threads);
      if (layout != local::WeightLayout::automatic)
        keep_weights_in_place(config, layout == local::WeightLayout::in_place);
      return time_in_llama(file, config, environment);
    }
    local::EngineOptions options;
    options.context = context;
    options.memory_limit = read_machine_facts().memory_bytes.value_or(std::uint64_t{16} << 30) / 10 * 9;
    options.threads = threads;
    options.layout = layout;
    return time_in_engine(file, options);
  }

  void measure(reports::ShapeRun& run, const local::RandomModel& model, const fs::path& path,
               const WeightFormat& format, local::WeightLayout layout, const Environment& environment) const {
    const auto timed =
        open(path, layout, threads_.value_or(static_cast<std::size_t>(config_.local.threads)), environment);
    static_cast<void>(timed->call(prompt_, tokens_));  // warms caches
    run.peak_memory_bytes = timed->peak_memory_bytes();
    run.load_seconds = timed->load_seconds();
    run.software = timed->software();
    run.threads = timed->threads();
    run.layout = timed->in_place() ? "in place" : "repacked";

    const auto same = timed->in_place() ? local::WeightLayout::in_place : local::WeightLayout::repacked;
    KernelProbe probe(model.shape(), format, seed_, prompt_, tokens_,
                      [&](const fs::path& file) { return open(file, same, run.threads, environment); });
    std::vector<double> prompt, generation;
    // In turn, so that what else the machine does meets all alike.
    for (int repeat = 0; repeat < repeats_; ++repeat) {
      probe.measure();
      const CallSpeed speed = timed->call(prompt_, tokens_);
      prompt.push_back(speed.prompt);
      generation.push_back(speed.generation);
      run.read_bytes_per_second =
          std::max(run.read_bytes_per_second, measure_read_speed(run.threads, std::size_t{256} << 20, 2));
    }
    run.load_average = read_machine_facts().load_average_1m.value_or(0);
    const auto [slowest_prompt, fastest_prompt] = std::minmax_element(prompt.begin(), prompt.end());
    const auto [slowest, fastest] = std::minmax_element(generation.begin(), generation.end());
    run.measured = {median_of(prompt), median_of(generation)};
    run.slowest = {*slowest_prompt, *slowest};
    run.fastest = {*fastest_prompt, *fastest};
    const KernelSpeed kernel = probe.speed();
    run.dense_shape = probe.dense_name();
    run.mixture_shape = probe.mixture_name();
    run.kernel_bytes_per_second = kernel.bytes_per_second;
    run.kernel_flops = kernel.flops;
    run.expert_kernel_flops = kernel.expert_flops;
    const CallSpeed predicted = predict_speed(model.shape(), kernel, run.read_bytes_per_second, prompt_);
    run.predicted = {predicted.prompt, predicted.generation};
    std::string why;
    if (const auto energy = measure_token_energy(*timed, config_.energy, tokens_, repeats_, why)) {
      run.joules_per_token = energy->joules;
      run.energy_from =
          energy->estimated ? "time x the watts that were given" : "measured by " + energy->source;
    } else {
      run.energy_from = "no meter: " + why;
    }
  }

  std::string model_;
  std::string quant_ = "q4_0";
  std::string file_;
  std::string layout_ = "auto";
  std::optional<std::size_t> layers_;
  std::optional<std::size_t> threads_;
  std::size_t prompt_ = 128;
  std::size_t tokens_ = 32;
  int repeats_ = 3;
  std::uint64_t seed_ = 1;
  bool write_only_ = false;
  LocalFlags local_;
  OutputFlags output_;
  Config config_;
};

}  // namespace

std::unique_ptr<Verb> make_host_shape() {
  return std::make_unique<HostShape>();
}

}  // namespace costwar::cli
