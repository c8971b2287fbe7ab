#include "cli/config.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/config/layers.h"
#include "cli/keys.h"
#include "cli/project.h"
#include "cli/version.h"
#include "core/text.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;

std::string setting_name(const Entry& entry) {
  if (entry.provider.empty()) return entry.section + "." + entry.key;
  return fmt::format("providers.{}.{}{}", entry.provider, entry.key,
                     entry.header.empty() ? "" : "." + entry.header);
}

ProviderConfig from_row(const ProviderRow& row) {
  ProviderConfig provider;
  provider.name = row.name;
  provider.row = &row;
  provider.title = row.title;
  provider.base_url = row.base_url;
  provider.key_variable = row.key_variable;
  provider.key_required = row.key_required;
  provider.price_provider = row.price_provider;
  return provider;
}

ProviderConfig& provider_named(std::vector<ProviderConfig>& providers, const std::string& name) {
  const auto found = std::find_if(providers.begin(), providers.end(),
                                  [&](const ProviderConfig& provider) { return provider.name == name; });
  if (found != providers.end()) return *found;
  ProviderConfig& added = providers.emplace_back();
  added.name = name;
  added.is_new = true;
  return added;
}

void apply(const Entry& entry, ProviderConfig& provider) {
  provider.configured = true;
  if (entry.key == "like") provider.row = find_provider_row(entry.value.get<std::string>());
  if (entry.key == "base_url") {
    if (provider.row != nullptr && !provider.is_new && provider.row->base_url.empty())
      fail(entry.place, fmt::format("the address of '{}' stands in the model's name", provider.name),
           "give a provider of your own the address: \"gateway\": {\"like\": \"http\", \"base_url\": ...}");
    provider.base_url = entry.value.get<std::string>();
    provider.address_from = entry.place.where;
  }
  if (entry.key == "key_variable") {
    provider.key_variable = entry.value.get<std::string>();
    provider.key_required = !provider.key_variable.empty();
  }
  if (entry.key == "price_provider") provider.price_provider = entry.value.get<std::string>();
  if (entry.key == "max_concurrency") provider.max_concurrency = entry.value.get<std::size_t>();
  if (entry.key == "headers") provider.headers.push_back({entry.header, entry.value.get<std::string>()});
}

// A header of the configuration may carry the key instead.
bool carries_key(const HeaderConfig& header) {
  const std::string name = lowered(header.name);
  return name == "authorization" || name == "x-api-key";
}

bool has_no_value(const Json& value) {
  return value.is_string() ? value.get_ref<const std::string&>().empty() : value.is_array() && value.empty();
}

std::vector<ProviderConfig> make_providers(const std::vector<Entry>& entries) {
  std::vector<ProviderConfig> providers;
  for (const ProviderRow& row : provider_rows()) providers.push_back(from_row(row));
  for (const Entry& entry : entries)
    if (!entry.provider.empty()) apply(entry, provider_named(providers, entry.provider));
  for (const Entry& entry : entries) {
    if (entry.provider.empty() || !entry.key.empty()) continue;
    ProviderConfig& provider = provider_named(providers, entry.provider);
    if (provider.row == nullptr)
      fail(entry.place, fmt::format("'{}' does not say whose API it speaks", provider.name),
           "add \"like\": \"openai\" or another provider that costwar knows; \"http\" is any server with "
           "OpenAI's chat API");
    if (provider.is_new && provider.base_url.empty()) provider.base_url = provider.row->base_url;
    if (provider.base_url.empty() && provider.is_new)
      fail(entry.place, fmt::format("'{}' has no address", provider.name),
           "add \"base_url\": \"https://HOST/v1\"");
    if (provider.is_new) provider.title = fmt::format("the API of {}", provider.row->title);
  }
  for (ProviderConfig& provider : providers)
    if (std::any_of(provider.headers.begin(), provider.headers.end(), carries_key))
      provider.key_required = false;
  return providers;
}

Setting as_setting(const Entry& entry) {
  Setting setting{setting_name(entry), entry.value, entry.place.where};
  if (entry.section == "network" && entry.key == "proxy")
    setting.value = without_credentials(entry.value.get<std::string>());
  if (has_no_value(setting.value)) setting.value = nullptr;
  return setting;
}

// Settings of energy that need each other.
void require_whole(const EnergyConfig& energy) {
  const bool watts = energy.idle_watts && energy.active_watts;
  const bool one = energy.idle_watts || energy.active_watts;
  if (one && !watts)
    throw Error(ErrorKind::input, "of idle and active power only one is given",
                "give both: \"energy\": {\"idle_watts\": 40, \"active_watts\": 95}");
  if (watts && *energy.active_watts < *energy.idle_watts)
    throw Error(ErrorKind::input, "the active power is less than the idle power",
                "energy.active_watts is what the machine draws while it computes");
  if (energy.source == "estimate" && !watts)
    throw Error(ErrorKind::input, "energy cannot be estimated without the machine's power",
                "give energy.idle_watts and energy.active_watts");
  if (energy.source == "command" && energy.command.empty())
    throw Error(ErrorKind::input, "there is no command to read the power with",
                "give energy.command: a program and its arguments as a list");
}

}  // namespace

