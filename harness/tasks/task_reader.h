// TaskReader: the items of one part of a manifest, out of its files. Streams: it holds the items that it
// gives and the answers' file, never the records. `n` items are a sample without replacement, drawn from the
// stream "task/NAME" of the seed, and sample(n) is a prefix of sample(n + k).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/bytes.h"
#include "harness/task.h"
#include "harness/tasks/item_rule.h"
#include "harness/tasks/manifest.h"

namespace costwar::harness {

// Opens a file of the task by its name in the manifest.
using OpenTaskFile = std::function<ByteSource(const std::string& name)>;

struct SampledItems {
  TaskItems task;
  std::size_t available = 0;  // records in the file
};

class TaskReader {
 public:
  // Manifest and part must outlive the reader. Error{input} when no known layout fits the file.
  TaskReader(const Manifest& manifest, const TaskPart& part, OpenTaskFile open);

  // Every item in the file's order, until `each` returns false.
  void each(std::uint64_t seed, const std::function<bool(LoadedItem&&)>& each);

  // At most n items. Error{input} with the place of a record that is none.
  SampledItems sample(std::uint64_t seed, std::size_t n);

  const ItemRule& rule() const { return *rule_; }

 private:
  std::unique_ptr<Records> open() const;
  void choose_rule();
  void read_answers();
  LoadedItem make(const Records& records, std::int64_t number, std::uint64_t seed) const;

  const Manifest& manifest_;
  const TaskPart& part_;
  OpenTaskFile open_;
  std::shared_ptr<const ItemRule> rule_;
  std::unordered_map<std::string, std::string> answers_;  // JSON text by key
};

// The scorer of a part as it stands in a run. Error{input} when this program has no such scorer, or another
// version of it than the manifest was written for.
RunTask run_task(const TaskPart& part);

// `n` different numbers below `count` in random order; the same numbers begin a longer list.
std::vector<std::size_t> sample_without_replacement(std::uint64_t seed, std::string_view stream,
                                                    std::size_t count, std::size_t n);

}  // namespace costwar::harness
