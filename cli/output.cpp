#include "cli/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>

#include "cli/csv_files.h"
#include "cli/exit_code.h"
#include "core/error.h"
#include "core/suggest.h"
#include "reports/render/flat.h"
#include "reports/render/format.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

std::string report_format_names() {
  std::string names;
  for (const reports::Format& format : reports::formats())
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  return names;
}

const reports::Format& named_format(const std::string& name) {
  if (const reports::Format* format = reports::format_by_name(name)) return *format;
  std::vector<std::string_view> names;
  for (const reports::Format& format : reports::formats()) names.push_back(format.name);
  const auto near = nearest_name(name, std::span<const std::string_view>(names));
  throw Error(ErrorKind::usage, fmt::format("--format: '{}' is not one of {}", name, report_format_names()),
              near ? fmt::format("did you mean {}?", *near) : "");
}

bool is_folder(const std::string& file) {
  std::error_code ignored;
  return file.ends_with('/') || (!file.empty() && std::filesystem::is_directory(file, ignored));
}

const reports::Format& format_of_file(const std::string& file) {
  if (is_folder(file)) return named_format("csv");
  const reports::Format* best = nullptr;
  for (const reports::Format& format : reports::formats()) {
    const bool longer = best == nullptr || format.extension.size() > best->extension.size();
    if (file.ends_with(format.extension) && longer) best = &format;
  }
  if (best != nullptr) return *best;
  // What is nearly an extension of ours is a slip; anything else gets text.
  constexpr std::size_t kTelling = 5;
  const std::string extension = std::filesystem::path(file).extension().string();
  std::vector<std::string_view> extensions;
  for (const reports::Format& format : reports::formats()) extensions.push_back(format.extension);
  if (const auto near = nearest_name(extension, std::span<const std::string_view>(extensions));
      near && extension.size() >= kTelling)
    throw Error(ErrorKind::usage, fmt::format("{}: {} is the extension of no format", file, extension),
                fmt::format("did you mean {}? --format says it for any name", *near));
  return reports::formats().front();
}

// One place that a document is written to, and how.
struct Target {
  const reports::Format* format;
  std::string file;  // empty: standard output
};

bool is_csv(const Target& target) {
  return target.format->name == "csv";
}

// A screen gets the first format. Without --format, a file's extension decides; one file for several formats
// gets their extensions.
std::vector<Target> targets_of(const OutputFlags& flags) {
  std::vector<Target> targets;
  if (flags.files.empty()) {
    if (flags.formats.size() > 1)
      throw Error(ErrorKind::usage, "several formats need --output",
                  "--output report writes report.md, report.html and so on");
    targets.push_back(
        {flags.formats.empty() ? &reports::formats().front() : &named_format(flags.formats[0]), ""});
  } else if (flags.formats.empty()) {
    for (const std::string& file : flags.files) targets.push_back({&format_of_file(file), file});
  } else if (flags.files.size() == flags.formats.size()) {
    for (std::size_t i = 0; i < flags.files.size(); ++i)
      targets.push_back({&named_format(flags.formats[i]), flags.files[i]});
  } else if (flags.files.size() == 1) {
    for (const std::string& name : flags.formats) {
      const reports::Format& format = named_format(name);
      std::string file = flags.files[0];
      if (!is_folder(file) && !file.ends_with(format.extension)) file += format.extension;
      targets.push_back({&format, std::move(file)});
    }
  } else {
    throw Error(
        ErrorKind::usage,
        fmt::format("{} formats and {} files do not go together", flags.formats.size(), flags.files.size()),
        "give as many of both, or one --output for all formats, or no --format");
  }
  return targets;
}

void check_targets(const std::vector<Target>& targets, const OutputFlags& flags) {
  std::set<std::string> files;
  for (const Target& target : targets) {
    if (!target.file.empty() && !files.insert(target.file).second)
      throw Error(ErrorKind::usage, fmt::format("{} would be written twice", target.file),
                  "name another file with --output");
    if (is_folder(target.file) && !is_csv(target))
      throw Error(ErrorKind::usage, fmt::format("{} is a folder, which takes the format csv", target.file),
                  "name a file with --output");
  }
  if (flags.datapackage && std::none_of(targets.begin(), targets.end(), [](const Target& target) {
        return is_csv(target) && !target.file.empty();
      }))
    throw Error(ErrorKind::usage, "--datapackage describes a CSV file, and none is written",
                "name one with --output, such as models.csv");
}

