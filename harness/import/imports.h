// Results of other tools as runs: one row of a table a format, one file a reader. What is imported says so
// (Evidence::imported) and keeps what the tool recorded: prompts, replies, tokens, times, costs, verdicts of
// every scorer. Deterministic: the same file gives the same items and the same plan.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "harness/import/formats.h"

namespace costwar::harness {

struct ImportRow {
  std::string_view name;
  std::string_view title;
  ResultSources (*open)(std::span<const ImportFile> files, const ImportOptions& options);
  bool (*looks)(std::string_view name, std::string_view beginning);  // nullptr: has to be named
  bool joined;  // several files together are one run; else each is its own
};

std::span<const ImportRow> run_imports();
const ImportRow* find_import(std::string_view name);  // nullptr when there is none

// By the file's name and its first bytes; nullptr: no format knows it.
const ImportRow* guess_import(const ImportFile& file);

// The file at a path, or Error{input}. `read` may be read again and again.
ImportFile import_file(const std::filesystem::path& path);

}  // namespace costwar::harness
