#include "cli/load/objectives.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "cli/catalogue.h"
#include "cli/quantities.h"
#include "core/error.h"
#include "core/json.h"
#include "core/suggest.h"
#include "core/text.h"

namespace costwar::cli {
namespace {

using analysis::ServiceObjectives;

constexpr const char* kObjectivesFile = "service_objectives.json";
constexpr const char* kObjectivesExample =
    "write --slo ttft=2s,tpot=80ms,share=99%, or the name of a set: --slo mlperf/llama2-70b-server";

struct BoundRow {
  std::string_view key;
  std::optional<double> ServiceObjectives::*bound;
};
constexpr std::array<BoundRow, 5> kBounds{{{"ttft", &ServiceObjectives::ttft},
                                           {"ttft_visible", &ServiceObjectives::ttft_visible},
                                           {"tpot", &ServiceObjectives::tpot},
                                           {"e2e", &ServiceObjectives::e2e},
                                           {"gap", &ServiceObjectives::gap}}};
constexpr std::array<std::string_view, 6> kObjectiveKeys{"ttft", "ttft_visible", "tpot",
                                                         "e2e",  "gap",          "share"};

// "99%", "99 %", "0.99".
double share_of_requests(std::string_view text, std::string_view flag) {
  const double share = parse_share(text, fmt::format("{} share", flag));
  if (share <= 0)
    throw Error(ErrorKind::usage, fmt::format("{} share: '{}' asks nothing of any request", flag, text),
                "write share=99% or share=0.99");
  return share;
}

ServiceObjectives published_named(std::string_view name, std::string_view flag) {
  std::vector<std::string> names;
  for (const ServiceObjectives& one : published_objectives()) {
    if (one.name == name) return one;
    names.push_back(one.name);
  }
  const auto nearest = nearest_name(name, std::span<const std::string>(names));
  throw Error(ErrorKind::usage, fmt::format("{}: there is no set of objectives '{}'", flag, name),
              nearest ? fmt::format("did you mean '{}'?", *nearest)
                      : fmt::format("known are {}", fmt::join(names, ", ")));
}

void set_bound(ServiceObjectives& objectives, std::string_view key, std::string_view value,
               std::string_view flag) {
  if (key == "share") {
    objectives.share = share_of_requests(value, flag);
    return;
  }
  const auto* row =
      std::find_if(kBounds.begin(), kBounds.end(), [&](const BoundRow& one) { return one.key == key; });
  if (row == kBounds.end()) {
    const auto nearest = nearest_name(key, std::span<const std::string_view>(kObjectiveKeys));
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' is no objective", flag, key),
                nearest ? fmt::format("did you mean '{}'?", *nearest)
                        : fmt::format("known are {}", fmt::join(kObjectiveKeys, ", ")));
  }
  const Nanos bound = parse_duration(value, fmt::format("{} {}", flag, key));
  if (bound.count <= 0)
    throw Error(ErrorKind::usage, fmt::format("{}: {}={} leaves no time", flag, key, value),
                kObjectivesExample);
  objectives.*(row->bound) = bound.seconds();
}

std::string bound_text(double seconds) {
  const double ms = std::round(seconds * 1e9) / 1e6;
  return std::fmod(ms, 1000) == 0 ? fmt::format("{}s", ms / 1000) : fmt::format("{}ms", ms);
}

std::vector<ServiceObjectives> read_published() {
  const Json json = parse_json(catalogue_file(kObjectivesFile), kObjectivesFile);
  const JsonIn in(json, std::string("catalog/") + kObjectivesFile);
  require_schema(in, 1);
  std::vector<ServiceObjectives> all;
  for (const JsonIn& one : in.at("objectives").elements()) {
    one.allow_only({"id", "ttft_ms", "tpot_ms", "share", "version", "source"});
    ServiceObjectives objectives;
    objectives.name = one.at("id").string();
    objectives.source = fmt::format("{}: {}", one.at("version").string(), one.at("source").string());
    objectives.ttft = one.at("ttft_ms").number() / 1e3;
    objectives.tpot = one.at("tpot_ms").number() / 1e3;
    objectives.share = share_of_requests(one.at("share").string(), kObjectivesFile);
    all.push_back(std::move(objectives));
  }
  return all;
}

}  // namespace

const std::vector<ServiceObjectives>& published_objectives() {
  static const std::vector<ServiceObjectives> kPublished = read_published();
  return kPublished;
}

ServiceObjectives parse_objectives(std::string_view text, std::string_view flag) {
  const std::string_view whole = trimmed(text);
  if (whole.find('=') == std::string_view::npos && whole.find('/') != std::string_view::npos)
    return published_named(whole, flag);
  ServiceObjectives objectives;
  std::vector<std::string> seen;
  for (std::string_view rest = whole;;) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = trimmed(rest.substr(0, comma));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0)
      throw Error(ErrorKind::usage, fmt::format("{}: '{}' is not of the form key=bound", flag, part),
                  kObjectivesExample);
    const std::string key = lowered(trimmed(part.substr(0, equals)));
    if (std::find(seen.begin(), seen.end(), key) != seen.end())
      throw Error(ErrorKind::usage, fmt::format("{}: '{}' stands twice", flag, key), "keep one of them");
    set_bound(objectives, key, trimmed(part.substr(equals + 1)), flag);
    seen.push_back(key);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (!objectives.any())
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' bounds nothing", flag, text), kObjectivesExample);
  return objectives;
}

std::string objectives_text(const ServiceObjectives& objectives) {
  std::string text;
  for (const BoundRow& row : kBounds)
    if (const auto& bound = objectives.*(row.bound))
      text += fmt::format("{}={},", row.key, bound_text(*bound));
  return text + fmt::format("share={:.6g}%", objectives.share * 100);
}

}  // namespace costwar::cli
