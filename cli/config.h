// The configuration: flags over COSTWAR_* variables over costwar.json of the project over
// $XDG_CONFIG_HOME/costwar/config.json over what is built in. It is merged setting by setting, so a project
// that moves one provider keeps what the user said of another; each setting knows where it comes from.
// docs/configuration.md is for people, docs/schema/config.schema.json for editors.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/comparison.h"
#include "analysis/gate_rules.h"
#include "cli/environment.h"
#include "core/json.h"
#include "core/time.h"
#include "providers/registry.h"
#include "system/http.h"

namespace costwar::cli {

// Flags of verbs that use the network.
struct NetworkFlags {
  std::string ca_file;
  std::string proxy;
  bool allow_plain_http = false;
};
void declare_network_flags(CLI::App& app, NetworkFlags& flags);

// Flags of verbs that ask local models.
struct LocalFlags {
  std::string llama_server;
  std::string engine;
};
void declare_local_flags(CLI::App& app, LocalFlags& flags);

enum class LocalEngine : std::uint8_t {
  automatic,  // the built-in engine where it takes the file, else llama-server, else libllama
  builtin,
  llama_server,
  libllama,  // a child of this program, where it was built with llama.cpp's library
};
std::string_view local_engine_name(LocalEngine engine);

// How weight files are served that the built-in engine does not take.
struct LocalConfig {
  std::string llama_server;  // program or path; empty: llama-server of PATH
  LocalEngine engine = LocalEngine::automatic;
  std::int64_t context = 4096;  // tokens of a prompt and its answer
  int threads = 0;              // 0: as the model's size says
  std::vector<std::string> arguments;
  Nanos load_timeout = seconds(600);
  std::vector<std::string> secret_variables;  // of all providers: a program that is started does not get them
};

struct NetworkConfig {
  std::string proxy;    // as HttpOptions::https_proxy
  std::string ca_file;  // as HttpOptions::ca_file
  bool allow_plain_http = false;
  Nanos connect_timeout = seconds(30);
  Nanos idle_timeout = HttpRequest().idle_timeout;
  std::uint64_t max_answer_bytes = std::uint64_t{256} << 20;
};

// Where the joules of this machine come from (docs/energy.md).
struct EnergyConfig {
  std::string source = "auto";  // "auto", "rapl", "nvml", "command", "estimate", "off"
  std::vector<std::string> command;
  std::string command_unit = "watts";  // or "joules"
  std::optional<double> idle_watts;    // both or none
  std::optional<double> active_watts;
  std::vector<std::string> secret_variables;  // as LocalConfig's
  analysis::EnergyFactors factors;
};

struct HeaderConfig {
  std::string name;
  std::string text;  // as written: see header_pieces
};

// A provider as it will be asked: a row of the registry with what the configuration changes, or a new name
// that speaks the API of one.
struct ProviderConfig {
  std::string name;
  const ProviderRow* row = nullptr;  // whose API it speaks
  std::string title;
  std::string base_url;      // empty: in the model's name
  std::string address_from;  // where base_url was set; empty: built in
  std::string key_variable;  // empty: none
  bool key_required = false;
  std::string price_provider;  // whose prices hold; empty: none are known
  std::vector<HeaderConfig> headers;
  std::optional<std::size_t> max_concurrency;
  bool is_new = false;      // no row has this name
  bool configured = false;  // some setting names it
};

// One setting as `costwar config show` prints it; texts as they were written, a proxy without its password.
struct Setting {
  std::string name;  // "network.proxy", "providers.gateway.headers.X-Team"
  Json value;        // null: none
  std::string origin;
};

// The rules of costwar gate, all of one file.
struct GateConfig {
  analysis::GateRules rules;
  std::string origin;  // "costwar.json:12"
  std::vector<Setting> settings;
};

struct Config {
  NetworkConfig network;
  EnergyConfig energy;
  LocalConfig local;
  std::vector<ProviderConfig> providers;  // the registry's rows, then the new names
  std::optional<GateConfig> gate;
  std::vector<Setting> settings;
  std::vector<std::filesystem::path> files;  // that were read, the strongest first

  const ProviderConfig* find_provider(std::string_view name) const;
};

// Error{input} with file and line, variable or flag of what is wrong, and a suggestion.
Config load_config(const Environment& environment, const NetworkFlags& flags = {},
                   const LocalFlags& local = {});

// A flag's word for where energy comes from. Error{input} where that needs more than the configuration has.
void take_energy_source(Config& config, const std::string& source);

// For make_http_transport.
HttpOptions http_options(const NetworkConfig& network);

// Where the files would be; the second is nullopt without HOME and XDG_CONFIG_HOME.
std::filesystem::path project_config_path(const Environment& environment);
std::optional<std::filesystem::path> user_config_path(const Environment& environment);

// A provider's headers with the variables put in, and what must never be shown of them.
struct FilledHeaders {
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> secrets;
};
// Error{credentials} for a variable that is not set (NAME_FILE serves as well, as for keys).
FilledHeaders fill_headers(const ProviderConfig& provider, const Environment& environment);

}  // namespace costwar::cli
