// libFuzzer target: any bytes are records or errors with line numbers that never fall; a text cut into blocks
// holds the same bytes as the whole; what is written as fields is read back. The first byte sets the size of
// the blocks, the rest is the text; any difference aborts.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/csv.h"

namespace {

using costwar::CsvReader;

void expect(bool holds) {
  if (!holds) {
    std::abort();
  }
}

struct Read {
  std::vector<std::vector<std::string>> records;
  bool malformed = false;
};

Read read(std::string_view text, char delimiter) {
  Read result;
  CsvReader reader(text, delimiter);
  std::size_t line = 0;
  while (const auto fields = reader.next()) {
    expect(reader.line() > line);
    line = reader.line();
    expect(fields->empty() == reader.error().has_value());
    if (reader.error()) {
      expect(reader.error()->line >= line);
      result.malformed = true;
      continue;
    }
    result.records.emplace_back(fields->begin(), fields->end());
  }
  return result;
}

void written_comes_back(const Read& first) {
  std::string text;
  for (const auto& record : first.records) {
    for (std::size_t i = 0; i < record.size(); ++i) {
      if (i > 0) {
        text.push_back(',');
      }
      if (record.size() == 1 && record[0].empty()) {
        text += "\"\"";  // a record of one empty field, not a blank line
      } else if (text.empty() && record[0].starts_with("\xEF\xBB\xBF")) {
        return;  // would be read as a byte order mark
      } else {
        costwar::csv_field(text, record[i]);
      }
    }
    text.push_back('\n');
  }
  const Read again = read(text, ',');
  expect(!again.malformed);
  expect(again.records == first.records);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::size_t block_size = data[0] + std::size_t{1};
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Read whole = read(text, costwar::csv_delimiter(text));
  written_comes_back(whole);
  bool in_quotes = false;
  for (std::size_t at = 0; at < text.size(); at += block_size) {
    const std::string_view block = text.substr(at, block_size);
    const std::size_t complete = costwar::csv_complete_prefix(block, in_quotes);
    expect(complete <= block.size());
    expect(complete == 0 || block[complete - 1] == '\n');
  }
  return 0;
}
