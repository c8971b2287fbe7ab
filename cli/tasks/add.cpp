// costwar tasks add: a task of the user's own file, folder or gateway log, in one command.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/output.h"
#include "cli/suite.h"
#include "cli/task_library.h"
#include "cli/tasks/commands.h"
#include "core/error.h"
#include "core/text.h"
#include "harness/procedural/registry.h"
#include "harness/tasks/folder_records.h"
#include "harness/tasks/user_task.h"
#include "reports/views/table_builder.h"
#include "system/byte_file.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostStrataShown = 20;

// "My Questions (1).csv" as "my-questions-1".
std::string name_of(const fs::path& path) {
  std::string name = (path.has_filename() ? path : path.parent_path()).filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  name = lowered(fs::path(name).stem().string());
  std::string made;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (plain)
      made += c;
    else if (!made.empty() && made.back() != '-')
      made += '-';
  }
  while (!made.empty() && (made.back() == '-' || made.size() > 64)) made.pop_back();
  return made;
}

// Written beside its place and moved there when it is whole.
class DataFile {
 public:
  explicit DataFile(fs::path path) : path_(std::move(path)), partial_(path_.string() + ".partial") {
    std::error_code failed;
    fs::create_directories(path_.parent_path(), failed);
    out_.open(partial_, std::ios::binary | std::ios::trunc);
    if (!out_)
      throw Error(ErrorKind::input, fmt::format("{}: cannot be written", partial_.string()),
                  "run costwar in a folder that you may write to");
  }
  DataFile(const DataFile&) = delete;
  DataFile& operator=(const DataFile&) = delete;
  ~DataFile() {
    std::error_code ignored;
    fs::remove(partial_, ignored);
  }
  void line(std::string_view text) { out_ << text << '\n'; }
  const fs::path& close() {
    out_.close();
    if (!out_)
      throw Error(ErrorKind::input,
                  fmt::format("{}: cannot be written; is the disk full?", partial_.string()));
    return partial_;
  }
  void keep() {
    std::error_code failed;
    fs::rename(partial_, path_, failed);
    if (failed) throw Error(ErrorKind::input, fmt::format("{}: {}", path_.string(), failed.message()));
  }

 private:
  fs::path path_;
  fs::path partial_;
  std::ofstream out_;
};

