#include "cli/config/layers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

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

Nanos duration(const Json& seconds_value) {
  return nanoseconds(static_cast<std::int64_t>(seconds_value.get<double>() * 1e9));
}

std::optional<double> number_or_none(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

constexpr std::array kRows{
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
    constexpr std::array<std::string_view, 5> kSections{"$schema", "network", "energy", "providers", "gate"};
    each("", text_.json, kSections,
         [&](const std::string& key, const Json& value, const std::string& pointer) {
           if (key == "network" || key == "energy") read_settings(key, pointer, value);
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

  void read_settings(const std::string& section, const std::string& pointer, const Json& object) {
    std::vector<std::string_view> known;
    for (const SettingRow& row : kRows)
      if (row.section == section) known.push_back(row.key);
    each(pointer, object, known, [&](const std::string& key, const Json& value, const std::string& member) {
      const auto* row = std::find_if(kRows.begin(), kRows.end(), [&](const SettingRow& candidate) {
        return candidate.section == section && candidate.key == key;
      });
      layers_.set({section, "", key, "", row->check(value, place(member)), place(member)});
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
    layers_.set(
        {"providers", name, "", "", nullptr, place(pointer)});  // so that an empty object names it as well
    each(pointer, section, known, [&](const std::string& key, const Json& value, const std::string& member) {
      if (key == "headers") return read_headers(name, member, value);
      const auto* row = std::find_if(kProviderKeys.begin(), kProviderKeys.end(),
                                     [&](const ProviderKey& candidate) { return candidate.key == key; });
      layers_.set({"providers", name, key, "", row->check(value, place(member)), place(member)});
    });
  }

  void read_headers(const std::string& name, const std::string& pointer, const Json& section) {
    each(pointer, section, {}, [&](const std::string& header, const Json& value, const std::string& member) {
      check_header(header, value, place(member));
      layers_.set({"providers", name, "headers", header, value, place(member)});
    });
  }

  void read_gate(const std::string& pointer, const Json& section) {
    const auto place_of = [this](const std::string& of) { return place(of); };
    GateConfig gate{read_gate_rules(section, pointer, place_of), place(pointer).where, {}};
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
};

}  // namespace

std::span<const SettingRow> setting_rows() {
  return kRows;
}

void Layers::set(Entry entry) {
  const auto same = [&](const Entry& old) {
    return old.section == entry.section && old.provider == entry.provider && old.key == entry.key &&
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
  for (const SettingRow& row : kRows) {
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
    layers.set({std::string(row.section), "", std::string(row.key), "", row.check(value, place), place});
  }
}

void read_flags(const NetworkFlags& flags, const Environment& environment, Layers& layers) {
  const auto place = [&](const char* flag) {
    return Place{flag, ErrorKind::usage, environment.working_directory};
  };
  if (!flags.proxy.empty())
    layers.set({"network", "", "proxy", "", check_proxy(flags.proxy, place("--proxy")), place("--proxy")});
  if (!flags.ca_file.empty())
    layers.set({"network", "", "ca_file", "", check_certificates(flags.ca_file, place("--ca-file")),
                place("--ca-file")});
  if (flags.allow_plain_http)
    layers.set({"network", "", "allow_plain_http", "", true, place("--allow-plain-http")});
}

}  // namespace costwar::cli
