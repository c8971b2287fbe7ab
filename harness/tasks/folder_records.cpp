#include "harness/tasks/folder_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "harness/tasks/records.h"
#include "system/byte_file.h"
#include "system/files.h"

namespace costwar::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFolderText = std::size_t{1} << 30;
constexpr std::uint64_t kLargestPrompt = std::uint64_t{64} << 20;
constexpr std::array<std::string_view, 4> kRecordEndings{".csv", ".tsv", ".json", ".jsonl"};

std::string plain_name(const fs::path& path) {
  std::string name = path.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name;
}

bool is_table(const std::string& name) {
  return name.ends_with(".csv") || name.ends_with(".tsv");
}

bool has_header(const fs::path& path, const std::string& name) {
  const auto records = Records::open(open_bytes(path), name, {RecordFormat::automatic, false});
  if (!records->next()) return false;
  const Json row = records->value();
  for (const auto& [key, value] : row.items()) {
    const std::string field = lowered(trimmed(value.get_ref<const std::string&>()));
    if (field == "question" || field == "prompt") return true;
  }
  return false;
}

}  // namespace

std::string folder_as_json_lines(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const std::string name = plain_name(entry.path());
    const bool wanted = std::any_of(kRecordEndings.begin(), kRecordEndings.end(),
                                    [&](std::string_view ending) { return name.ends_with(ending); });
    if (entry.is_regular_file() && wanted) files.push_back(entry.path());
  }
  if (failed)
    throw Error(ErrorKind::input, fmt::format("{}: cannot be read: {}", folder.string(), failed.message()));
  if (files.empty())
    throw Error(ErrorKind::input,
                fmt::format("{}: there is no .csv, .tsv, .json or .jsonl file in it", folder.string()));
  std::sort(files.begin(), files.end());
  std::string lines;
  for (const fs::path& path : files) {
    const std::string name = plain_name(path);
    const RecordSpec spec{RecordFormat::automatic, !is_table(name) || has_header(path, name)};
    for (const auto records = Records::open(open_bytes(path), name, spec); records->next();) {
      Json record = records->value();
      record["_file"] = fs::path(name).stem().string();
      lines += record.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
      if (lines.size() > kMostFolderText)
        throw Error(ErrorKind::input,
                    fmt::format("{}: more than {} MiB of records", folder.string(), kMostFolderText >> 20));
    }
  }
  return lines;
}

std::string prompts_as_json_lines(const fs::path& folder) {
  constexpr std::array<std::string_view, 3> kPrompts{".txt", ".md", ".prompt"};
  constexpr std::array<std::string_view, 4> kAnswerEndings{".answer", ".answer.txt", ".expected",
                                                           ".expected.txt"};
  std::vector<fs::path> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    const bool answer = std::any_of(kAnswerEndings.begin(), kAnswerEndings.end(),
                                    [&](std::string_view ending) { return name.ends_with(ending); });
    const bool prompt = std::any_of(kPrompts.begin(), kPrompts.end(),
                                    [&](std::string_view ending) { return name.ends_with(ending); });
    if (entry.is_regular_file() && prompt && !answer) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::string lines;
  for (const fs::path& path : files) {
    Json record{{"id", path.stem().string()}, {"question", read_file(path, kLargestPrompt)}};
    std::vector<fs::path> places;
    for (const std::string_view ending : kAnswerEndings)
      places.push_back(folder / (path.stem().string() + std::string(ending)));
    places.push_back(folder / "answers" / (path.stem().string() + ".txt"));
    for (const fs::path& place : places)
      if (!record.contains("answer") && fs::is_regular_file(place, failed))
        record["answer"] = trimmed(read_file(place, kLargestPrompt));
    lines += record.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    if (lines.size() > kMostFolderText)
      throw Error(ErrorKind::input,
                  fmt::format("{}: more than {} MiB of prompts", folder.string(), kMostFolderText >> 20));
  }
  return lines;
}

}  // namespace costwar::harness
