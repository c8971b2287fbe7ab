// Run rows to tables and back, exactly: every field of a row that is written comes back as it was. Pure
// mapping over an open Database; transactions are the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>

#include "core/run.h"
#include "harness/store/sqlite.h"

namespace costwar::harness {

// Writes one row of the run with this number. An attempt that is there and has not ended is replaced; one
// that has ended never changes: Error{internal}, as for a row whose trial is missing. A score replaces that
// of the same scorer and version.
void write_row(Database& database, std::int64_t run, const RunRow& row);

struct RowSelection {
  std::int64_t run = 0;
  std::int64_t first_trial = 0;
  std::int64_t last_trial = std::numeric_limits<std::int64_t>::max();
  bool texts = true;  // false: without prompts, answers and what else pricing and analysis never read
};

// Trials, then attempts by trial and in the order they left, then scores by trial. `each` gets one row that
// is reused. Error{input} on a value that this program does not know.
void read_selection(Database& database, const RowSelection& selection,
                    const std::function<void(const RunRow&)>& each);

}  // namespace costwar::harness
