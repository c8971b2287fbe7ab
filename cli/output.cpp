#include "cli/output.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "core/error.h"
#include "core/suggest.h"
#include "reports/render/format.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

std::string format_names() {
  std::string names;
  for (const reports::Format& format : reports::formats())
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  return names;
}

// Without --format, an output file's extension decides; a screen gets the first format.
const reports::Format& chosen_format(const OutputFlags& flags) {
  if (!flags.format.empty()) {
    if (const reports::Format* format = reports::format_by_name(flags.format)) return *format;
    std::vector<std::string_view> names;
    for (const reports::Format& format : reports::formats()) names.push_back(format.name);
    const auto near = nearest_name(flags.format, std::span<const std::string_view>(names));
    throw Error(ErrorKind::usage,
                fmt::format("--format: '{}' is not one of {}", flags.format, format_names()),
                near ? fmt::format("did you mean {}?", *near) : "");
  }
  for (const reports::Format& format : reports::formats())
    if (flags.file.ends_with(format.extension)) return format;
  return reports::formats().front();
}

bool is_utf8_locale(const Environment& environment) {
  for (const std::string name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const auto value = environment.variable(name))
      return value->find("UTF-8") != std::string::npos || value->find("utf8") != std::string::npos;
  return false;
}

}  // namespace

void declare_output_flags(CLI::App& app, OutputFlags& flags) {
  app.add_option("--format", flags.format, fmt::format("One of {}", format_names()));
  app.add_option("-o,--output", flags.file, "Write to this file instead of standard output")
      ->type_name("FILE");
}

void check_output_flags(const OutputFlags& flags) {
  (void)chosen_format(flags);
  const std::filesystem::path folder = std::filesystem::path(flags.file).parent_path();
  std::error_code ignored;
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored))
    throw Error(ErrorKind::input, fmt::format("cannot write {}: its folder is not there", flags.file),
                "make the folder, or name another file with --output");
}

LineOutput::LineOutput(const OutputFlags& flags, const Environment& environment)
    : file_(flags.file.empty() ? environment.out : std::fopen(flags.file.c_str(), "we")),
      owned_(!flags.file.empty()) {
  if (file_ == nullptr)
    throw Error(ErrorKind::input, fmt::format("cannot write {}: {}", flags.file, std::strerror(errno)),
                "name another file with --output");
}

LineOutput::~LineOutput() {
  if (owned_) std::fclose(file_);
}

void LineOutput::write(std::string_view lines) {
  write_text(file_, lines);
}

void emit(const Document& document, const OutputFlags& flags, const Environment& environment) {
  reports::RenderOptions options;
  options.width = environment.columns > 0 ? environment.columns : 120;
  options.colour = flags.file.empty() && environment.out_is_terminal && !environment.variable("NO_COLOR") &&
                   environment.variable("TERM") != "dumb";
  // A terminal is asked for its character set; files and pipes get UTF-8.
  options.ascii = flags.file.empty() && environment.out_is_terminal && !is_utf8_locale(environment);
  const std::string text = chosen_format(flags).render(document, options);
  if (flags.file.empty()) {
    write_text(environment.out, text);
  } else {
    write_file_atomically(flags.file, text);
  }
}

}  // namespace costwar::cli