void declare_network_flags(CLI::App& app, NetworkFlags& flags) {
  app.add_option("--ca-file", flags.ca_file,
                 "Certificates to trust instead of the system's (also: COSTWAR_CA_FILE, costwar.json)")
      ->type_name("PEM");
  app.add_option("--proxy", flags.proxy,
                 "Proxy for https, http://HOST:PORT, or none (also: COSTWAR_PROXY, costwar.json)")
      ->type_name("URL");
  app.add_flag("--allow-plain-http", flags.allow_plain_http,
               "Also use http to other machines: keys and prompts travel in the clear");
}

void declare_local_flags(CLI::App& app, LocalFlags& flags) {
  app.add_option("--llama-server", flags.llama_server,
                 "llama.cpp's server for .gguf files (also: COSTWAR_LLAMA_SERVER, costwar.json, PATH)")
      ->type_name("PROGRAM");
  app.add_option(
         "--engine", flags.engine,
         "What computes .gguf files: auto, builtin, llama-server, libllama (also: COSTWAR_LOCAL_ENGINE)")
      ->type_name("NAME");
}

fs::path project_config_path(const Environment& environment) {
  return project_folder(environment) / "costwar.json";
}

std::optional<fs::path> user_config_path(const Environment& environment) {
  if (const auto folder = environment.variable("XDG_CONFIG_HOME"))
    return fs::path(*folder) / "costwar/config.json";
  if (const auto home = environment.variable("HOME")) return fs::path(*home) / ".config/costwar/config.json";
  return std::nullopt;
}

namespace {

// Where keys and the secrets of headers stand.
std::vector<std::string> secret_variables(const std::vector<ProviderConfig>& providers) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    names.push_back(name);
    names.push_back(name + "_FILE");
  };
  for (const ProviderConfig& provider : providers) {
    if (!provider.key_variable.empty()) add(provider.key_variable);
    for (const HeaderConfig& header : provider.headers)
      for (const HeaderPiece& piece : header_pieces(header.text))
        if (piece.is_variable) add(piece.text);
  }
  return names;
}

}  // namespace

Config load_config(const Environment& environment, const NetworkFlags& flags, const LocalFlags& local) {
  Config config;
  Layers layers;
  for (const SettingRow& row : setting_rows())
    layers.set({"",
                std::string(row.key),
                "",
                Json::parse(row.built_in),
                {"built-in", ErrorKind::input, {}},
                std::string(row.section)});
  const auto read = [&](const std::optional<fs::path>& path) {
    std::error_code ignored;
    if (!path || !fs::exists(*path, ignored)) return;
    read_config_file(*path, environment, layers);
    config.files.insert(config.files.begin(), *path);
  };
  read(user_config_path(environment));
  read(project_config_path(environment));
  read_variables(environment, layers);
  read_flags(flags, local, environment, layers);

  config.providers = make_providers(layers.entries());
  for (const Entry& entry : layers.entries()) {
    for (const SettingRow& row : setting_rows())
      if (entry.provider.empty() && row.section == entry.section && row.key == entry.key)
        row.take(config, entry.value);
    if (!entry.key.empty()) config.settings.push_back(as_setting(entry));
  }
  require_whole(config.energy);
  config.energy.secret_variables = config.local.secret_variables = secret_variables(config.providers);
  config.gate = layers.gate();
  if (config.gate)
    config.settings.insert(config.settings.end(), config.gate->settings.begin(), config.gate->settings.end());
  return config;
}

void take_energy_source(Config& config, const std::string& source) {
  config.energy.source = source;
  require_whole(config.energy);
}

const ProviderConfig* Config::find_provider(std::string_view name) const {
  const auto found = std::find_if(providers.begin(), providers.end(),
                                  [&](const ProviderConfig& provider) { return provider.name == name; });
  return found == providers.end() ? nullptr : &*found;
}

HttpOptions http_options(const NetworkConfig& network) {
  HttpOptions options;
  options.user_agent = fmt::format("costwar/{}", kVersion);
  options.https_proxy = network.proxy;
  options.ca_file = network.ca_file;
  options.allow_plain_http = network.allow_plain_http;
  return options;
}

FilledHeaders fill_headers(const ProviderConfig& provider, const Environment& environment) {
  FilledHeaders filled;
  for (const HeaderConfig& header : provider.headers) {
    std::string value;
    bool has_variable = false;
    for (const HeaderPiece& piece : header_pieces(header.text)) {
      if (!piece.is_variable) {
        value += piece.text;
        continue;
      }
      const auto text = find_header_text(environment, piece.text);
      if (!text)
        throw Error(ErrorKind::credentials,
                    fmt::format("the header {} of {} needs {}, which is not set", header.name, provider.name,
                                piece.text),
                    fmt::format("set {0}, or {0}_FILE to a file that holds it", piece.text));
      value += *text;
      filled.secrets.push_back(*text);
      has_variable = true;
    }
    if (has_variable) filled.secrets.push_back(value);
    filled.headers.emplace_back(header.name, std::move(value));
  }
  return filled;
}

}  // namespace costwar::cli
