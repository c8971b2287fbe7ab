// --format and --output: from a Document to the place where the user wants it.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/environment.h"
#include "core/document.h"

namespace costwar::cli {

struct OutputFlags {
  std::string format;  // empty: the terminal's table
  std::string file;    // empty: standard output
};

void declare_output_flags(CLI::App& app, OutputFlags& flags);

// Error{usage} with a suggestion when the format is unknown; for verbs to call before they spend anything.
void check_output_flags(const OutputFlags& flags);

void emit(const Document& document, const OutputFlags& flags, const Environment& environment);

}  // namespace costwar::cli
