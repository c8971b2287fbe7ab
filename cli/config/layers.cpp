#include "cli/config/layers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "cli/config/node.h"
#include "cli/config/text.h"
#include "cli/gate/rules.h"
#include "core/suggest.h"
#include "core/text.h"
#include "providers/registry.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestConfig = 4u << 20;

constexpr std::array kLocalEngines{LocalEngine::automatic, LocalEngine::builtin, LocalEngine::llama_server,
                                   LocalEngine::libllama};

Nanos duration(const Json& seconds_value) {
  return nanoseconds(static_cast<std::int64_t>(seconds_value.get<double>() * 1e9));
}

LocalEngine engine_named(const std::string& name) {
  for (const LocalEngine engine : kLocalEngines)
    if (local_engine_name(engine) == name) return engine;
  return LocalEngine::automatic;  // checked before
}

Json check_engine(const Json& value, const Place& place) {
  const std::string name = check_text(value, place).get<std::string>();
  std::vector<std::string_view> names;
  for (const LocalEngine engine : kLocalEngines) names.push_back(local_engine_name(engine));
  if (std::find(names.begin(), names.end(), name) != names.end()) return name;
  const auto near = nearest_name(name, std::span<const std::string_view>(names));
  fail(place, fmt::format("there is no engine '{}'", name),
       near ? fmt::format("did you mean \"{}\"?", *near) : fmt::format("one of {}", fmt::join(names, ", ")));
}

