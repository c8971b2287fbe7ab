// RAPL's counters in Linux's powercap tree, for Intel and AMD processors.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <utility>

#include "system/power_meter.h"

namespace costwar {
namespace {

std::optional<std::string> first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

std::optional<std::int64_t> counter(const std::filesystem::path& path) {
  const auto line = first_line(path);
  std::int64_t value = 0;
  if (!line) return std::nullopt;
  const auto parsed = std::from_chars(line->data(), line->data() + line->size(), value);
  if (parsed.ec != std::errc{} || value < 0) return std::nullopt;
  return value;
}

struct Zone {
  std::string name;
  std::filesystem::path energy;
  std::int64_t range = 0;  // where the counter wraps
  std::int64_t last = 0;
};

class RaplMeter final : public PowerMeter {
 public:
  explicit RaplMeter(std::vector<Zone> zones) : zones_(std::move(zones)) {
    std::vector<std::string> names;
    for (const Zone& zone : zones_) names.push_back(zone.name);
    facts_ = {"rapl", fmt::format("{}", fmt::join(names, ", ")), false};
  }
  const PowerFacts& facts() const override { return facts_; }
  std::optional<std::int64_t> microjoules(Mono) override {
    for (Zone& zone : zones_) {
      const auto now = counter(zone.energy);
      if (!now) return std::nullopt;
      total_ += *now >= zone.last ? *now - zone.last : zone.range - zone.last + *now;
      zone.last = *now;
    }
    return total_;
  }

 private:
  std::vector<Zone> zones_;
  std::int64_t total_ = 0;
  PowerFacts facts_;
};

// "intel-rapl:0" is a package and "intel-rapl:0:1" a part of it. A part that is inside the package (core,
// uncore) would be counted twice; memory is beside it. psys, the whole platform, contains packages: it is
// left out where there are any, since not every machine has it. The same tree stands again as
// "intel-rapl-mmio:".
bool is_counted(std::string_view folder, std::string_view name) {
  if (!folder.starts_with("intel-rapl:")) return false;
  return name.starts_with("package") || name == "dram";
}

}  // namespace

std::unique_ptr<PowerMeter> make_rapl_meter(std::string& why, const std::filesystem::path& powercap) {
  std::vector<Zone> zones;
  bool refused = false;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(powercap, error)) {
    const auto name = first_line(entry.path() / "name");
    if (!name || !is_counted(entry.path().filename().string(), *name)) continue;
    Zone zone{*name, entry.path() / "energy_uj", 0, 0};
    const auto now = counter(zone.energy);
    const auto range = counter(entry.path() / "max_energy_range_uj");
    if (!now || !range || *range == 0 || *now > *range) {
      refused = true;
      continue;
    }
    zone.range = *range;
    zone.last = *now;
    zones.push_back(std::move(zone));
  }
  if (zones.empty() || refused) {
    why = refused ? "the processor's energy counters (RAPL) may be read by root alone, or cannot be read"
                  : "this machine shows no energy counters of its processor (RAPL)";
    return nullptr;
  }
  std::sort(zones.begin(), zones.end(), [](const Zone& a, const Zone& b) { return a.energy < b.energy; });
  return std::make_unique<RaplMeter>(std::move(zones));
}

}  // namespace costwar
