// The built-in procedural suite: reads the suite manifest (catalog/tasks/builtin.json, given as text by cli)
// and makes evaluation items from it. A pure function of the manifest, the seed and the number of items:
// items(n) is a prefix of items(n + k), every item lies in an evaluation bucket of the split, and no two
// items of a task ask the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/item_id.h"
#include "harness/questions.h"
#include "harness/split.h"
#include "harness/task.h"

namespace costwar::harness {

class BuiltinSuite {
 public:
  // Error{input} that names `source` and the JSON pointer.
  static BuiltinSuite parse(std::string_view manifest, const std::string& source);

  const std::vector<RunTask>& tasks() const { return tasks_; }
  int version() const { return version_; }
  const Split& split() const { return split_; }

  // `count` items of the named task from RandomStream(seed, "task/NAME"). Error{usage} on an unknown task, or
  // when the task has fewer distinct items than asked for, naming how many there are.
  TaskItems items(std::string_view task, std::uint64_t seed, std::size_t count) const;

 private:
  std::size_t index_of(std::string_view task) const;

  int version_ = 1;
  Split split_;
  std::vector<RunTask> tasks_;
  std::vector<std::function<Question(RandomStream&)>> draw_;  // parallel to tasks_
};

// The manifest record of one task as a view, for tests and tools that ask chosen questions:
// SortingQuestions(record).
JsonIn find_task_record(const JsonIn& manifest, std::string_view task);

}  // namespace costwar::harness
