// What people write for a run: its id or the beginning of it, its label, or the file of an exported run, each
// with #MODEL behind it for one of its models; or a model alone, of which the newest run is meant. Runs that
// are named together are read as one (core/run_merge.h) and can then be priced, compared and shown like any
// run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/comparability.h"
#include "cli/environment.h"
#include "core/columns.h"
#include "core/document.h"
#include "core/run_merge.h"
#include "harness/store/store.h"

namespace costwar::cli {

// Where the rows of one run are. A file is read into a store of its own, which is gone with this object.
struct OpenRun {
  std::shared_ptr<harness::Store> store;
  RunChoice choice;  // header.id names it in `store`
  std::string text;  // as it was written
};

class OpenRuns {
 public:
  // Opens each. Error{usage} for one that is not there, names the candidates of an ambiguous one, and
  // suggests what is near; Error{input} for a file that is no run. `store`: the flag.
  OpenRuns(const Environment& environment, const std::string& store, std::span<const std::string> references);

  const std::vector<OpenRun>& runs() const { return runs_; }
  const RunMerge& merge() const { return *merge_; }

  // Those that were stopped when their pairs were decided, as they were written: tests and intervals for a
  // fixed number of items do not hold for them.
  std::vector<std::string> stopped_when_decided() const;

  // What answered, under the numbers that the models have in the merged run.
  std::vector<analysis::ServedAnswer> served_answers() const;

  // All of them as one, without texts.
  RunColumns read_columns();

  // Where a trial stands: the run's index and the trial's number there.
  std::pair<std::size_t, std::int64_t> origin(std::int64_t trial) const;

  // One trial of the merged run with its texts, numbered as where it stands.
  harness::TrialRecord read_trial(std::int64_t trial) const;

 private:
  bool is_one() const;  // whole, so that nothing is merged

  std::vector<OpenRun> runs_;
  std::unique_ptr<RunMerge> merge_;
};

// What to say where runs that stopped when decided are read for something else than their own report.
Note stopped_note(const std::vector<std::string>& stopped);

}  // namespace costwar::cli
