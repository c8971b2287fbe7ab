// The lines of a load run's file: load_json.h.

#include <fmt/format.h>

#include "core/error.h"
#include "core/json_fields.h"
#include "core/load_json.h"

namespace costwar {
namespace {

constexpr std::string_view kLoadEnd = "end";

[[noreturn]] void misplaced(const std::string& place, std::string_view what, std::string hint = {}) {
  throw Error(ErrorKind::input, fmt::format("{}: {}", place, what), std::move(hint));
}

}  // namespace

std::string to_json_line(const LoadHeader& header) {
  return line_of(load_header_to_json(header));
}

std::string to_json_line(const LoadStageRow& row) {
  return line_of(load_stage_row_to_json(row));
}

std::string to_json_line(const LoadCall& call) {
  return line_of(load_call_to_json(call));
}

LoadHeader parse_load_header(std::string_view line, const std::string& source) {
  const Json json = parse_json(line, source);
  return load_header_from_json(JsonIn(json, source));
}

LoadStageRow parse_load_stage_row(std::string_view line, const std::string& source) {
  const Json json = parse_json(line, source);
  return load_stage_row_from_json(JsonIn(json, source));
}

bool is_load_header(std::string_view line) {
  try {
    const Json json = parse_json(line, "");
    return json.is_object() && json.contains("row") && json["row"] == "load_run";
  } catch (const Error&) {
    return false;
  }
}

std::string load_end_line(const LoadCounts& counts) {
  return line_of({{"row", kLoadEnd}, {"stages", counts.stages}, {"calls", counts.calls}});
}

std::optional<LoadRow> LoadRunReader::read(std::string_view line, const std::string& place) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return std::nullopt;
  if (!header_) {
    header_ = parse_load_header(line, place);
    return std::nullopt;
  }
  if (end_) misplaced(place, "there is a row behind the last one");
  const Json json = parse_json(line, place);
  const JsonIn in(json, place);
  const std::string kind = in.at("row").string();
  if (kind == kLoadEnd) {
    end_ = LoadCounts{in.at("stages").integer(0), in.at("calls").integer(0)};
    return std::nullopt;
  }
  if (kind == "load_stage") {
    LoadStageRow row = load_stage_row_from_json(in);
    if (!stages_.insert(row.stage).second)
      misplaced(place, fmt::format("stage {} stands there already", row.stage));
    ++counts_.stages;
    return row;
  }
  if (kind != "load_call")
    in.at("row").fail(fmt::format("\"{}\" is not a kind of row here", kind),
                      "expected load_stage, load_call or end");
  LoadCall call = load_call_from_json(in);
  if (!stages_.contains(call.stage))
    misplaced(place, fmt::format("a call of stage {}, which has not been told of", call.stage));
  ++counts_.calls;
  return call;
}

void LoadRunReader::finish(const std::string& source) const {
  if (!header_) misplaced(source, "it is empty");
  if (!end_ || *end_ != counts_)
    misplaced(source, "rows are missing: the file was cut short", "fetch or export it again");
}

}  // namespace costwar
