// --format and --output: from a Document to the place where the user wants it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <string_view>

#include "cli/environment.h"
#include "core/document.h"

namespace costwar::cli {

struct OutputFlags {
  std::string format;  // empty: the terminal's table
  std::string file;    // empty: standard output
};

void declare_output_flags(CLI::App& app, OutputFlags& flags);

// Error{usage} with a suggestion when the format is unknown, Error{input} when the file's folder is not
// there; for verbs to call before they spend anything.
void check_output_flags(const OutputFlags& flags);

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

void emit(const Document& document, const OutputFlags& flags, const Environment& environment);

}  // namespace costwar::cli
