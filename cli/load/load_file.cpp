#include "cli/load/load_file.h"

#include <fmt/format.h>

#include "core/load_json.h"
#include "harness/store/load_store.h"
#include "harness/tasks/line_reader.h"
#include "system/byte_file.h"

namespace costwar::cli {

std::optional<LoadHeader> import_load_file(const std::string& file, const std::filesystem::path& store) {
  harness::LineReader lines(open_bytes(file), file);
  const auto place = [&] { return fmt::format("{}:{}", file, lines.line()); };
  const auto first = lines.next();
  if (!first || !is_load_header(*first)) return std::nullopt;
  LoadRunReader reader;
  reader.read(*first, place());
  harness::LoadStore::open(store)->import_run(*reader.header(), [&]() -> std::optional<LoadRow> {
    while (const auto line = lines.next())
      if (auto row = reader.read(*line, place())) return row;
    reader.finish(file);
    return std::nullopt;
  });
  return reader.header();
}

bool export_load_run(const std::filesystem::path& store, const std::string& run,
                     const std::function<void(std::string_view)>& each) {
  const auto loads = harness::LoadStore::open_existing(store);
  auto header = loads->find_by_label(run);
  if (!header) header = loads->find(run);
  if (!header) return false;
  loads->export_run(header->id, each);
  return true;
}

}  // namespace costwar::cli