// A flag that no output heeds was meant for something.
void check_heeded(const std::vector<Target>& targets, const OutputFlags& flags) {
  const auto any = [&](std::initializer_list<std::string_view> names) {
    return std::any_of(targets.begin(), targets.end(), [&](const Target& target) {
      return std::find(names.begin(), names.end(), target.format->name) != names.end();
    });
  };
  const bool flat_json = flags.shape == "table" && any({"json"});
  if (!flags.table.empty() && !flat_json && !any({"csv", "jsonl"}))
    throw Error(ErrorKind::usage,
                "--table chooses the table of CSV, JSON Lines or flat JSON, and none is written",
                "add --format csv, or --format json --shape table");
  if (flags.shape == "table" && !any({"json"}))
    throw Error(ErrorKind::usage, "--shape is of JSON, and none is written", "add --format json");
  if (!flags.csv_dialect.empty() && !any({"csv"}))
    throw Error(ErrorKind::usage, "--csv-dialect is of CSV, and none is written", "add --format csv");
}

reports::RenderOptions format_options(const OutputFlags& flags) {
  reports::RenderOptions options;
  options.table = flags.table;
  if (!flags.csv_dialect.empty() && flags.csv_dialect != "rfc4180") {
    if (flags.csv_dialect != "excel-eu")
      throw Error(ErrorKind::usage,
                  fmt::format("--csv-dialect: '{}' is not one of rfc4180, excel-eu", flags.csv_dialect));
    options.csv_dialect = reports::CsvDialect::excel_eu;
  }
  if (!flags.shape.empty() && flags.shape != "document") {
    if (flags.shape != "table")
      throw Error(ErrorKind::usage, fmt::format("--shape: '{}' is not one of document, table", flags.shape));
    options.shape = reports::JsonShape::table;
  }
  return options;
}

// The file that GitHub shows as the job's summary: steps add to it.
void append_summary(const std::string& file, std::string_view text) {
  std::FILE* out = std::fopen(file.c_str(), "ae");
  if (out == nullptr)
    throw Error(ErrorKind::input,
                fmt::format("cannot add to the job's summary {}: {}", file, std::strerror(errno)),
                "GITHUB_STEP_SUMMARY names it; --output writes the report elsewhere");
  const bool whole = std::fwrite(text.data(), 1, text.size(), out) == text.size();
  if (std::fclose(out) != 0 || !whole)
    throw Error(ErrorKind::input, fmt::format("the job's summary {} could not be written", file),
                "free space on the disk");
}

// What a job's log and its summary get of a format that speaks to both, wherever else the report goes; true
// where the summary has it.
bool tell_job(const Document& document, const reports::Format& format, const reports::RenderOptions& options,
              const Environment& environment, ItemRows* items) {
  if (format.annotate == nullptr) return false;
  format.annotate(document, items, options,
                  [&](std::string_view piece) { write_text(environment.out, piece); });
  const auto summary = environment.variable("GITHUB_STEP_SUMMARY");
  if (summary) append_summary(*summary, reports::rendered(format, document, options, items) + "\n");
  return summary.has_value();
}

bool is_utf8_locale(const Environment& environment) {
  for (const std::string name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const auto value = environment.variable(name))
      return value->find("UTF-8") != std::string::npos || value->find("utf8") != std::string::npos;
  return false;
}

}  // namespace

void declare_output_flags(CLI::App& app, OutputFlags& flags) {
  app.add_option("--format", flags.formats,
                 fmt::format("One or several, with commas, of {}", report_format_names()))
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("-o,--output", flags.files,
                 "Write to this file instead of standard output; several times for several formats, which "
                 "the extensions tell; FOLDER/ gets every table as CSV")
      ->type_name("FILE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--table", flags.table, "Which table CSV and flat JSON have (default: the main one)")
      ->type_name("KEY");
  app.add_option("--csv-dialect", flags.csv_dialect,
                 "rfc4180, or excel-eu: semicolons and a byte order mark");
  app.add_flag(
      "--datapackage", flags.datapackage,
      "Beside a CSV file, its columns and types as a Frictionless data package (a folder always has it)");
  app.add_option("--shape", flags.shape,
                 "Of JSON: document, or table: one array of flat objects, for spreadsheets");
}

