// The configuration while it is being gathered: values with their places, layer by layer from the weakest to
// the strongest. Files, variables and flags each fill it here; what the values mean together is
// cli/config.h's.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config.h"
#include "cli/config/checks.h"
#include "cli/environment.h"
#include "core/json.h"

namespace costwar::cli {

using Check = Json (*)(const Json&, const Place&);

// A setting of a section that has a fixed set of them.
struct SettingRow {
  std::string_view section;  // "network", "local", "energy"
  std::string_view key;
  Check check;
  std::string_view variable;  // of the environment; empty: none
  std::string_view built_in;  // JSON
  void (*take)(Config&, const Json&);
};
std::span<const SettingRow> setting_rows();

// A value with its place. Either `provider` or `section` is empty; `header` for what is no header.
struct Entry {
  std::string provider;
  std::string key;
  std::string header;
  Json value;
  Place place;
  std::string section{};
};

// A later value takes an earlier one's place.
class Layers {
 public:
  void set(Entry entry);
  const std::vector<Entry>& entries() const { return entries_; }

  // Rules are one setting: those of a stronger file stand alone.
  void set_gate(GateConfig gate) { gate_ = std::move(gate); }
  const std::optional<GateConfig>& gate() const { return gate_; }

 private:
  std::vector<Entry> entries_;
  std::optional<GateConfig> gate_;
};

// Each Error names the file and line, variable or flag.
void read_config_file(const std::filesystem::path& path, const Environment& environment, Layers& layers);
void read_variables(const Environment& environment, Layers& layers);
void read_flags(const NetworkFlags& flags, const LocalFlags& local, const Environment& environment,
                Layers& layers);

}  // namespace costwar::cli
