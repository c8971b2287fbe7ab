// ImportStream: the results of a reader as the rows of a run, streamed: trials first, then what belongs to
// them. Making one reads the file once, which finds every fault in it before a row is written; the rows then
// take two more passes. What is held meanwhile is a number an item. One thread; the source must outlive it.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "harness/import/result_source.h"

namespace costwar::harness {

struct ImportCounts {
  std::int64_t results = 0;
  std::int64_t unscored = 0;  // without a score of their task's scorer
  std::int64_t attempts = 0;
  std::int64_t with_tokens = 0;  // of the attempts
  std::int64_t with_cost = 0;    // likewise: with a reported cost
  std::int64_t with_both = 0;
};

class ImportStream {
 public:
  // `file` names it in complaints. Error{input} for anything that is no run, and for a file without a result.
  ImportStream(ResultSource& source, std::string file);

  // All but id, created, label and costwar_version. Equal results have an equal plan.
  const RunHeader& header() const { return header_; }
  const ImportCounts& counts() const { return counts_; }

  // Fills `row`, or returns false at the end. Error{input} when the file is no longer what it was.
  bool next(RunRow& row);

 private:
  void survey();
  bool next_trial(TrialRow& row);
  std::uint32_t repeat_of(const ImportedResult& result, const std::string& item);
  [[noreturn]] void fail(const std::string& what) const;

  ResultSource& source_;
  std::string file_;
  RunHeader header_;
  ImportCounts counts_;
  std::unordered_map<std::uint64_t, std::uint32_t> repeats_;  // by item and model
  ImportedResult result_;
  std::deque<RunRow> waiting_;
  std::int64_t given_ = 0;  // trials of the pass
  enum class Pass { trials, rest } pass_ = Pass::trials;
};

}  // namespace costwar::harness
