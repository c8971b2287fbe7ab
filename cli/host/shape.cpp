// costwar host shape: the speed of a model's exact shape on this machine, with random weights.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "cli/exit_code.h"
#include "cli/host/commands.h"
#include "cli/host/shape_source.h"
#include "cli/output.h"
#include "core/error.h"
#include "core/model_tensors.h"
#include "core/text.h"
#include "providers/local/engine.h"
#include "providers/local/random_model.h"
#include "reports/views/shape_run_view.h"
#include "system/files.h"
#include "system/machine.h"
#include "system/memory_speed.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// A model file that is removed with the object unless it is to stay.
class ShapeFile {
 public:
  ShapeFile(fs::path path, bool keep) : path_(std::move(path)), keep_(keep) {}
  ShapeFile(const ShapeFile&) = delete;
  ShapeFile& operator=(const ShapeFile&) = delete;
  ~ShapeFile() {
    std::error_code ignored;
    if (!keep_) fs::remove(path_, ignored);
  }
  const fs::path& path() const { return path_; }

  // Error{input} when the disk has no room for it.
  void write(const local::RandomModel& model) const {
    constexpr std::uint64_t kSpare = std::uint64_t{256} << 20;
    const fs::path folder = fs::absolute(path_).parent_path();
    std::error_code failed;
    const fs::space_info space = fs::space(folder, failed);
    if (failed) throw Error(ErrorKind::input, fmt::format("{}: there is no such folder", folder.string()));
    if (space.available < model.file_bytes() + kSpare)
      throw Error(ErrorKind::input,
                  fmt::format("{}: the file takes {:.1f} GB and {:.1f} GB are free", folder.string(),
                              static_cast<double>(model.file_bytes()) / 1e9,
                              static_cast<double>(space.available) / 1e9),
                  "name a file elsewhere with --file, or fewer layers with --layers");
    AtomicFile file(path_);
    model.write([&](std::string_view piece) { file.write(piece); });
    file.commit();
  }

 private:
  fs::path path_;
  bool keep_;
};

// A model in the engine, timed again and again.
class TimedModel {
 public:
  TimedModel(const fs::path& path, const local::EngineOptions& options, std::size_t prompt_tokens,
             std::size_t tokens) {
    const auto start = std::chrono::steady_clock::now();
    engine_ = local::Engine::open(path, options);
    load_seconds_ = seconds_since(start);
    if (engine_->context() < prompt_tokens + tokens)
      throw Error(ErrorKind::input, fmt::format("the model's longest text is {} tokens", engine_->context()),
                  "ask for fewer with --prompt and --tokens");
    request_.prompt.resize(prompt_tokens);
    request_.max_tokens = tokens;
  }

  const local::Engine& engine() const { return *engine_; }
  double load_seconds() const { return load_seconds_; }

  // Other tokens every time, so that nothing is remembered of the time before. A first time, uncounted, warms
  // caches.
  void once(bool counted) {
    ++times_;
    for (std::size_t i = 0; i < request_.prompt.size(); ++i)
      request_.prompt[i] = static_cast<std::int32_t>((i * 7 + times_ * 31) % 250);
    const local::Generation done = engine_->generate(request_);
    if (done.tokens.size() < 2)
      throw Error(ErrorKind::invalid_measurement, "the random model ended its answer at once",
                  "take another --seed");
    if (!counted) return;
    prompt.push_back(static_cast<double>(done.prompt_tokens) * 1e9 / static_cast<double>(done.prefill_ns));
    generation.push_back(static_cast<double>(done.tokens.size() - 1) * 1e9 /
                         static_cast<double>(done.decode_ns));
  }

  std::vector<double> prompt, generation;  // tokens a second, by repeat