void check_output_flags(const OutputFlags& flags) {
  (void)format_options(flags);
  const std::vector<Target> targets = targets_of(flags);
  check_targets(targets, flags);
  check_heeded(targets, flags);
  for (const Target& target : targets) {
    std::filesystem::path folder = std::filesystem::path(target.file).parent_path();
    if (target.file.ends_with('/')) folder = folder.parent_path();  // the folder itself is made
    std::error_code ignored;
    if (!folder.empty() && !std::filesystem::is_directory(folder, ignored))
      throw Error(ErrorKind::input, fmt::format("cannot write {}: its folder is not there", target.file),
                  "make the folder, or name another file with --output");
  }
}

bool wants_items(const OutputFlags& flags) {
  const std::vector<Target> targets = targets_of(flags);
  return std::any_of(targets.begin(), targets.end(), [&](const Target& target) {
    // Flat formats have one table, and items only where that is the one; a folder has all.
    const bool by_row = is_csv(target) || target.format->name == "jsonl";
    if (!by_row || is_folder(target.file)) return target.format->shows_items;
    return flags.table == reports::kItemsTable || (flags.table.empty() && !is_csv(target));
  });
}

bool wants_costs(const OutputFlags& flags) {
  const std::vector<Target> targets = targets_of(flags);
  return std::any_of(targets.begin(), targets.end(),
                     [](const Target& target) { return target.format->shows_data; });
}

LineOutput::LineOutput(const OutputFlags& flags, const Environment& environment)
    : file_(environment.out), owned_(!flags.files.empty()) {
  if (flags.files.size() > 1)
    throw Error(ErrorKind::usage, "these lines go to one place", "give --output once");
  if (owned_) file_ = std::fopen(flags.files.front().c_str(), "we");
  if (file_ == nullptr)
    throw Error(ErrorKind::input,
                fmt::format("cannot write {}: {}", flags.files.front(), std::strerror(errno)),
                "name another file with --output");
}

LineOutput::~LineOutput() {
  if (owned_) std::fclose(file_);
}

void LineOutput::write(std::string_view lines) {
  write_text(file_, lines);
}

int say_incomplete(const Environment& environment) {
  fmt::print(environment.err,
             "costwar: --strict: something is incomplete or unpriced; the report's warnings say what\n");
  return kIncomplete;
}

void emit(const Document& document, const OutputFlags& flags, const Environment& environment,
          ItemRows* items) {
  const std::vector<Target> targets = targets_of(flags);
  check_targets(targets, flags);
  for (const Target& target : targets) {
    const bool terminal = target.file.empty() && environment.out_is_terminal;
    if (terminal && target.format->binary)
      throw Error(ErrorKind::usage, fmt::format("{} is not for a terminal", target.format->name),
                  "name a file with --output");
    reports::RenderOptions options = format_options(flags);
    options.width = environment.columns > 0 ? environment.columns : 120;
    options.colour = terminal && !environment.variable("NO_COLOR") && environment.variable("TERM") != "dumb";
    // A terminal is asked for its character set; files and pipes get UTF-8.
    options.ascii = terminal && !is_utf8_locale(environment);
    const bool in_summary = tell_job(document, *target.format, options, environment, items);
    if (target.file.empty() && in_summary) continue;
    if (target.file.empty()) {
      target.format->render(document, items, options,
                            [&](std::string_view piece) { write_text(environment.out, piece); });
    } else if (is_folder(target.file)) {
      write_csv_folder(target.file, document, items, options);
    } else {
      AtomicFile file(target.file);
      target.format->render(document, items, options, [&](std::string_view piece) { file.write(piece); });
      file.commit();
      if (flags.datapackage && is_csv(target)) write_sidecar(target.file, document, items, options);
    }
  }
}

}  // namespace costwar::cli