class TasksAdd final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("FILE", file_, "CSV, TSV, JSON or JSON Lines, also gzip; a folder; or a gateway's log")
        ->type_name("FILE|FOLDER")
        ->required();
    app.add_option("--name", name_, "Name of the task (default: of the file)");
    app.add_option(
           "--map", map_,
           "What fields mean: question=, messages=, answer=, choices= (one list, or columns joined by |), "
           "cluster=, group=, id=; comma-separated")
        ->delimiter(',')
        ->type_name("MEANING=FIELD");
    app.add_option("--scorer", scorer_, "Who scores (default: guessed from the answers)");
    app.add_option("--prompt", prompt_, "What is asked, with {question} and {choices} in it");
    app.add_option("--title", title_, "What it asks, for people");
    app.add_option("--licence", licence_, "Under which licence the data are");
    app.add_option("--sample", sample_, "So many records, by group and length in their shares")
        ->check(CLI::Range(1, 10'000'000));
    app.add_option("--seed", seed_, "Seed of the sample")->check(kWholeNumber)->capture_default_str();
    app.add_flag("--replace", replace_, "In the place of a task of that name of yours");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    std::error_code ignored;
    if (!fs::exists(file_, ignored))
      throw Error(ErrorKind::input, fmt::format("{}: there is no such file", file_));
    const TaskLibrary library(environment);
    harness::UserTaskInput input = input_of();
    check_name(library, input.name);
    harness::Manifest named;
    named.name = input.name;
    DataFile data(library.file(named, harness::kUserData));
    const harness::UserTask task =
        harness::make_user_task(input, [&](std::string_view line) { data.line(line); });
    const fs::path manifest_path = library.folder() / (input.name + ".json");
    try_out(task, manifest_path, data.close());
    data.keep();
    write_file_atomically(manifest_path, task.manifest);
    emit(document(task, input.name, manifest_path), output_, environment);
    return kOk;
  }

 private:
  harness::UserTaskInput input_of() {
    harness::UserTaskInput input;
    input.name = name_.empty() ? name_of(fs::absolute(file_).lexically_normal()) : name_;
    const fs::path path(file_);
    input.source = path.has_filename() ? path.filename().string() : file_;
    input.title = title_;
    input.licence = licence_;
    input.scorer = scorer_;
    input.prompt = prompt_;
    input.sample = sample_;
    input.seed = seed_;
    for (const std::string& pair : map_) {
      const std::size_t equals = pair.find('=');
      if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size())
        throw Error(ErrorKind::usage, fmt::format("--map: '{}' is not MEANING=FIELD", pair),
                    "for instance --map question=body,answer=team");
      if (!input.map.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second)
        throw Error(ErrorKind::usage, fmt::format("--map: {} is said twice", pair.substr(0, equals)));
    }
    open_with(input);
    return input;
  }

  void open_with(harness::UserTaskInput& input) {
    std::error_code ignored;
    if (!fs::is_directory(file_, ignored)) {
      input.open = [this, name = input.source] {
        return harness::Records::open(open_bytes(file_), name, {});
      };
      return;
    }
    text_ = harness::prompts_as_json_lines(file_);
    if (text_.empty()) text_ = harness::folder_as_json_lines(file_);
    input.open = [this, name = input.source] {
      return harness::Records::open(
          [rest = std::string_view(text_)](std::span<char> into) mutable {
            const std::size_t given = std::min(into.size(), rest.size());
            std::copy_n(rest.data(), given, into.data());
            rest.remove_prefix(given);
            return given;
          },
          name, {harness::RecordFormat::jsonl});
    };
  }

  void check_name(const TaskLibrary& library, const std::string& name) const {
    if (!harness::is_task_name(name))
      throw Error(ErrorKind::usage, fmt::format("'{}' is no name of a task", name),
                  "give one with --name: lower-case letters, digits, - and _");
    const harness::BuiltinSuite suite = builtin_suite();
    const LibraryTask* there = library.find(name);
    const bool generated = harness::find_procedural(name) != nullptr ||
                           std::any_of(suite.tasks().begin(), suite.tasks().end(),
                                       [&](const RunTask& task) { return task.name == name; });
    if (generated || (there != nullptr && !there->own))
      throw Error(ErrorKind::usage, fmt::format("there is a task \"{}\" that comes with the program", name),
                  "give another name with --name");
    if (there != nullptr && !replace_)
      throw Error(ErrorKind::usage, fmt::format("there is a task \"{}\" already", name),
                  "give another name with --name, or say --replace");
  }

  // Whatever was written can be read, before it is kept.
  static void try_out(const harness::UserTask& task, const fs::path& manifest_path, const fs::path& data) {
    const harness::Manifest manifest = harness::Manifest::parse(task.manifest, manifest_path.string());
    harness::TaskReader reader(manifest, manifest.parts.front(),
                               [&](const std::string&) { return open_bytes(data); });
    std::int64_t items = 0;
    reader.each(1, [&](harness::LoadedItem&&) { return ++items > 0; });
    if (items != task.items)
      throw Error(ErrorKind::internal, fmt::format("{} of {} items can be read", items, task.items));
  }

  Document document(const harness::UserTask& task, const std::string& name,
                    const fs::path& manifest_path) const {
    Document document;
    document.kind = "task_added";
    document.headline = task.strata.empty()
                            ? fmt::format("The task {} has {} items.", name, with_commas(task.items))
                            : fmt::format("The task {} has {} items, a sample of {} records.", name,
                                          with_commas(task.items), with_commas(task.records));
    document.facts = {{"task", TextCell{name}},
                      {"items", IntegerCell{task.items}},
                      {"records", IntegerCell{task.records}},
                      {"left_out", IntegerCell{task.left_out.count}},
                      {"secrets_redacted", IntegerCell{task.secrets}},
                      {"manifest", TextCell{manifest_path.string()}}};
    if (!task.strata.empty()) {
      reports::TableBuilder table("strata", "Sampled from");
      table.text("stratum", "Group and length").number("records", "Records").number("items", "Items");
      for (const harness::UserTask::Stratum& stratum : task.strata)
        if (table.rows() < kMostStrataShown)
          table.row({TextCell{stratum.name.starts_with(", ") ? stratum.name.substr(2) : stratum.name},
                     IntegerCell{stratum.records}, IntegerCell{stratum.items}});
      document.tables.push_back(table.build());
      if (task.strata.size() > kMostStrataShown)
        document.notes.push_back({NoteKind::note, fmt::format("{} groups in all.", task.strata.size())});
    }
    for (const std::string& said : task.said)
      document.notes.push_back({NoteKind::note, fmt::format("Guessed: {}.", said)});
    if (task.left_out.count > 0)
      document.notes.push_back({NoteKind::warning, fmt::format("{} records were left out, such as {}.",
                                                               task.left_out.count, task.left_out.example)});
    if (task.secrets > 0)
      document.notes.push_back(
          {NoteKind::warning,
           fmt::format("{} texts that look like keys were replaced by [redacted].", task.secrets)});
    document.notes.push_back(
        {NoteKind::note,
         fmt::format("Its manifest is {}; what was guessed can be changed there.", manifest_path.string())});
    document.notes.push_back({NoteKind::next_step, fmt::format("costwar tasks show {}", name)});
    document.notes.push_back({NoteKind::next_step, fmt::format("costwar compare --tasks {}", name)});
    return document;
  }

  std::string file_;
  std::string name_;
  std::vector<std::string> map_;
  std::string scorer_;
  std::string prompt_;
  std::string title_;
  std::string licence_;
  std::optional<std::size_t> sample_;
  std::uint64_t seed_ = 1;
  bool replace_ = false;
  OutputFlags output_;
  std::string text_;  // of a folder
};

}  // namespace

std::unique_ptr<Verb> make_tasks_add() {
  return std::make_unique<TasksAdd>();
}

}  // namespace costwar::cli
