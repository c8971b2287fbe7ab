// Per-item results of other tools as runs: who solved which item, without attempts, tokens or money, since
// the files have none. Evidence::imported marks them in every report. One row of a table a format; pure
// functions of the records, deterministic: the same file gives the same items.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/run.h"
#include "harness/tasks/records.h"

namespace costwar::harness {

struct ImportOptions {
  std::string source;  // name of the file, for complaints and guesses: "gpt-4o-airline.json"
  std::string model;   // where the file does not name it; empty: guessed from the file's name
  std::string task;    // likewise
};

// header: all but id, created and costwar_version.
struct ImportedRun {
  RunHeader header;
  std::vector<TrialRow> trials;
  std::vector<ScoreRow> scores;   // one a trial
  std::vector<std::string> said;  // what was guessed
};

struct ImportRow {
  std::string_view name;
  std::string_view title;
  ImportedRun (*read)(Records& records, const ImportOptions& options);
  RecordSpec spec;
};

std::span<const ImportRow> run_imports();
const ImportRow* find_import(std::string_view name);  // nullptr when there is none

}  // namespace costwar::harness
