// libFuzzer target: logs of other tools come from outside. The first byte chooses a format of imports.cpp;
// whatever the rest, it becomes rows of a run that a reader of columns accepts, the same however the bytes
// are cut, or an Error.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/columns.h"
#include "core/error.h"
#include "harness/import/import_stream.h"
#include "harness/import/imports.h"

namespace {

using namespace costwar;
using namespace costwar::harness;

ByteSource pieces(std::string_view text, std::size_t size) {
  return [text, size](std::span<char> into) mutable {
    const std::size_t given = std::min({into.size(), size, text.size()});
    std::copy_n(text.data(), given, into.data());
    text.remove_prefix(given);
    return given;
  };
}

// The run's rows as lines, or the complaint.
std::string read(const ImportRow& format, std::string_view text, std::size_t piece) {
  const ImportFile file{"samples_f_2026-11-27T1.jsonl", "f", [text, piece] { return pieces(text, piece); }};
  ImportOptions options;
  options.item = "question";
  options.scores = {"score"};
  options.costs = {"cost"};
  std::string lines;
  try {
    for (const auto& source : format.open({&file, 1}, options)) {
      ImportStream stream(*source, "f");
      RunColumnsBuilder columns(stream.header());
      for (RunRow row; stream.next(row);) {
        columns.add(row);
        lines += to_json_line(row);
      }
      lines += stream.header().plan;
      if (columns.finish().trials.size() != static_cast<std::size_t>(stream.counts().results)) std::abort();
    }
  } catch (const Error& error) {
    return error.what();
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto formats = run_imports();
  const ImportRow& format = formats[data[0] % formats.size()];
  if (read(format, text, 3) != read(format, text, 1 << 16)) std::abort();
  (void)guess_import({"f.json", "f", [text] { return pieces(text, 100); }});
  return 0;
}
