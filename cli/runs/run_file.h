// Files of exported runs: JSON Lines, the header first, then rows, then a row that says how many there were
// (docs/schema/run.schema.json); gzip or not.
#pragma once

#include <cstdint>
#include <string>

#include "core/run.h"
#include "harness/store/store.h"

namespace costwar::cli {

// How many rows of each kind a file has. Its last line tells them, so that a file that was cut short is
// noticed, even at the end of a line.
class RowCounts {
 public:
  void add(const RunRow& row);
  std::string line() const;  // {"row":"end",...}, without the newline
  friend bool operator==(const RowCounts&, const RowCounts&) = default;

  // Error{input}. `place`: of the line.
  static RowCounts parse(std::string_view line, const std::string& place);
  static bool is_end(std::string_view line);

 private:
  std::int64_t trials_ = 0;
  std::int64_t attempts_ = 0;
  std::int64_t scores_ = 0;
};

// Streams the file's run into the store: all of it or, with Error{input} that names the line, nothing. Files
// of version 1.0 have no last row.
RunHeader import_run_file(const std::string& file, harness::Store& store);

}  // namespace costwar::cli
