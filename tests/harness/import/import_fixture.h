// Files of other tools, from text or from the folder of real logs, read as the rows of a run.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "harness/import/import_stream.h"
#include "harness/import/imports.h"
#include "tests/harness/tasks/text_source.h"

namespace costwar::harness::test {

struct ReadRun {
  RunHeader header;
  ImportCounts counts;
  std::vector<TrialRow> trials;
  std::vector<AttemptRow> attempts;
  std::vector<ScoreRow> scores;
  std::vector<std::string> said;

  const ScoreRow* score(std::int64_t trial, const std::string& scorer) const {
    for (const ScoreRow& row : scores)
      if (row.trial == trial && row.scorer == scorer) return &row;
    return nullptr;
  }
  // Of the attempts of one role: the sum of a meter.
  std::int64_t sum(Meter meter, CallRole role = CallRole::subject) const {
    std::int64_t total = 0;
    for (const AttemptRow& row : attempts)
      if (const auto& count = row.attempt.usage[meter]; count && row.role == role) total += count->value;
    return total;
  }
};

inline ImportFile text_file(const std::string& name, const std::string& text) {
  return {name, name, [text] { return source_of(text, 100); }};
}

inline std::vector<ReadRun> read_runs(const std::string& format, const std::vector<ImportFile>& files,
                                      const ImportOptions& options = {}) {
  std::vector<ReadRun> runs;
  for (const auto& source : find_import(format)->open(files, options)) {
    ImportStream stream(*source, files.front().name);
    ReadRun run;
    for (RunRow row; stream.next(row);) {
      if (auto* trial = std::get_if<TrialRow>(&row)) run.trials.push_back(*trial);
      if (auto* attempt = std::get_if<AttemptRow>(&row)) run.attempts.push_back(*attempt);
      if (auto* score = std::get_if<ScoreRow>(&row)) run.scores.push_back(*score);
    }
    run.header = stream.header();
    run.counts = stream.counts();
    run.said = source->head().said;
    for (const auto& [what, times] : source->head().left_out)
      run.said.push_back("left out: " + std::to_string(times) + " " + what);
    runs.push_back(std::move(run));
  }
  return runs;
}

inline ReadRun read_run(const std::string& format, const std::string& name, const std::string& text,
                        const ImportOptions& options = {}) {
  return read_runs(format, {text_file(name, text)}, options).at(0);
}

inline std::string import_complaint(const std::string& format, const std::string& name,
                                    const std::string& text, const ImportOptions& options = {}) {
  return complaint_of([&] { read_run(format, name, text, options); });
}

}  // namespace costwar::harness::test
