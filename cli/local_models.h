// Which program computes a weight file: the built-in engine, llama.cpp's llama-server, or its library in a
// child of this program; and how that program is started.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/config.h"
#include "cli/environment.h"
#include "core/model_card.h"
#include "providers/local/engine.h"
#include "providers/local/server_command.h"

namespace costwar::cli {

// One of the two is set.
struct LocalChoice {
  std::shared_ptr<local::Engine> engine;
  std::optional<local::ServerLaunch> launch;
  std::string software;             // of a launch: "llama-server", "libllama"
  std::optional<ModelFacts> facts;  // of a launch: what the file's header says; nullopt: nothing that we read
};

// Error{input} for a file that nothing here takes, with what to do about it. `name` is what it is called.
LocalChoice choose_local(const std::filesystem::path& file, const std::string& name,
                         const LocalConfig& config, const Environment& environment);

// Error{input} for a file that `costwar host shape` wrote: its speed can be measured, and an answer of it
// says nothing of the model whose shape it has.
void refuse_random_weights(const std::filesystem::path& file, const std::string& name);

// Whether llama.cpp is told to keep weights as the file has them, and telling it.
bool keeps_weights_in_place(const LocalConfig& config);
void keep_weights_in_place(LocalConfig& config, bool in_place);

// The executable of llama-server: as configured, else of PATH. nullopt: there is none. Error{input} for one
// that is configured and cannot be run.
std::optional<std::filesystem::path> find_llama_server(const LocalConfig& config,
                                                       const Environment& environment);

// The ordinary ways to get one, for hints.
std::string_view how_to_get_llama_server();

// Whether this program was built with llama.cpp's library.
bool has_libllama();

// A digest of the parts of a weight file that tells files apart without reading all of them: sizes, names'
// ends, the first and last MiB, and 256 samples between.
std::string weights_digest(const std::vector<std::filesystem::path>& parts);

// 1 for models whose threads would wait for each other, else the processors of this machine.
int default_threads(const std::optional<ModelFacts>& facts);

}  // namespace costwar::cli
