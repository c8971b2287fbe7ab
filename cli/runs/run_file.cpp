#include "cli/runs/run_file.h"

#include <fmt/format.h>

#include "core/error.h"
#include "harness/tasks/line_reader.h"
#include "system/byte_file.h"

namespace costwar::cli {

RunHeader import_run_file(const std::string& file, harness::Store& store) {
  harness::LineReader lines(open_bytes(file), file);
  const auto place = [&] { return fmt::format("{}:{}", file, lines.line()); };
  const auto first = lines.next();
  if (!first) throw Error(ErrorKind::input, fmt::format("{}: it is empty", file));
  RunHeader header = parse_run_header(*first, place());
  store.import_run(header, [&](RunRow& row) {
    for (;;) {
      const auto line = lines.next();
      if (!line) return false;
      if (line->empty()) continue;
      row = parse_run_row(*line, place());
      return true;
    }
  });
  return header;
}

}  // namespace costwar::cli