 private:
  std::unique_ptr<local::Engine> engine_;
  local::GenerateRequest request_;
  double load_seconds_ = 0;
  std::size_t times_ = 0;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// A small dense model, large enough not to fit caches, by which the kernel of a format is known.
ModelShape other_shape() {
  ModelShape shape;
  shape.name = "a dense shape of 118 M parameters";
  shape.architecture = "llama";
  shape.width = 1024;
  shape.vocabulary = 4096;
  shape.context_length = 4096;
  LayerShape layer;
  layer.attention.heads = layer.attention.kv_heads = 16;
  layer.attention.key_size = layer.attention.value_size = 64;
  layer.feed_forward = 2816;
  shape.layers.assign(8, layer);
  if (!list_tensors(shape, {}, *part_formats("f16"), "f16"))
    throw Error(ErrorKind::internal, "the shape for the kernel's speed cannot be described");
  shape.name = fmt::format("a dense shape of {:.0f} M parameters",
                           static_cast<double>(count_parameters(shape).total) / 1e6);
  return shape;
}

class HostShape final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("MODEL", model_, "Whose shape: as in costwar host inspect")->required();
    app.add_option("--quant", quant_, "Format of the weights: f32, f16, q8_0, q4_0 (default: q4_0)");
    app.add_option("--layers", layers_, "The first so many layers alone, for models that are too large")
        ->check(CLI::Range(std::size_t{1}, std::size_t{4096}));
    app.add_option("--file", file_, "Where the model file is written, and stays (default: a temporary one)");
    app.add_option("--threads", threads_, "Threads of the engine (default: its own choice)")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1024}));
    app.add_option("--prompt", prompt_, "Tokens of the prompt (default: 128)")
        ->check(CLI::Range(std::size_t{1}, std::size_t{65536}));
    app.add_option("--tokens", tokens_, "Tokens to generate (default: 32)")
        ->check(CLI::Range(std::size_t{2}, std::size_t{65536}));
    app.add_option("--repeat", repeats_, "How often (default: 3)")->check(CLI::Range(1, 1000));
    app.add_option("--layout", layout_,
                   "repacked: a faster copy in memory; in-place: the mapped file (default: auto)");
    app.add_option("--seed", seed_, "Seed of the weights (default: 1)");
    app.add_flag("--write-only", write_only_, "Write the file and measure nothing; needs --file");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const WeightFormat* const format = find_weight_format(quant_);
    if (format == nullptr)
      throw Error(ErrorKind::usage, fmt::format("--quant {}: there is no such format", quant_),
                  "f32, f16, q8_0 and q4_0 can be made");
    const auto layout = chosen_layout();
    if (write_only_ && file_.empty())
      throw Error(ErrorKind::usage, "--write-only would remove the file again",
                  "say where it stays: --file FILE");
    const ModelShape whole = find_shape({model_, {}});
    const local::RandomModel model(local::first_layers(whole, layers_.value_or(SIZE_MAX)), *format, seed_);
    check_memory(model);
    reports::ShapeRun run = describe(whole, model);
    const ShapeFile file(file_.empty() ? temporary("shape") : fs::path(file_), !file_.empty());
    const auto start = std::chrono::steady_clock::now();
    file.write(model);
    run.write_seconds = seconds_since(start);
    if (write_only_) {
      std::fprintf(environment.err, "%s: %.3f GB of random weights in the shape of %s\n", file_.c_str(),
                   static_cast<double>(model.file_bytes()) / 1e9, run.model.c_str());
      return kOk;
    }
    measure(run, model, file.path(), *format, layout);
    emit(reports::shape_run_document(run), output_, environment);
    return kOk;
  }

 private:
  static fs::path temporary(const std::string& name) {
    return fs::temp_directory_path() / fmt::format("costwar-{}-{}.gguf", name, ::getpid());
  }

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

  local::EngineOptions engine_options(local::WeightLayout layout, std::size_t threads) const {
    local::EngineOptions options;
    options.context = prompt_ + tokens_ + 8;
    options.memory_limit = read_machine_facts().memory_bytes.value_or(std::uint64_t{16} << 30) / 10 * 9;
    options.threads = threads;
    options.layout = layout;
    return options;
  }

  void measure(reports::ShapeRun& run, const local::RandomModel& model, const fs::path& path,
               const WeightFormat& format, local::WeightLayout layout) const {
    TimedModel timed(path, engine_options(layout, threads_.value_or(0)), prompt_, tokens_);
    timed.once(false);
    run.peak_memory_bytes = peak_resident_bytes();
    run.load_seconds = timed.load_seconds();
    run.threads = timed.engine().threads();
    const bool in_place = timed.engine().weights_in_place();
    run.layout = in_place ? "in place" : "repacked";

    const local::RandomModel other(other_shape(), format, seed_);
    const ShapeFile other_file(temporary("kernel"), false);
    other_file.write(other);
    const auto same = in_place ? local::WeightLayout::in_place : local::WeightLayout::repacked;
    TimedModel known(other_file.path(), engine_options(same, run.threads), prompt_, tokens_);
    known.once(false);
    // In turn, so that what else the machine does meets both alike.
    for (int repeat = 0; repeat < repeats_; ++repeat) {
      known.once(true);
      timed.once(true);
      run.read_bytes_per_second =
          std::max(run.read_bytes_per_second, measure_read_speed(run.threads, std::size_t{256} << 20, 2));
    }
    compare(run, model, other, timed, known);
  }

  void compare(reports::ShapeRun& run, const local::RandomModel& model, const local::RandomModel& other,
               const TimedModel& timed, const TimedModel& known) const {
    const auto least = [](const std::vector<double>& v) { return *std::min_element(v.begin(), v.end()); };
    const auto most = [](const std::vector<double>& v) { return *std::max_element(v.begin(), v.end()); };
    run.measured = {median(timed.prompt), median(timed.generation)};
    run.slowest = {least(timed.prompt), least(timed.generation)};
    run.fastest = {most(timed.prompt), most(timed.generation)};
    const auto length = static_cast<double>(prompt_);
    run.other_shape = other.shape().name;
    run.kernel_bytes_per_second = weight_bytes_read(other.shape(), 1) * median(known.generation);
    run.kernel_flops =
        prefill_flops(other.shape(), length, LatentForm::absorbed) / length * median(known.prompt);
    run.predicted.generation = std::min(run.read_bytes_per_second, run.kernel_bytes_per_second) /
                               weight_bytes_read(model.shape(), 1);
    run.predicted.prompt = run.kernel_flops / run.prompt_flops_per_token;
    run.load_average = read_machine_facts().load_average_1m.value_or(0);
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
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_host_shape() {
  return std::make_unique<HostShape>();
}

}  // namespace costwar::cli
