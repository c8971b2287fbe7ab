// The speeds of a weight file by number of threads as a Document: which number to take, and how sure that is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/document.h"

namespace costwar::reports {

struct ThreadRow {
  int threads = 1;
  std::vector<double> prompt;      // tokens a second, one of each call
  std::vector<double> generation;  // the same; fewer where an answer was too short to tell
  std::optional<double> load_s;
  std::optional<std::int64_t> peak_bytes;
};

struct ThreadSweep {
  std::string file;
  std::string software;
  int logical_cpus = 0;
  std::optional<double> load_before, load_after;  // load average of a minute
  std::vector<ThreadRow> rows;                    // by threads, ascending
};

// The fewest threads whose median generation speed is within 3 % of the best; nullopt where none was
// measured.
std::optional<int> recommended_threads(const ThreadSweep& sweep);

Document thread_sweep_document(const ThreadSweep& sweep);

}  // namespace costwar::reports
