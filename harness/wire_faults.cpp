#include "harness/wire_faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <utility>

#include "core/json.h"
#include "core/suggest.h"

namespace costwar::harness {
namespace {

constexpr std::array<std::pair<std::string_view, TtftRule>, 5> kTtftRules{{
    {"any", TtftRule::any},
    {"payload", TtftRule::payload},
    {"reasoning_first", TtftRule::reasoning_first},
    {"streamed", TtftRule::streamed},
    {"never", TtftRule::never},
}};
constexpr std::array<std::string_view, 4> kOtherApis{"responses", "messages", "completion", "ollama"};
constexpr std::int64_t kLongestWaitMs = 86'400'000;

std::string text(const JsonIn& value) {
  std::string read = value.string();
  if (read.empty()) value.fail("must not be empty");
  return read;
}

TtftRule ttft_rule(const JsonIn& value) {
  const std::string name = value.string();
  for (const auto& [known, rule] : kTtftRules)
    if (known == name) return rule;
  value.fail(fmt::format("'{}' is no rule for the time to first token", name),
             "any, payload, reasoning_first, streamed or never");
}

Outcome outcome(const JsonIn& value) {
  const std::string name = value.string();
  if (const auto known = outcome_by_name(name)) return *known;
  std::vector<std::string> names;
  for (const OutcomeRow& row : outcomes()) names.emplace_back(row.name);
  const auto near = nearest_name(name, std::span<const std::string>(names));
  value.fail(fmt::format("'{}' is no outcome", name), near ? fmt::format("did you mean {}?", *near) : "");
}

WireWait wait(const JsonIn& value) {
  const std::vector<JsonIn> ends = value.elements();
  if (ends.size() != 2) value.fail("expected the least and the most milliseconds");
  const std::int64_t least = ends[0].integer(0, kLongestWaitMs);
  return {milliseconds(least), milliseconds(ends[1].integer(least, kLongestWaitMs))};
}

WireNext next_attempt(const JsonIn& value) {
  value.allow_only({"outcome", "note"});
  return {outcome(value.at("outcome")), value.optional_string("note").value_or("")};
}

// A member that is there, and null where nothing is asked for.
std::optional<std::string> text_or_none(const JsonIn& value, std::string_view key) {
  if (!value.raw().contains(key)) return std::nullopt;
  return value.optional_string(key).value_or("");
}

WireElsewhere elsewhere(const JsonIn& value) {
  value.allow_only({"api", "outcome", "usage_known", "note", "error_code"});
  WireElsewhere read{text(value.at("api"))};
  if (std::find(kOtherApis.begin(), kOtherApis.end(), read.api) == kOtherApis.end())
    value.at("api").fail(fmt::format("'{}' is no other API", read.api),
                         "responses, messages, completion or ollama");
  if (const auto named = value.find("outcome")) read.outcome = outcome(*named);
  if (const auto named = value.find("usage_known")) read.usage_known = named->boolean();
  read.note = text_or_none(value, "note");
  read.error_code = text_or_none(value, "error_code");
  return read;
}

WireMode mode(const JsonIn& value) {
  value.allow_only({"name", "outcome", "text_complete", "usage_known", "note", "ttft", "error_code",
                    "wait_ms", "next", "elsewhere"});
  WireMode read;
  read.name = text(value.at("name"));
  read.outcome = outcome(value.at("outcome"));
  read.text_complete = value.at("text_complete").boolean();
  read.usage_known = value.at("usage_known").boolean();
  read.note = value.optional_string("note").value_or("");
  read.ttft = ttft_rule(value.at("ttft"));
  read.error_code = value.optional_string("error_code").value_or("");
  if (const auto named = value.find("wait_ms")) read.wait = wait(*named);
  if (const auto following = value.find("next")) read.next = next_attempt(*following);
  if (const auto others = value.find("elsewhere"))
    for (const JsonIn& one : others->elements()) read.elsewhere.push_back(elsewhere(one));
  return read;
}

WireVictim victim(const JsonIn& value) {
  value.allow_only({"name", "source"});
  return {text(value.at("name")), value.optional_string("source").value_or("")};
}

WireFault fault(const JsonIn& value, std::int64_t row, std::set<std::string>& names) {
  value.allow_only({"row", "title", "wire", "victims", "required", "modes"});
  WireFault read;
  read.row = static_cast<int>(value.at("row").integer(row, row));
  read.title = text(value.at("title"));
  read.wire = text(value.at("wire"));
  for (const JsonIn& one : value.at("victims").elements()) read.victims.push_back(victim(one));
  read.required = text(value.at("required"));
  for (const JsonIn& one : value.at("modes").elements()) {
    read.modes.push_back(mode(one));
    if (!names.insert(read.modes.back().name).second)
      one.fail(fmt::format("the mode {} is named twice", read.modes.back().name));
  }
  if (read.modes.empty()) value.at("modes").fail("must not be empty");
  return read;
}

}  // namespace

WireMode mode_in(const WireMode& mode, std::string_view api) {
  WireMode there = mode;
  for (const WireElsewhere& other : mode.elsewhere) {
    if (other.api != api) continue;
    there.outcome = other.outcome.value_or(there.outcome);
    there.usage_known = other.usage_known.value_or(there.usage_known);
    there.note = other.note.value_or(there.note);
    there.error_code = other.error_code.value_or(there.error_code);
  }
  return there;
}

std::vector<WireFault> parse_wire_faults(std::string_view json, const std::string& source) {
  const Json document = parse_json(json, source);
  const JsonIn root(document, source);
  root.allow_only({"schema_version", "faults"});
  root.at("schema_version").integer(1, 1);
  std::vector<WireFault> faults;
  std::set<std::string> names;
  std::int64_t row = 0;
  for (const JsonIn& value : root.at("faults").elements()) faults.push_back(fault(value, ++row, names));
  if (faults.empty()) root.at("faults").fail("must not be empty");
  return faults;
}

}  // namespace costwar::harness
