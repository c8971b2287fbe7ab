// JSON Lines of run rows: to_json_line and parse_run_row of core/run.h.

#include <fmt/format.h>

#include "core/error.h"
#include "core/json_fields.h"
#include "core/run.h"
#include "core/run_json.h"

namespace costwar {
namespace {

Json row_to_json(const TrialRow& row) {
  Json out = {
      {"row", "trial"}, {"trial", row.trial}, {"model", row.model}, {"task", row.task}, {"item", row.item}};
  if (row.repeat != 0) out["repeat"] = row.repeat;
  if (!row.cluster.empty()) out["cluster"] = row.cluster;
  if (!row.prompt.empty()) out["prompt"] = row.prompt;
  if (!row.expected.empty()) out["expected"] = row.expected;
  if (!row.group.empty()) out["group"] = row.group;
  return out;
}

Json row_to_json(const AttemptRow& row) {
  Json out = {{"row", "attempt"}, {"trial", row.trial}};
  if (row.role != CallRole::subject) out["role"] = call_role_name(row.role);
  if (row.turn != 0) out["turn"] = row.turn;
  out["number"] = row.number;
  out["ended"] = row.ended;
  out.update(attempt_to_json(row.attempt));
  return out;
}

Json row_to_json(const ScoreRow& row) {
  Json out = {{"row", "score"},         {"trial", row.trial}, {"scorer", row.scorer},
              {"version", row.version}, {"value", row.value}, {"solved", row.solved}};
  if (!row.detail.empty()) out["detail"] = row.detail;
  if (row.second_value) out["second_value"] = *row.second_value;
  return out;
}

std::uint32_t small_number(const JsonIn& in) {
  return static_cast<std::uint32_t>(in.integer(0, UINT32_MAX));
}

TrialRow trial_from_json(const JsonIn& in) {
  TrialRow row;
  row.trial = in.at("trial").integer(0);
  row.model = small_number(in.at("model"));
  row.task = small_number(in.at("task"));
  row.item = in.at("item").string();
  if (const auto repeat = in.find("repeat")) row.repeat = small_number(*repeat);
  row.cluster = in.optional_string("cluster").value_or("");
  row.prompt = in.optional_string("prompt").value_or("");
  row.expected = in.optional_string("expected").value_or("");
  row.group = in.optional_string("group").value_or("");
  return row;
}

AttemptRow attempt_row_from_json(const JsonIn& in) {
  AttemptRow row;
  row.trial = in.at("trial").integer(0);
  if (const auto role = in.find("role")) {
    const auto known = call_role_by_name(role->string());
    if (!known) role->fail("expected subject, judge or simulated_user");
    row.role = *known;
  }
  if (const auto turn = in.find("turn")) row.turn = small_number(*turn);
  row.number = small_number(in.at("number"));
  row.ended = in.at("ended").boolean();
  row.attempt = attempt_from_json(in);
  return row;
}

ScoreRow score_from_json(const JsonIn& in) {
  ScoreRow row;
  row.trial = in.at("trial").integer(0);
  row.scorer = in.at("scorer").string();
  row.version = static_cast<int>(in.at("version").integer(0, 1'000'000));
  row.value = in.at("value").number();
  if (row.value < 0 || row.value > 1) in.at("value").fail("expected a score from 0 to 1");
  row.solved = in.at("solved").boolean();
  row.detail = in.optional_string("detail").value_or("");
  if (const auto second = in.find("second_value")) row.second_value = second->number();
  return row;
}

}  // namespace

std::string to_json_line(const RunHeader& header) {
  return line_of(run_header_to_json(header));
}

std::string to_json_line(const RunRow& row) {
  return std::visit([](const auto& known) { return line_of(row_to_json(known)); }, row);
}

RunHeader parse_run_header(std::string_view line, const std::string& source) {
  const Json json = parse_json(line, source);
  return run_header_from_json(JsonIn(json, source));
}

RunRow parse_run_row(std::string_view line, const std::string& source) {
  const Json json = parse_json(line, source);
  const JsonIn in(json, source);
  const std::string kind = in.at("row").string();
  if (kind == "trial") return trial_from_json(in);
  if (kind == "attempt") return attempt_row_from_json(in);
  if (kind == "score") return score_from_json(in);
  in.at("row").fail(fmt::format("\"{}\" is not a kind of row", kind), "expected trial, attempt or score");
}

}  // namespace costwar
