// The tasks that have names: the built-in suite, the procedural ones, and those of manifests, which come with
// the program or are the project's own. A project's own manifests are .costwar/tasks/NAME.json; the files of
// a manifest are .costwar/tasks/NAME/FILE, whether they were pulled or made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/environment.h"
#include "harness/tasks/manifest.h"
#include "harness/tasks/task_reader.h"

namespace costwar::cli {

struct LibraryTask {
  harness::Manifest manifest;
  std::string where;  // "catalog/tasks/gsm8k.json", or the file
  bool own = false;   // the project's
};

class TaskLibrary {
 public:
  // Reads every manifest. Error{input} for one that is bad, with the file.
  explicit TaskLibrary(const Environment& environment);

  const std::vector<LibraryTask>& tasks() const { return tasks_; }

  // NAME or NAME/SUBSET; nullptr when there is none.
  const LibraryTask* find(std::string_view name) const;
  // The same; Error{usage} with a suggestion.
  const LibraryTask& require(std::string_view name) const;
  // The parts that a name means: NAME/SUBSET one, NAME all.
  static std::vector<const harness::TaskPart*> parts(const LibraryTask& task, std::string_view name);

  std::filesystem::path folder() const { return folder_; }
  std::filesystem::path file(const harness::Manifest& manifest, std::string_view name) const;

  bool pulled(const harness::Manifest& manifest, const harness::TaskPart& part) const;

  // Opens and, where size and digest are known, compares files first. Error{input} with `costwar tasks pull`
  // for one that is missing or was changed. The library must outlive what is returned.
  harness::OpenTaskFile opener(const harness::Manifest& manifest) const;

  // The digest that `pull` saw first, for files whose manifest has none; empty: none yet.
  std::string pinned(const harness::Manifest& manifest, const std::string& file) const;
  void pin(const harness::Manifest& manifest, const std::string& file, const std::string& sha256) const;

  // Every name that can be asked for, for suggestions.
  std::vector<std::string> names() const;

 private:
  void add(std::string_view text, const std::string& where, bool own);
  void check(const harness::Manifest& manifest, const harness::TaskFile& file) const;

  std::filesystem::path folder_;
  std::vector<LibraryTask> tasks_;
};

// SHA-256 of a file, read block by block; lower-case hexadecimal.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace costwar::cli
