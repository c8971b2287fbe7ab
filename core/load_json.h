// Load runs as JSON Lines: a header (row "load_run", so that it is told from the file of a run), then stages
// and their calls, then a row that says how many there were. Schema: docs/schema/load-run.schema.json.
// Members that are empty or unknown are left out; unknown is never zero. Files come from outside:
// LoadRunReader takes any bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>

#include "core/json.h"
#include "core/load.h"

namespace costwar {

// docs/formats.md says what either number promises.
inline constexpr int kLoadSchemaVersion = 1;
inline constexpr int kLoadSchemaMinor = 0;

Json load_header_to_json(const LoadHeader& header);
LoadHeader load_header_from_json(const JsonIn& in);

// What is asked of a stage.
Json load_stage_to_json(const LoadStage& stage);
LoadStage load_stage_from_json(const JsonIn& in);

Json load_stage_row_to_json(const LoadStageRow& row);
LoadStageRow load_stage_row_from_json(const JsonIn& in);

Json load_call_to_json(const LoadCall& call);
LoadCall load_call_from_json(const JsonIn& in);

using LoadRow = std::variant<LoadStageRow, LoadCall>;

// One line each, without the newline.
std::string to_json_line(const LoadHeader& header);
std::string to_json_line(const LoadStageRow& row);
std::string to_json_line(const LoadCall& call);

// `source` names the file and line for complaints. Error{input} with the JSON pointer.
LoadHeader parse_load_header(std::string_view line, const std::string& source);
LoadStageRow parse_load_stage_row(std::string_view line, const std::string& source);

// Whether this line is a load run's header, and not a run's; false for anything that is no JSON object too.
bool is_load_header(std::string_view line);

struct LoadCounts {
  std::int64_t stages = 0;
  std::int64_t calls = 0;
  friend bool operator==(const LoadCounts&, const LoadCounts&) = default;
};
std::string load_end_line(const LoadCounts& counts);

// The lines of a file one after the other, checked as they come: the header first, each stage once and before
// its calls, the end row last.
class LoadRunReader {
 public:
  // nullopt: the line was the header, the end row, or empty. `place`: of the line, for complaints.
  std::optional<LoadRow> read(std::string_view line, const std::string& place);

  // Error{input} unless the end row came and counts what was read. `source`: the file.
  void finish(const std::string& source) const;

  const std::optional<LoadHeader>& header() const { return header_; }

 private:
  std::optional<LoadHeader> header_;
  std::unordered_set<std::uint32_t> stages_;
  LoadCounts counts_;
  std::optional<LoadCounts> end_;
};

}  // namespace costwar
