#include "cli/task_library.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <vector>

#include "cli/catalogue.h"
#include "cli/project.h"
#include "cli/suite.h"
#include "core/error.h"
#include "core/json.h"
#include "core/suggest.h"
#include "harness/procedural/registry.h"
#include "harness/sha256.h"
#include "system/byte_file.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestManifest = std::uint64_t{4} << 20;
constexpr std::string_view kSuiteFile = "tasks/builtin.json";  // the suite, which is no manifest

std::string_view first_part(std::string_view name) {
  return name.substr(0, name.find('/'));
}

fs::path pins_path(const fs::path& folder, const harness::Manifest& manifest) {
  return folder / manifest.name / "pins.json";
}

Json read_pins(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return Json::object();
  Json pins = parse_json(read_file(path, kLargestManifest), path.string());
  if (!pins.is_object()) JsonIn(pins, path.string()).fail("expected an object");
  return pins;
}

}  // namespace

std::string sha256_of_file(const fs::path& path) {
  constexpr std::size_t kPiece = 1 << 20;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(ErrorKind::input, fmt::format("{}: cannot be read", path.string()));
  harness::Sha256 digest;
  std::vector<char> piece(kPiece);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())), in.gcount() > 0)
    digest.update({piece.data(), static_cast<std::size_t>(in.gcount())});
  if (in.bad()) throw Error(ErrorKind::input, fmt::format("{}: cannot be read", path.string()));
  return digest.finish_hex();
}

TaskLibrary::TaskLibrary(const Environment& environment)
    : folder_(project_folder(environment) / ".costwar" / "tasks") {
  for (const CatalogueFile& file : catalogue_folder("tasks"))
    if (file.path != kSuiteFile) add(file.bytes, fmt::format("catalog/{}", file.path), false);
  std::error_code ignored;
  std::vector<fs::path> own;
  for (const auto& entry : fs::directory_iterator(folder_, ignored))
    if (entry.path().extension() == ".json") own.push_back(entry.path());
  std::sort(own.begin(), own.end());
  for (const fs::path& path : own) add(read_file(path, kLargestManifest), path.string(), true);
}

void TaskLibrary::add(std::string_view text, const std::string& where, bool own) {
  LibraryTask task{harness::Manifest::parse(text, where), where, own};
  const auto same = std::find_if(tasks_.begin(), tasks_.end(), [&](const LibraryTask& other) {
    return other.manifest.name == task.manifest.name;
  });
  if (same != tasks_.end())
    throw Error(
        ErrorKind::input,
        fmt::format("{}: there is another task \"{}\", of {}", where, task.manifest.name, same->where),
        "give it another name");
  tasks_.push_back(std::move(task));
}

const LibraryTask* TaskLibrary::find(std::string_view name) const {
  for (const LibraryTask& task : tasks_)
    if (task.manifest.name == name || task.manifest.find(name) != nullptr) return &task;
  return nullptr;
}

std::vector<std::string> TaskLibrary::names() const {
  std::vector<std::string> all;
  for (const LibraryTask& task : tasks_) {
    all.push_back(task.manifest.name);
    for (const harness::TaskPart& part : task.manifest.parts)
      if (part.name != task.manifest.name) all.push_back(part.name);
  }
  return all;
}

const LibraryTask& TaskLibrary::require(std::string_view name) const {
  if (const LibraryTask* task = find(name)) return *task;
  for (const LibraryTask& task : tasks_) {
    if (task.manifest.name != first_part(name)) continue;
    std::vector<std::string> parts;
    for (const harness::TaskPart& part : task.manifest.parts) parts.push_back(part.name);
    const auto near = nearest_name(name, std::span<const std::string>(parts));
    throw Error(ErrorKind::usage, fmt::format("the task {} has no subset \"{}\"", task.manifest.name, name),
                near ? fmt::format("did you mean {}?", *near)
                     : fmt::format("`costwar tasks show {}` lists them", task.manifest.name));
  }
  std::vector<std::string> all = names();
  const harness::BuiltinSuite suite = builtin_suite();
  for (const RunTask& task : suite.tasks()) all.push_back(task.name);
  for (const harness::ProceduralRow& row : harness::procedural_tasks()) all.emplace_back(row.name);
  const auto near = nearest_name(name, std::span<const std::string>(all));
  throw Error(ErrorKind::usage, fmt::format("there is no task \"{}\"", name),
              near ? fmt::format("did you mean \"{}\"?", *near)
                   : "`costwar tasks` lists them, `costwar tasks add` makes one of your own file");
}

std::vector<const harness::TaskPart*> TaskLibrary::parts(const LibraryTask& task, std::string_view name) {
  std::vector<const harness::TaskPart*> chosen;
  for (const harness::TaskPart& part : task.manifest.parts)
    if (part.name == name || task.manifest.name == name) chosen.push_back(&part);
  return chosen;
}

fs::path TaskLibrary::file(const harness::Manifest& manifest, std::string_view name) const {
  return folder_ / manifest.name / name;
}

bool TaskLibrary::pulled(const harness::Manifest& manifest, const harness::TaskPart& part) const {
  std::error_code ignored;
  return fs::is_regular_file(file(manifest, part.file), ignored) &&
         (part.answers_file.empty() || fs::is_regular_file(file(manifest, part.answers_file), ignored));
}

std::string TaskLibrary::pinned(const harness::Manifest& manifest, const std::string& file) const {
  const fs::path path = pins_path(folder_, manifest);
  const Json pins = read_pins(path);
  return JsonIn(pins, path.string()).optional_string(file).value_or("");
}

void TaskLibrary::pin(const harness::Manifest& manifest, const std::string& file,
                      const std::string& sha256) const {
  const fs::path path = pins_path(folder_, manifest);
  Json pins = read_pins(path);
  pins[file] = sha256;
  write_file_atomically(path, pins.dump(2) + "\n");
}

void TaskLibrary::check(const harness::Manifest& manifest, const harness::TaskFile& wanted) const {
  const fs::path path = file(manifest, wanted.name);
  std::error_code failed;
  if (!fs::is_regular_file(path, failed))
    throw Error(ErrorKind::input,
                fmt::format("the task {} is not here yet: {} is missing", manifest.name, wanted.name),
                wanted.url.empty() ? fmt::format("costwar tasks pull {} --from FILE", manifest.name)
                                   : fmt::format("costwar tasks pull {}", manifest.name));
  const std::string known = wanted.sha256.empty() ? pinned(manifest, wanted.name) : wanted.sha256;
  if (!known.empty() && sha256_of_file(path) != known)
    throw Error(ErrorKind::input, fmt::format("{}: it is not the file that was pulled", path.string()),
                fmt::format("costwar tasks pull {} --again", manifest.name));
}

harness::OpenTaskFile TaskLibrary::opener(const harness::Manifest& manifest) const {
  // Compared once: what is read twice, to be counted and sampled, is hashed once.
  return [this, &manifest, checked = std::make_shared<std::set<std::string>>()](const std::string& name) {
    for (const harness::TaskFile& wanted : manifest.files)
      if (wanted.name == name && checked->insert(name).second) check(manifest, wanted);
    return open_bytes(file(manifest, name));
  };
}

}  // namespace costwar::cli