std::optional<double> number_or_none(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

constexpr std::array kSettingRows{
    SettingRow{"network", "proxy", check_proxy, "COSTWAR_PROXY", "\"\"",
               [](Config& config, const Json& value) { config.network.proxy = value.get<std::string>(); }},
    SettingRow{"network", "ca_file", check_certificates, "COSTWAR_CA_FILE", "\"\"",
               [](Config& config, const Json& value) { config.network.ca_file = value.get<std::string>(); }},
    SettingRow{
        "network", "allow_plain_http", check_switch, "COSTWAR_ALLOW_PLAIN_HTTP", "false",
        [](Config& config, const Json& value) { config.network.allow_plain_http = value.get<bool>(); }},
    SettingRow{"network", "connect_timeout_s", check_seconds, "", "30",
               [](Config& config, const Json& value) { config.network.connect_timeout = duration(value); }},
    SettingRow{"network", "idle_timeout_s", check_seconds, "", "660",
               [](Config& config, const Json& value) { config.network.idle_timeout = duration(value); }},
    SettingRow{"network", "max_answer_mb", check_megabytes, "", "256",
               [](Config& config, const Json& value) {
                 config.network.max_answer_bytes = value.get<std::uint64_t>() << 20;
               }},
    SettingRow{
        "local", "llama_server", check_program, "COSTWAR_LLAMA_SERVER", "\"\"",
        [](Config& config, const Json& value) { config.local.llama_server = value.get<std::string>(); }},
    SettingRow{"local", "engine", check_engine, "COSTWAR_LOCAL_ENGINE", "\"auto\"",
               [](Config& config, const Json& value) {
                 config.local.engine = engine_named(value.get<std::string>());
               }},
    SettingRow{"local", "context", check_context, "", "4096",
               [](Config& config, const Json& value) { config.local.context = value.get<std::int64_t>(); }},
    SettingRow{"local", "threads", check_threads, "", "0",
               [](Config& config, const Json& value) { config.local.threads = value.get<int>(); }},
    SettingRow{"local", "arguments", check_arguments, "", "[]",
               [](Config& config, const Json& value) {
                 config.local.arguments = value.get<std::vector<std::string>>();
               }},
    SettingRow{"local", "load_timeout_s", check_seconds, "", "600",
               [](Config& config, const Json& value) { config.local.load_timeout = duration(value); }},
    SettingRow{"energy", "source", check_energy_source, "COSTWAR_ENERGY", "\"auto\"",
               [](Config& config, const Json& value) { config.energy.source = value.get<std::string>(); }},
    SettingRow{"energy", "command", check_words, "", "[]",
               [](Config& config, const Json& value) {
                 config.energy.command = value.get<std::vector<std::string>>();
               }},
    SettingRow{
        "energy", "command_unit", check_power_unit, "", "\"watts\"",
        [](Config& config, const Json& value) { config.energy.command_unit = value.get<std::string>(); }},
    SettingRow{"energy", "idle_watts", check_watts, "", "null",
               [](Config& config, const Json& value) { config.energy.idle_watts = number_or_none(value); }},
    SettingRow{"energy", "active_watts", check_watts, "", "null",
               [](Config& config, const Json& value) { config.energy.active_watts = number_or_none(value); }},
    SettingRow{"energy", "pue", check_pue, "", "null",
               [](Config& config, const Json& value) { config.energy.factors.pue = number_or_none(value); }},
    SettingRow{"energy", "carbon_g_per_kwh", check_carbon, "", "null",
               [](Config& config, const Json& value) {
                 config.energy.factors.carbon_g_per_kwh = number_or_none(value);
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
    constexpr std::array<std::string_view, 6> kSections{"$schema", "network",   "local",
                                                        "energy",  "providers", "gate"};
    each("", text_.json, kSections,
         [&](const std::string& key, const Json& value, const std::string& pointer) {
           if (key == "network" || key == "local" || key == "energy") read_section(key, pointer, value);
           if (key == "providers") read_providers(pointer, value);
           if (key == "gate") read_gate(pointer, value);
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
    ConfigNode(object, pointer, places_).each(known, [&](const std::string& key, const ConfigNode& node) {
      use(key, node.json(), node.pointer());
    });
  }

  void read_section(const std::string& name, const std::string& pointer, const Json& section) {
    std::vector<std::string_view> known;
    for (const SettingRow& row : kSettingRows)
      if (row.section == name) known.push_back(row.key);
    each(pointer, section, known, [&](const std::string& key, const Json& value, const std::string& member) {
      const auto* row = std::find_if(
          kSettingRows.begin(), kSettingRows.end(),
          [&](const SettingRow& candidate) { return candidate.section == name && candidate.key == key; });
      layers_.set({"", key, "", row->check(value, place(member)), place(member), name});
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

  void read_gate(const std::string& pointer, const Json& section) {
    GateConfig gate{read_gate_rules(ConfigNode(section, pointer, places_)), place(pointer).where, {}};
    add_settings(gate, "gate", section, pointer);
    layers_.set_gate(std::move(gate));
  }

  // Every value of the section, each with its line.
  void add_settings(GateConfig& gate, const std::string& name, const Json& value,
                    const std::string& pointer) const {
    if (!value.is_object()) return gate.settings.push_back({name, value, place(pointer).where});
    for (const auto& [key, member] : value.items())
      add_settings(gate, name + "." + key, member, below(pointer, key));
  }

  Layers& layers_;
  fs::path folder_;
  std::string name_;
  ConfigText text_;
  Places places_ = [this](const std::string& pointer) { return place(pointer); };
};

}  // namespace

std::string_view local_engine_name(LocalEngine engine) {
  switch (engine) {
    case LocalEngine::automatic:
      return "auto";
    case LocalEngine::builtin:
      return "builtin";
    case LocalEngine::llama_server:
      return "llama-server";
    case LocalEngine::libllama:
      return "libllama";
  }
  return {};
}

std::span<const SettingRow> setting_rows() {
  return kSettingRows;
}

void Layers::set(Entry entry) {
  const auto same = [&](const Entry& old) {
    return old.provider == entry.provider && old.section == entry.section && old.key == entry.key &&
           lowered(old.header) == lowered(entry.header);
  };
  const auto found = std::find_if(entries_.begin(), entries_.end(), same);
  if (found == entries_.end())
    entries_.push_back(std::move(entry));
  else
    *found = std::move(entry);
}

void read_config_file(const fs::path& path, const Environment& environment, Layers& layers) {
  FileReader(path, environment, layers).read();
}

void read_variables(const Environment& environment, Layers& layers) {
  for (const SettingRow& row : kSettingRows) {
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
    layers.set({"", std::string(row.key), "", row.check(value, place), place, std::string(row.section)});
  }
}

void read_flags(const NetworkFlags& flags, const LocalFlags& local, const Environment& environment,
                Layers& layers) {
  const auto set = [&](const char* section, const char* key, const char* flag, Check check,
                       const Json& value) {
    const Place place{flag, ErrorKind::usage, environment.working_directory};
    layers.set({"", key, "", check(value, place), place, section});
  };
  if (!flags.proxy.empty()) set("network", "proxy", "--proxy", check_proxy, flags.proxy);
  if (!flags.ca_file.empty()) set("network", "ca_file", "--ca-file", check_certificates, flags.ca_file);
  if (flags.allow_plain_http) set("network", "allow_plain_http", "--allow-plain-http", check_switch, true);
  if (!local.llama_server.empty())
    set("local", "llama_server", "--llama-server", check_program, local.llama_server);
  if (!local.engine.empty()) set("local", "engine", "--engine", check_engine, local.engine);
}

}  // namespace costwar::cli
