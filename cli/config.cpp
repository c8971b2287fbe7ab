#include "cli/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "cli/config/checks.h"
#include "cli/config/text.h"
#include "cli/keys.h"
#include "cli/project.h"
#include "cli/version.h"
#include "core/suggest.h"
#include "core/text.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestConfig = 4u << 20;

using Check = Json (*)(const Json&, const Place&);

struct NetworkRow {
  std::string_view key;
  Check check;
  std::string_view variable;  // of the environment; empty: none
  std::string_view built_in;  // JSON
  void (*take)(NetworkConfig&, const Json&);
};

Nanos duration(const Json& seconds_value) {
  return nanoseconds(static_cast<std::int64_t>(seconds_value.get<double>() * 1e9));
}

constexpr std::array kNetworkRows{
    NetworkRow{"proxy", check_proxy, "COSTWAR_PROXY", "\"\"",
               [](NetworkConfig& network, const Json& value) { network.proxy = value.get<std::string>(); }},
    NetworkRow{"ca_file", check_certificates, "COSTWAR_CA_FILE", "\"\"",
               [](NetworkConfig& network, const Json& value) { network.ca_file = value.get<std::string>(); }},
    NetworkRow{
        "allow_plain_http", check_switch, "COSTWAR_ALLOW_PLAIN_HTTP", "false",
        [](NetworkConfig& network, const Json& value) { network.allow_plain_http = value.get<bool>(); }},
    NetworkRow{"connect_timeout_s", check_seconds, "", "30",
               [](NetworkConfig& network, const Json& value) { network.connect_timeout = duration(value); }},
    NetworkRow{"idle_timeout_s", check_seconds, "", "660",
               [](NetworkConfig& network, const Json& value) { network.idle_timeout = duration(value); }},
    NetworkRow{"max_answer_mb", check_megabytes, "", "256",
               [](NetworkConfig& network, const Json& value) {
                 network.max_answer_bytes = value.get<std::uint64_t>() << 20;
               }},
};

Json check_row(const Json& value, const Place& place) {
  const Json name = check_text(value, place);
  if (find_provider_row(name.get<std::string>()) != nullptr) return name;
  std::vector<std::string_view> names;
  for (const ProviderRow& row : provider_rows()) names.push_back(row.name);
  const auto near = nearest_name(name.get<std::string>(), std::span<const std::string_view>(names));
  fail(place, fmt::format("there is no provider '{}'", name.get<std::string>()),
       near ? fmt::format("did you mean \"{}\"?", *near) : fmt::format("one of {}", fmt::join(names, ", ")));
}

// Settings of a provider but its headers.
struct ProviderKey {
  std::string_view key;
  Check check;
};
constexpr std::array kProviderKeys{
    ProviderKey{"like", check_row},
    ProviderKey{"base_url", check_address},
    ProviderKey{"key_variable", check_variable},
    ProviderKey{"price_provider", check_text},
    ProviderKey{"max_concurrency", check_concurrency},
};

// A value with its place. `provider` is empty for the network, `header` for what is no header.
struct Entry {
  std::string provider;
  std::string key;
  std::string header;
  Json value;
  Place place;
};

std::string setting_name(const Entry& entry) {
  if (entry.provider.empty()) return "network." + entry.key;
  return fmt::format("providers.{}.{}{}", entry.provider, entry.key,
                     entry.header.empty() ? "" : "." + entry.header);
}

// The layers, from the weakest to the strongest: a later value takes an earlier one's place.
class Layers {
 public:
  void set(Entry entry) {
    const auto same = [&](const Entry& old) {
      return old.provider == entry.provider && old.key == entry.key &&
             lowered(old.header) == lowered(entry.header);
    };
    const auto found = std::find_if(entries_.begin(), entries_.end(), same);
    if (found == entries_.end())
      entries_.push_back(std::move(entry));
    else
      *found = std::move(entry);
  }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

// One configuration file into the layers.
class FileReader {
 public:
  FileReader(const fs::path& path, const Environment& environment, Layers& layers)
      : layers_(layers), folder_(path.parent_path()) {
    const fs::path near = path.lexically_relative(environment.working_directory);
    name_ = near.empty() || near.string().starts_with("..") ? path.string() : near.string();
    text_ = parse_config_text(read_file(path, kLargestConfig), name_);
  }

  void read() {
    constexpr std::array<std::string_view, 3> kSections{"$schema", "network", "providers"};
    each("", text_.json, kSections,
         [&](const std::string& key, const Json& value, const std::string& pointer) {
           if (key == "network") read_network(pointer, value);
           if (key == "providers") read_providers(pointer, value);
         });
  }

 private:
  Place place(const std::string& pointer) const {
    const auto line = text_.lines.find(pointer);
    return {fmt::format("{}:{}", name_, line == text_.lines.end() ? 1 : line->second), ErrorKind::input,
            folder_};
  }

  static std::string below(const std::string& pointer, const std::string& key) {
    return (Json::json_pointer(pointer) / key).to_string();
  }

  // Members of an object, each of a known name (any, where none is listed).
  template <typename Use>
  void each(const std::string& pointer, const Json& object, std::span<const std::string_view> known,
            Use use) {
    if (!object.is_object()) fail(place(pointer), "expected an object", "write { ... }");
    for (const auto& [key, value] : object.items()) {
      const std::string member = below(pointer, key);
      if (!known.empty() && std::find(known.begin(), known.end(), key) == known.end()) {
        const auto near = nearest_name(key, known);
        fail(place(member), fmt::format("\"{}\" is not known here", key),
             near ? fmt::format("did you mean \"{}\"?", *near)
                  : fmt::format("known are {}", fmt::join(known, ", ")));
      }
      use(key, value, member);
    }
  }

