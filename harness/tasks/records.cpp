#include "harness/tasks/records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "core/csv.h"
#include "core/error.h"
#include "core/suggest.h"
#include "core/text.h"
#include "harness/tasks/line_reader.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kLooked = 64 * 1024;  // of a file, to tell its format
constexpr std::size_t kLargestDocument = std::size_t{256} << 20;
constexpr std::size_t kMostColumns = 10'000;

struct FormatRow {
  std::string_view name;
  RecordFormat format;
};
constexpr std::array kRecordFormats{FormatRow{"auto", RecordFormat::automatic},
                                    FormatRow{"jsonl", RecordFormat::jsonl},
                                    FormatRow{"json", RecordFormat::json},
                                    FormatRow{"csv", RecordFormat::csv}, FormatRow{"tsv", RecordFormat::tsv}};

class JsonLines final : public Records {
 public:
  explicit JsonLines(LineReader lines) : lines_(std::move(lines)) {}

  bool next() override {
    while (const auto line = lines_.next()) {
      text_ = trimmed(*line);
      if (!text_.empty()) return true;
    }
    return false;
  }

  std::string place() const override { return fmt::format("{}:{}", lines_.source(), lines_.line()); }

  Json value() const override {
    Json record = parse_json(text_, place());
    if (!record.is_object())
      throw Error(ErrorKind::input, fmt::format("{}: the line is no JSON object", place()),
                  "each line of a JSON Lines file is one object");
    return record;
  }

 private:
  LineReader lines_;
  std::string_view text_;
};

// Well formed as RFC 3629 has it, so that what is read can be sent.
bool is_utf8(std::string_view text) {
  std::size_t at = 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  while (at < text.size()) {
    const unsigned char first = byte(at);
    const std::size_t more = first < 0x80   ? 0
                             : first < 0xc2 ? 4
                             : first < 0xe0 ? 1
                             : first < 0xf0 ? 2
                             : first < 0xf5 ? 3
                                            : 4;
    if (more == 4 || at + more >= text.size()) return false;
    for (std::size_t i = 1; i <= more; ++i)
      if ((byte(at + i) & 0xc0U) != 0x80U) return false;
    const bool too_long = (first == 0xe0 && byte(at + 1) < 0xa0) || (first == 0xf0 && byte(at + 1) < 0x90);
    const bool outside = (first == 0xed && byte(at + 1) >= 0xa0) || (first == 0xf4 && byte(at + 1) >= 0x90);
    if (too_long || outside) return false;
    at += more + 1;
  }
  return true;
}

// TSV knows no quotes: a field is what stands between two tabs.
class TableRows final : public Records {
 public:
  TableRows(LineReader lines, bool header, bool quotes, char delimiter)
      : lines_(std::move(lines)), quotes_(quotes), delimiter_(delimiter) {
    if (header && read_record()) names_ = fields();
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (names_[i].empty()) names_[i] = std::to_string(i + 1);
    std::vector<std::string> sorted = names_;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end())
      throw Error(ErrorKind::input, fmt::format("{}: two columns are named \"{}\"", place(), *twice),
                  "rename one of them; where the first line is no header, say \"header\": false");
    has_names_ = header;
  }

  bool next() override { return read_record(); }

  std::string place() const override { return fmt::format("{}:{}", lines_.source(), first_line_); }

  Json value() const override {
    if (!is_utf8(record_))
      throw Error(ErrorKind::input, fmt::format("{}: the text is not UTF-8", place()),
                  "convert it, for instance with iconv -f latin1 -t utf-8");
    const std::vector<std::string> texts = fields();
    if (has_names_ && texts.size() != names_.size())
      throw Error(ErrorKind::input,
                  fmt::format("{}: {} fields, but {} columns", place(), texts.size(), names_.size()),
                  "a field with the delimiter or a line end in it stands in double quotes");
    Json record = Json::object();
    for (std::size_t i = 0; i < texts.size(); ++i)
      record.push_back({has_names_ ? names_[i] : std::to_string(i + 1), texts[i]});
    return record;
  }

 private:
  // The lines of one record, one behind the other.
  bool read_record() {
    record_.clear();
    bool in_quotes = false;
    while (const auto line = lines_.next()) {
      if (record_.empty() && trimmed(*line).empty()) continue;
      if (record_.empty()) first_line_ = lines_.line();
      const std::size_t from = record_.size();
      record_.append(*line) += '\n';
      if (!quotes_) return true;
      (void)csv_complete_prefix(std::string_view(record_).substr(from), in_quotes);
      if (!in_quotes) return true;
      if (record_.size() > kLongestLine) break;
    }
    if (in_quotes)
      throw Error(ErrorKind::input, fmt::format("{}: a quote opens here that is never closed", place()),
                  "double a quote that is part of a quoted field");
    return false;
  }

  std::vector<std::string> fields() const {
    std::vector<std::string> texts;
    if (!quotes_) {
      std::string_view rest(record_);
      rest.remove_suffix(1);
      for (std::size_t end = 0; end != std::string_view::npos && texts.size() <= kMostColumns;) {
        end = rest.find(delimiter_);
        texts.emplace_back(rest.substr(0, end));
        if (end != std::string_view::npos) rest.remove_prefix(end + 1);
      }
    } else {
      CsvReader reader(record_, delimiter_);
      const auto record = reader.next();
      if (reader.error())
        throw Error(ErrorKind::input, fmt::format("{}: {}", place(), reader.error()->what),
                    "double a quote that is part of a quoted field");
      if (record) texts.assign(record->begin(), record->end());
    }
    if (texts.size() > kMostColumns)
      throw Error(ErrorKind::input, fmt::format("{}: more than {} columns", place(), kMostColumns));
    return texts;
  }

  LineReader lines_;
  bool quotes_;
  char delimiter_;
  bool has_names_ = false;
  std::vector<std::string> names_;
  std::string record_;
  std::size_t first_line_ = 1;
};

