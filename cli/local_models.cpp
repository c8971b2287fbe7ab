#include "cli/local_models.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/host/shape_source.h"
#include "core/error.h"
#include "core/model_shape.h"
#include "harness/sha256.h"
#include "providers/local/gguf.h"
#include "providers/local/model_shape.h"
#include "system/files.h"
#include "system/machine.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;

// Measured: with two threads instead of one, models of a few million parameters were 2 to 5 times slower on
// an idle machine and 13 to 20 times on a busy one; one of 124 million active ones was faster.
constexpr std::int64_t kTinyActive = 50'000'000;

bool can_run(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

std::optional<fs::path> in_path(const std::string& name, const Environment& environment) {
  const std::string path = environment.variable("PATH").value_or("");
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const std::string folder = path.substr(at, end - at);
    if (!folder.empty() && can_run(fs::path(folder) / name)) return fs::path(folder) / name;
    at = end + 1;
  }
  return std::nullopt;
}

std::optional<ModelFacts> facts_of_file(const fs::path& file) {
  try {
    return facts_of(find_shape({file.string(), {}}));
  } catch (const Error&) {
    return std::nullopt;  // an architecture that is not known here
  }
}

LocalChoice served(const std::vector<fs::path>& parts, const LocalConfig& config,
                   std::vector<std::string> program, std::string software) {
  LocalChoice choice;
  choice.software = std::move(software);
  choice.facts = facts_of_file(parts.front());
  local::ServerLaunch launch;
  launch.sockets_only = program.size() > 1;
  launch.program = std::move(program);
  launch.model_file = parts.front().string();
  launch.context = config.context;
  launch.threads = config.threads > 0 ? config.threads : default_threads(choice.facts);
  launch.arguments = config.arguments;
  launch.load_timeout = config.load_timeout;
  launch.withheld = config.secret_variables;
  launch.withheld.emplace_back("LLAMA_ARG_*");  // settings that no record of the run would show
  choice.launch = std::move(launch);
  return choice;
}

std::vector<std::string> own_child() {
  std::error_code failed;
  const fs::path self = fs::read_symlink("/proc/self/exe", failed);
  if (failed) throw Error(ErrorKind::internal, "the program does not know where it stands: /proc is missing");
  return {self.string(), "llama-child"};
}

[[noreturn]] void no_server(const std::string& name, const std::string& why) {
  throw Error(ErrorKind::input,
              why.empty() ? fmt::format("{} needs llama.cpp's llama-server, and there is none", name) : why,
              std::string(how_to_get_llama_server()));
}

void require_file(const fs::path& file, const std::string& name) {
  std::error_code ignored;
  if (!fs::exists(file, ignored))
    throw Error(ErrorKind::input, fmt::format("{}: there is no file {}", name, file.string()),
                "name a .gguf file; of a split one, its first part");
}

}  // namespace

std::string_view how_to_get_llama_server() {
  return "llama.cpp has it: brew install llama.cpp, winget, nix or conda-forge (llama.cpp), newer Debian and "
         "Ubuntu (llama.cpp-tools), or a release of github.com/ggml-org/llama.cpp; then put it in PATH or "
         "give "
         "--llama-server (docs/local-models.md)";
}

void refuse_random_weights(const fs::path& file, const std::string& name) {
  require_file(file, name);
  const MappedFile mapped(local::parts_of(file).front());
  if (local::has_random_weights(local::Gguf::parse(mapped.bytes(), name)))
    throw Error(
        ErrorKind::input,
        fmt::format("{}: its weights are random, so it has the shape of a model and no capability to measure",
                    name),
        "its speed is measured by costwar host shape; for a comparison take the model's real weights");
}

namespace {
constexpr std::string_view kNoRepack = "--no-repack";
}

bool keeps_weights_in_place(const LocalConfig& config) {
  return std::find(config.arguments.begin(), config.arguments.end(), kNoRepack) != config.arguments.end();
}

void keep_weights_in_place(LocalConfig& config, bool in_place) {
  std::erase(config.arguments, kNoRepack);
  if (in_place) config.arguments.emplace_back(kNoRepack);
}

bool has_libllama() {
#ifdef COSTWAR_HAS_LIBLLAMA
  return true;
#else
  return false;
#endif
}

int default_threads(const std::optional<ModelFacts>& facts) {
  if (facts && facts->active_parameters <= kTinyActive) return 1;
  return std::max(1, read_machine_facts().logical_cpus);
}

std::optional<fs::path> find_llama_server(const LocalConfig& config, const Environment& environment) {
  const std::string& wanted = config.llama_server;
  if (wanted.empty()) return in_path("llama-server", environment);
  if (wanted.find('/') == std::string::npos) {
    if (auto found = in_path(wanted, environment)) return found;
    throw Error(ErrorKind::input, fmt::format("llama-server: '{}' is not in PATH", wanted),
                std::string(how_to_get_llama_server()));
  }
  if (!can_run(wanted))
    throw Error(ErrorKind::input, fmt::format("llama-server: {} cannot be run", wanted),
                "name an executable file, or leave the setting out to look in PATH");
  return fs::path(wanted);
}

LocalChoice choose_local(const fs::path& file, const std::string& name, const LocalConfig& config,
                         const Environment& environment) {
  require_file(file, name);
  const std::vector<fs::path> parts = local::parts_of(file);
  std::string why;
  if (config.engine == LocalEngine::automatic || config.engine == LocalEngine::builtin) {
    const auto mapped = std::make_shared<const MappedFile>(file);
    // What is no weight file at all is none to llama-server either.
    static_cast<void>(local::Gguf::parse(mapped->bytes(), name));
    try {
      if (parts.size() > 1)
        throw Error(ErrorKind::input, fmt::format("{}: the built-in engine takes no split file", name));
      LocalChoice choice;
      local::EngineOptions options;
      options.threads = static_cast<std::size_t>(config.threads);
      choice.engine = local::Engine::open(mapped, name, options);
      return choice;
    } catch (const Error& error) {
      if (config.engine == LocalEngine::builtin) throw;
      why = error.what();
    }
  }
  if (config.engine == LocalEngine::libllama) {
    if (!has_libllama())
      throw Error(ErrorKind::input, "this costwar was built without llama.cpp's library",
                  "build it where CMake finds llama.cpp (find_package(llama)), or use --engine llama-server");
    return served(parts, config, own_child(), "libllama");
  }
  if (const auto program = find_llama_server(config, environment))
    return served(parts, config, {program->string()}, "llama-server");
  if (config.engine == LocalEngine::automatic && has_libllama())
    return served(parts, config, own_child(), "libllama");
  no_server(name, why);
}

std::string weights_digest(const std::vector<fs::path>& parts) {
  constexpr std::size_t kEdge = std::size_t{1} << 20;
  constexpr std::size_t kSample = 4096;
  constexpr std::size_t kSamples = 256;
  harness::Sha256 hash;
  for (const fs::path& part : parts) {
    const MappedFile file(part);
    const std::string_view bytes(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
    hash.update(fmt::format("{}\n", bytes.size()));
    hash.update(bytes.substr(0, kEdge));
    if (bytes.size() <= kEdge) continue;
    const std::size_t step = bytes.size() / kSamples;
    for (std::size_t i = 0; i < kSamples; ++i) hash.update(bytes.substr(i * step, kSample));
    hash.update(bytes.substr(bytes.size() - std::min(bytes.size(), kEdge)));
  }
  return hash.finish_hex();
}

}  // namespace costwar::cli
