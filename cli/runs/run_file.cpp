#include "cli/runs/run_file.h"

#include <fmt/format.h>

#include <optional>
#include <variant>

#include "core/error.h"
#include "core/json.h"
#include "harness/tasks/line_reader.h"
#include "system/byte_file.h"

namespace costwar::cli {
namespace {

constexpr std::string_view kEnd = R"({"row":"end")";

// Rows of a file, checked as they come.
class RunFileReader {
 public:
  explicit RunFileReader(const std::string& file) : file_(file), lines_(open_bytes(file), file) {
    const auto first = lines_.next();
    if (!first) throw Error(ErrorKind::input, fmt::format("{}: it is empty", file));
    header_ = parse_run_header(*first, place());
    const Json json = parse_json(*first, place());
    ends_ = JsonIn(json, place()).optional_integer("schema_minor").value_or(0) >= 1;
  }

  const RunHeader& header() const { return header_; }

  bool next(RunRow& row) {
    while (const auto line = lines_.next()) {
      if (line->empty()) continue;
      if (end_) throw Error(ErrorKind::input, fmt::format("{}: there is a row behind the last one", place()));
      if (RowCounts::is_end(*line)) {
        end_ = RowCounts::parse(*line, place());
        continue;
      }
      row = parse_run_row(*line, place());
      check_order(row);
      counts_.add(row);
      return true;
    }
    if ((ends_ && !end_) || (end_ && *end_ != counts_))
      throw Error(ErrorKind::input, fmt::format("{}: rows are missing: the file was cut short", file_),
                  "fetch or export it again");
    return false;
  }

 private:
  std::string place() const { return fmt::format("{}:{}", file_, lines_.line()); }

  void check_order(const RunRow& row) {
    const auto* trial = std::get_if<TrialRow>(&row);
    if (trial == nullptr) return;
    if (trial->trial != next_trial_)
      throw Error(ErrorKind::input,
                  fmt::format("{}: trial {} stands where {} should", place(), trial->trial, next_trial_),
                  "trials are numbered from 0, and each stands once");
    ++next_trial_;
  }

  std::string file_;
  harness::LineReader lines_;
  RunHeader header_;
  bool ends_ = false;  // its version has a last row
  std::optional<RowCounts> end_;
  RowCounts counts_;
  std::int64_t next_trial_ = 0;
};

}  // namespace

void RowCounts::add(const RunRow& row) {
  if (std::holds_alternative<TrialRow>(row)) ++trials_;
  if (std::holds_alternative<AttemptRow>(row)) ++attempts_;
  if (std::holds_alternative<ScoreRow>(row)) ++scores_;
}

std::string RowCounts::line() const {
  return fmt::format(R"({},"trials":{},"attempts":{},"scores":{}}})", kEnd, trials_, attempts_, scores_);
}

bool RowCounts::is_end(std::string_view line) {
  return line.starts_with(kEnd);
}

RowCounts RowCounts::parse(std::string_view line, const std::string& place) {
  const Json json = parse_json(line, place);
  const JsonIn in(json, place);
  RowCounts counts;
  counts.trials_ = in.at("trials").integer(0);
  counts.attempts_ = in.at("attempts").integer(0);
  counts.scores_ = in.at("scores").integer(0);
  return counts;
}

RunHeader import_run_file(const std::string& file, harness::Store& store) {
  RunFileReader reader(file);
  store.import_run(reader.header(), [&](RunRow& row) { return reader.next(row); });
  return reader.header();
}

}  // namespace costwar::cli
