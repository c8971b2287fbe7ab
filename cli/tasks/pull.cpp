// costwar tasks pull: the files of public tasks, from their address or from where the user has them. Nothing
// is kept that is not what the manifest says; a file whose digest nobody knows is pinned by the first pull.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/config.h"
#include "cli/download.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/task_library.h"
#include "cli/tasks/commands.h"
#include "core/error.h"
#include "harness/sha256.h"
#include "harness/tasks/folder_records.h"
#include "reports/views/table_builder.h"
#include "system/byte_file.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestDownload = std::uint64_t{1} << 30;

class TasksPull final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("TASK", names_, "Tasks: NAME, or NAME/SUBSET for what one subset needs")->required();
    app.add_option("--from", from_, "A file or folder that you have, instead of the address")
        ->type_name("FILE");
    app.add_flag("--again", again_, "Also where a file is here already, or another one was here first");
    declare_network_flags(app, network_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    if (!from_.empty() && names_.size() > 1)
      throw Error(ErrorKind::usage, "--from goes with one task", "pull the others by themselves");
    std::error_code ignored;
    if (!from_.empty() && !fs::exists(from_, ignored))
      throw Error(ErrorKind::input, fmt::format("{}: there is no such file", from_));
    const TaskLibrary library(environment);
    for (const std::string& name : names_) (void)library.require(name);  // before anything is fetched
    for (const std::string& name : names_) pull(library, library.require(name), name, environment);
    Document document;
    document.kind = "task_pull";
    document.headline = fmt::format("{} file{} taken, {} {} here.", taken_, taken_ == 1 ? "" : "s", kept_,
                                    kept_ == 1 ? "was" : "were");
    document.facts = {{"taken", IntegerCell{taken_}}, {"here", IntegerCell{kept_}}};
    document.tables.push_back(table_.build());
    document.notes.push_back({NoteKind::next_step, fmt::format("costwar tasks check {}", names_.front())});
    emit(document, output_, environment);
    return kOk;
  }

 private:
  void pull(const TaskLibrary& library, const LibraryTask& task, const std::string& name,
            Environment& environment) {
    const harness::Manifest& manifest = task.manifest;
    const auto parts = TaskLibrary::parts(task, name);
    for (const harness::TaskFile& file : manifest.files) {
      const bool needed = std::any_of(parts.begin(), parts.end(), [&](const harness::TaskPart* part) {
        return part->file == file.name || part->answers_file == file.name;
      });
      if (needed) pull_file(library, task, file, environment);
    }
  }

  void pull_file(const TaskLibrary& library, const LibraryTask& task, const harness::TaskFile& file,
                 Environment& environment) {
    const harness::Manifest& manifest = task.manifest;
    const fs::path path = library.file(manifest, file.name);
    std::error_code failed;
    const std::string pinned = library.pinned(manifest, file.name);
    const std::string known = file.sha256.empty() ? pinned : file.sha256;
    if (!again_ && fs::is_regular_file(path, failed) && from_.empty() &&
        (known.empty() || sha256_of_file(path) == known)) {
      ++kept_;
      row(manifest, file.name, fs::file_size(path, failed), known, "was here");
      return;
    }
    const std::string bytes = bytes_of(task, file, environment);
    const std::string digest = harness::Sha256().update(bytes).finish_hex();
    compare(file, bytes.size(), digest, pinned);
    if (file.url.empty()) try_out(manifest, bytes);
    fs::create_directories(path.parent_path(), failed);
    if (failed)
      throw Error(
          ErrorKind::input,
          fmt::format("{}: the folder cannot be made: {}", path.parent_path().string(), failed.message()),
          "run costwar in a folder that you may write to");
    write_file_atomically(path, bytes);
    if (file.sha256.empty()) library.pin(manifest, file.name, digest);
    ++taken_;
    row(manifest, file.name, bytes.size(), digest,
        file.sha256.empty() ? "taken; pinned to this digest, since none is known"
                            : "taken; as the manifest says");
  }

  void row(const harness::Manifest& manifest, const std::string& file, std::uint64_t bytes,
           const std::string& digest, const char* what) {
    table_.row({TextCell{manifest.name}, TextCell{file}, IntegerCell{static_cast<std::int64_t>(bytes)},
                TextCell{what}, TextCell{digest}});
  }

  std::string bytes_of(const LibraryTask& task, const harness::TaskFile& file,
                       Environment& environment) const {
    if (from_.empty()) {
      if (file.url.empty())
        throw Error(ErrorKind::usage,
                    fmt::format("the task {} has no address to fetch {} from", task.manifest.name, file.name),
                    fmt::format("costwar tasks pull {} --from FILE", task.manifest.name));
      return download(file.url, file.bytes.value_or(kLargestDownload),
                      http_options(load_config(environment, network_).network));
    }
    std::error_code ignored;
    if (!fs::is_directory(from_, ignored)) {
      if (task.manifest.files.size() > 1 && fs::path(from_).filename() != file.name)
        throw Error(ErrorKind::usage,
                    fmt::format("the task {} has {} files", task.manifest.name, task.manifest.files.size()),
                    "name the folder that holds them, or one subset and its file");
      return read_file(from_, kLargestDownload);
    }
    if (file.url.empty()) return harness::folder_as_json_lines(from_);
    for (const std::string& name : {file.name, file.url.substr(file.url.rfind('/') + 1)})
      if (fs::is_regular_file(fs::path(from_) / name, ignored))
        return read_file(fs::path(from_) / name, kLargestDownload);
    throw Error(ErrorKind::input, fmt::format("{}: there is no {} in it", from_, file.name));
  }

  void compare(const harness::TaskFile& file, std::size_t bytes, const std::string& digest,
               const std::string& pinned) const {
    const char* const nothing = "nothing was kept; this is not the file that the manifest means";
    if (file.bytes && bytes != *file.bytes)
      throw Error(ErrorKind::input, fmt::format("{}: it has {} bytes, not {}", file.name, bytes, *file.bytes),
                  nothing);
    if (!file.sha256.empty() && digest != file.sha256)
      throw Error(ErrorKind::input,
                  fmt::format("{}: its SHA-256 is {}, not {}", file.name, digest, file.sha256), nothing);
    if (file.sha256.empty() && !pinned.empty() && digest != pinned && !again_)
      throw Error(
          ErrorKind::input,
          fmt::format("{}: its SHA-256 is {}; that of the first pull was {}", file.name, digest, pinned),
          "nothing was kept; --again takes it all the same, and makes other runs of it");
  }

  // A file that the user brought is read whole before it is kept.
  void try_out(const harness::Manifest& manifest, const std::string& bytes) const {
    const harness::OpenTaskFile open = [&](const std::string&) { return source_of(bytes); };
    for (const harness::TaskPart& part : manifest.parts) {
      harness::TaskReader reader(manifest, part, open);
      std::int64_t items = 0;
      reader.each(1, [&](harness::LoadedItem&&) { return ++items > 0; });
      if (items == 0)
        throw Error(ErrorKind::input, fmt::format("the file of {} holds no record", manifest.name));
    }
  }

  // Gzip is undone, as when the file is read later.
  ByteSource source_of(const std::string& bytes) const {
    std::error_code ignored;
    if (!fs::is_directory(from_, ignored)) return open_bytes(from_);
    return [rest = std::string_view(bytes)](std::span<char> into) mutable {
      const std::size_t given = std::min(into.size(), rest.size());
      std::copy_n(rest.data(), given, into.data());
      rest.remove_prefix(given);
      return given;
    };
  }

  static reports::TableBuilder pulled_table() {
    reports::TableBuilder table("files", "");
    table.text("task", "Task").text("file", "File").number("bytes", "Bytes").text("state", "").data("sha256");
    return table;
  }

  std::vector<std::string> names_;
  std::string from_;
  bool again_ = false;
  NetworkFlags network_;
  OutputFlags output_;
  std::int64_t taken_ = 0;
  std::int64_t kept_ = 0;
  reports::TableBuilder table_ = pulled_table();
};

}  // namespace

std::unique_ptr<Verb> make_tasks_pull() {
  return std::make_unique<TasksPull>();
}

}  // namespace costwar::cli