class JsonDocument final : public Records {
 public:
  JsonDocument(LineReader& lines, const std::string& source, const std::string& pointer) : source_(source) {
    std::string text;
    while (const auto line = lines.next()) {
      text.append(*line) += '\n';
      if (text.size() > kLargestDocument)
        throw Error(ErrorKind::input,
                    fmt::format("{}: a JSON document of more than {} MiB", source, kLargestDocument >> 20),
                    "one record a line (JSON Lines) may be of any length");
    }
    document_ = parse_json(text, source);
    find_array(pointer);
  }

  bool next() override { return ++index_ < static_cast<std::ptrdiff_t>(array_->size()); }

  std::string place() const override { return fmt::format("{}: {}/{}", source_, pointer_, index_); }

  Json value() const override {
    const Json& record = (*array_)[static_cast<std::size_t>(index_)];
    if (!record.is_object())
      throw Error(ErrorKind::input, fmt::format("{}: the record is no JSON object", place()));
    return record;
  }

 private:
  void find_array(const std::string& pointer) {
    array_ = &document_;
    pointer_ = pointer;
    if (!pointer.empty()) {
      try {
        array_ = &document_.at(Json::json_pointer(pointer));
      } catch (const Json::exception&) {
        throw Error(ErrorKind::input, fmt::format("{}: there is nothing at {}", source_, pointer),
                    "\"records\" of the reader is a JSON pointer to the array of records");
      }
    } else if (document_.is_object()) {
      std::size_t arrays = 0;
      for (const auto& [key, member] : document_.items())
        if (member.is_array() && !member.empty() && member.front().is_object() && ++arrays == 1) {
          array_ = &member;
          pointer_ = "/" + key;
        }
      if (arrays > 1)
        throw Error(ErrorKind::input, fmt::format("{}: it has {} arrays of records", source_, arrays),
                    "name one as \"records\" of the reader, a JSON pointer");
    }
    if (!array_->is_array())
      throw Error(ErrorKind::input, fmt::format("{}: there is no array of records", source_),
                  "a task's file is a JSON array of objects, or one object a line");
  }

  std::string source_;
  Json document_;
  const Json* array_ = nullptr;
  std::string pointer_;
  std::ptrdiff_t index_ = -1;
};

bool begins_json_line(std::string_view text) {
  const std::string_view line = trimmed(text.substr(0, text.find('\n')));
  return Json::accept(line.begin(), line.end());
}

RecordFormat format_of(std::string_view beginning, const std::string& source) {
  if (source.ends_with(".tsv")) return RecordFormat::tsv;
  if (source.ends_with(".csv")) return RecordFormat::csv;
  if (beginning.starts_with("\xEF\xBB\xBF")) beginning.remove_prefix(3);
  const std::string_view text = trimmed(beginning);
  if (text.starts_with('[')) return RecordFormat::json;
  // An object that goes on below its first line, or a first line that is too long to be seen whole.
  if (text.starts_with('{'))
    return begins_json_line(text) || beginning.find('\n') == std::string_view::npos ||
                   source.ends_with(".jsonl") || source.ends_with(".jsonl.gz")
               ? RecordFormat::jsonl
               : RecordFormat::json;
  return RecordFormat::csv;
}

}  // namespace

std::unique_ptr<Records> Records::open(ByteSource bytes, std::string source, const RecordSpec& spec) {
  LineReader lines(std::move(bytes), source);
  const std::string_view beginning = lines.look_ahead(kLooked);
  RecordFormat format = spec.format;
  if (format == RecordFormat::automatic)
    format = !spec.records.empty() ? RecordFormat::json : format_of(beginning, source);
  switch (format) {
    case RecordFormat::json:
      return std::make_unique<JsonDocument>(lines, source, spec.records);
    case RecordFormat::csv: {
      const char delimiter = csv_delimiter(beginning.substr(0, beginning.find('\n')));
      return std::make_unique<TableRows>(std::move(lines), spec.header, true, delimiter);
    }
    case RecordFormat::tsv:
      return std::make_unique<TableRows>(std::move(lines), spec.header, false, '\t');
    default:
      return std::make_unique<JsonLines>(std::move(lines));
  }
}

RecordFormat record_format_named(const std::string& name) {
  std::vector<std::string_view> names;
  for (const FormatRow& row : kRecordFormats) {
    if (row.name == name) return row.format;
    names.push_back(row.name);
  }
  const auto near = nearest_name(name, std::span<const std::string_view>(names));
  throw Error(ErrorKind::usage, fmt::format("'{}' is no format of records", name),
              near ? fmt::format("did you mean {}?", *near) : "there are auto, jsonl, json, csv, tsv");
}

}  // namespace costwar::harness
