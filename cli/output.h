// --format and --output: from a Document to the places where the user wants it, in as many formats at once as
// there are files.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "cli/environment.h"
#include "core/document.h"
#include "core/item_rows.h"

namespace costwar::cli {

struct OutputFlags {
  std::vector<std::string> formats;  // empty: by the files' extensions, or else the terminal's table
  std::vector<std::string> files;    // empty: standard output
  std::string csv_dialect;
  std::string shape;
  std::string table;
  bool datapackage = false;  // CSV files get a sidecar
};

void declare_output_flags(CLI::App& app, OutputFlags& flags);

// Error{usage} with a suggestion when a format is unknown or formats and files do not go together,
// Error{input} when a file's folder is not there; for verbs to call before they spend anything.
void check_output_flags(const OutputFlags& flags);

// Whether one of the outputs shows items one by one, so that `items` is worth making.
bool wants_items(const OutputFlags& flags);

// Whether one of them shows tables of data alone, so that the lines of what was billed are worth making.
bool wants_costs(const OutputFlags& flags);

// Lines that are no document (a run as JSON Lines, an answer book): to the same place, as they come. --format
// does not apply to them.
class LineOutput {
 public:
  LineOutput(const OutputFlags& flags, const Environment& environment);
  LineOutput(const LineOutput&) = delete;
  LineOutput& operator=(const LineOutput&) = delete;
  ~LineOutput();
  void write(std::string_view lines);  // Error{input} when the disk is full

 private:
  std::FILE* file_;
  bool owned_;
};

// Every file is written whole or not at all.
void emit(const Document& document, const OutputFlags& flags, const Environment& environment,
          ItemRows* items = nullptr);

// --strict: says on standard error why the exit code is 7, which it returns.
int say_incomplete(const Environment& environment);

}  // namespace costwar::cli