  void read_network(const std::string& pointer, const Json& section) {
    std::vector<std::string_view> known;
    for (const NetworkRow& row : kNetworkRows) known.push_back(row.key);
    each(pointer, section, known, [&](const std::string& key, const Json& value, const std::string& member) {
      const auto* row = std::find_if(kNetworkRows.begin(), kNetworkRows.end(),
                                     [&](const NetworkRow& candidate) { return candidate.key == key; });
      layers_.set({"", key, "", row->check(value, place(member)), place(member)});
    });
  }

  void read_providers(const std::string& pointer, const Json& section) {
    each(pointer, section, {}, [&](const std::string& name, const Json& value, const std::string& member) {
      check_name(name, place(member));
      read_provider(name, member, value);
    });
  }

  static void check_name(const std::string& name, const Place& where) {
    const bool good = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
    if (!good) fail(where, "this is no name of a provider", "it has small letters, digits, '-', '_' and '.'");
    if (name == "local" || name == "replay")
      fail(where, fmt::format("'{}' is costwar's own", name), "take another name");
  }

  void read_provider(const std::string& name, const std::string& pointer, const Json& section) {
    std::vector<std::string_view> known;
    for (const ProviderKey& row : kProviderKeys) known.push_back(row.key);
    known.push_back("headers");
    layers_.set({name, "", "", nullptr, place(pointer)});  // so that an empty object names it as well
    each(pointer, section, known, [&](const std::string& key, const Json& value, const std::string& member) {
      if (key == "headers") return read_headers(name, member, value);
      const auto* row = std::find_if(kProviderKeys.begin(), kProviderKeys.end(),
                                     [&](const ProviderKey& candidate) { return candidate.key == key; });
      layers_.set({name, key, "", row->check(value, place(member)), place(member)});
    });
  }

  void read_headers(const std::string& name, const std::string& pointer, const Json& section) {
    each(pointer, section, {}, [&](const std::string& header, const Json& value, const std::string& member) {
      check_header(header, value, place(member));
      layers_.set({name, "headers", header, value, place(member)});
    });
  }

  Layers& layers_;
  fs::path folder_;
  std::string name_;
  ConfigText text_;
};

void read_variables(const Environment& environment, Layers& layers) {
  for (const NetworkRow& row : kNetworkRows) {
    if (row.variable.empty()) continue;
    const std::string name(row.variable);
    const auto text = environment.variable(name);
    if (!text) continue;
    const Place place{name, ErrorKind::input, environment.working_directory, true};
    Json value = *text;
    if (row.check == check_switch) {
      if (*text != "1" && *text != "0" && *text != "true" && *text != "false")
        fail(place, fmt::format("'{}' is neither 1 nor 0", *text), "set it to 1 or 0");
      value = *text == "1" || *text == "true";
    }
    layers.set({"", std::string(row.key), "", row.check(value, place), place});
  }
}

void read_flags(const NetworkFlags& flags, const Environment& environment, Layers& layers) {
  const auto place = [&](const char* flag) {
    return Place{flag, ErrorKind::usage, environment.working_directory};
  };
  if (!flags.proxy.empty())
    layers.set({"", "proxy", "", check_proxy(flags.proxy, place("--proxy")), place("--proxy")});
  if (!flags.ca_file.empty())
    layers.set(
        {"", "ca_file", "", check_certificates(flags.ca_file, place("--ca-file")), place("--ca-file")});
  if (flags.allow_plain_http) layers.set({"", "allow_plain_http", "", true, place("--allow-plain-http")});
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
  if (entry.provider.empty() && entry.key == "proxy")
    setting.value = without_credentials(entry.value.get<std::string>());
  if (setting.value.is_string() && setting.value.get<std::string>().empty()) setting.value = nullptr;
  return setting;
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

fs::path project_config_path(const Environment& environment) {
  return project_folder(environment) / "costwar.json";
}

std::optional<fs::path> user_config_path(const Environment& environment) {
  if (const auto folder = environment.variable("XDG_CONFIG_HOME"))
    return fs::path(*folder) / "costwar/config.json";
  if (const auto home = environment.variable("HOME")) return fs::path(*home) / ".config/costwar/config.json";
  return std::nullopt;
}

Config load_config(const Environment& environment, const NetworkFlags& flags) {
  Config config;
  Layers layers;
  for (const NetworkRow& row : kNetworkRows)
    layers.set({"", std::string(row.key), "", Json::parse(row.built_in), {"built-in", ErrorKind::input, {}}});
  const auto read = [&](const std::optional<fs::path>& path) {
    std::error_code ignored;
    if (!path || !fs::exists(*path, ignored)) return;
    FileReader(*path, environment, layers).read();
    config.files.insert(config.files.begin(), *path);
  };
  read(user_config_path(environment));
  read(project_config_path(environment));
  read_variables(environment, layers);
  read_flags(flags, environment, layers);

  config.providers = make_providers(layers.entries());
  for (const Entry& entry : layers.entries()) {
    for (const NetworkRow& row : kNetworkRows)
      if (entry.provider.empty() && row.key == entry.key) row.take(config.network, entry.value);
    if (!entry.key.empty()) config.settings.push_back(as_setting(entry));
  }
  return config;
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
