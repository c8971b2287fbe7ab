// Rows of load runs to tables and back, exactly: every field of a call that is written comes back as it was.
// Pure mapping over an open Database; transactions are the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/load.h"
#include "core/time.h"
#include "harness/store/sqlite.h"

namespace costwar::harness {

// False in a store of an earlier version that is only read.
bool has_load_runs(Database& database);

// The number of the load run of this id.
std::optional<std::int64_t> load_run_number(Database& database, std::string_view id);

// Writes stages and calls of load runs: what it remembers of stages and facts makes a call cost one insert.
// Whoever has one is the only writer of its runs; after a rolled back transaction it has to be made anew.
class LoadRowWriter {
 public:
  // A stage's begin never changes once it has calls. The same stage again replaces what it said:
  // Error{internal} for another begin.
  void write(Database& database, std::int64_t run, const LoadStageRow& row);

  // Error{internal} unless its stage was written before.
  void write(Database& database, std::int64_t run, const LoadCall& call);

 private:
  struct Stage {
    std::int64_t row = 0;
    Mono begin;
    Wall begin_wall;
    std::int64_t calls = 0;
  };
  Stage& stage_of(Database& database, std::int64_t run, std::uint32_t stage);
  std::int64_t facts_of(Database& database, std::int64_t run, const LoadCall& call);

  std::map<std::pair<std::int64_t, std::uint32_t>, Stage> stages_;  // by run and stage
  std::unordered_map<std::string, std::int64_t> facts_;             // by all that it says
  std::string key_;                                                 // reused
};

// By stage.
std::vector<LoadStageRow> read_load_stages(Database& database, std::int64_t run);

// Calls of one stage in the order they were written; `each` gets one call that is reused. Error{input} on a
// value that this program does not know.
void read_load_calls(Database& database, std::int64_t run, std::uint32_t stage,
                     const std::function<void(const LoadCall&)>& each);

// How many calls the run has, and how many of them were neither ok nor cut by the schedule.
struct LoadCallCounts {
  std::int64_t calls = 0;
  std::int64_t failed = 0;
};
LoadCallCounts count_load_calls(Database& database, std::int64_t run);

void delete_load_run(Database& database, std::int64_t run);

}  // namespace costwar::harness
