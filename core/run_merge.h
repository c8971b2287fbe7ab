// RunMerge: several runs read as one, so that whatever looks at a run (pricing, comparison, items side by
// side) looks at two in the same way. Models stand in the order in which they were chosen. Tasks of one name
// are one task where scorer and version agree too, and otherwise two; items of one task with the same id are
// the same item. Values only: rows come from wherever the runs are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/run.h"

namespace costwar {

// A run, and which of its models are wanted, in this order; none: all of them.
struct RunChoice {
  RunHeader header;
  std::vector<std::uint32_t> models{};
};

class RunMerge {
 public:
  // At least one run. A model's name that stands in several runs gets the run's label, or else its id, behind
  // it. Error{input} where one model is chosen twice.
  explicit RunMerge(std::vector<RunChoice> runs);

  // Of the merged run. id: the ids with "+" between; seed, label and the like: of the first run; origins: one
  // per model, unless there is but one run.
  const RunHeader& header() const { return header_; }

  // A row of run `run` (its index) as a row of the merged run; nullopt: of a model that was not chosen. A
  // run's trials come before its attempts and scores, and its rows before those of the next run.
  // Error{input} on a dangling trial.
  std::optional<RunRow> map(std::size_t run, RunRow row);

  // Where a trial of the merged run stands: the run's index and the trial's number there.
  std::pair<std::size_t, std::int64_t> origin(std::int64_t trial) const;

 private:
  struct Source {
    RunHeader header;
    std::vector<std::optional<std::uint32_t>> models;  // of the run, to those of the merged one
    std::vector<std::uint32_t> tasks;
    std::vector<std::int64_t> trials;  // -1: not chosen
    bool whole = true;                 // every model is chosen: trials only shift
    std::int64_t first = 0;            // the merged number of its first trial
    std::vector<std::int64_t> chosen;  // the run's numbers of the trials that are, unless whole
    std::int64_t count = 0;            // trials chosen
  };

  std::optional<std::int64_t> merged_trial(const Source& source, std::int64_t trial) const;

  std::vector<Source> sources_;
  RunHeader header_;
  std::int64_t next_trial_ = 0;
  std::size_t reading_ = 0;  // the run whose rows come now
};

}  // namespace costwar
