// CSV (RFC 4180) over text in memory: reading records, cutting blocks where a record ends, writing fields.
// Pure functions and one reader; the text belongs to the caller and must outlive the reader. No threads of
// its own; two readers over two parts of a text are independent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace costwar {

// What is wrong with one record. line: of the place that is at fault, from 1.
struct CsvError {
  std::size_t line = 0;
  std::string_view what;  // a literal
};

// Reads record after record. Lines end with LF or CRLF; quoted fields may hold line ends, delimiters and
// doubled quotes; a UTF-8 byte order mark at the start and blank lines are skipped. A quote inside an
// unquoted field is a character like any other. Any bytes are accepted; reading takes time linear in the
// text.
//
//   CsvReader reader(text);
//   while (const auto fields = reader.next()) {
//     if (reader.error()) { ++bad; continue; }   // *fields is empty; the next call goes on with the next
//     line
//     ...
//   }
class CsvReader {
 public:
  explicit CsvReader(std::string_view text, char delimiter = ',');
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  // The fields of the next record, or nothing at the end. They are views into the text, or into the reader
  // where doubled quotes had to be undone, and hold until the next call. After a record that is malformed
  // (text behind a closing quote, a quote that is never closed) the span is empty, error() is set, and
  // reading goes on with the line below the one on which that record began.
  std::optional<std::span<const std::string_view>> next();

  const std::optional<CsvError>& error() const { return error_; }  // of the record last read
  std::size_t line() const { return record_line_; }  // on which the record last read began, from 1
  std::string_view raw() const { return raw_; }  // the bytes of the record last read, without its line end

 private:
  struct Unquoted {
    std::size_t field, begin, size;
  };

  std::uint64_t specials(std::size_t at) const;
  bool read_plain();
  bool read_quoted();           // false: malformed
  bool quoted_field();          // at an opening quote
  void fail(const char* what);  // sets the error and goes on with the line below the record's first
  bool at_line_end() const;

  std::string_view text_;
  char delimiter_;
  std::size_t at_ = 0;    // next byte to read
  std::size_t line_ = 1;  // line of at_
  std::size_t record_begin_ = 0;
  std::size_t record_line_ = 0;
  std::string_view raw_;
  std::vector<std::string_view> fields_;
  std::string scratch_;  // fields whose doubled quotes were undone, one behind the other
  std::vector<Unquoted> unquoted_;
  std::optional<CsvError> error_;
};

// For reading a file block by block: the length of the part of the block that ends with a whole record (0:
// none ends in it). in_quotes says whether the block begins inside a quoted field, and is set to whether it
// ends so. The caller keeps the rest and puts the next block behind it. A block that begins with a quote is
// taken to begin with a field: a stray quote inside an unquoted field may be misread if a block is cut just
// before it.
std::size_t csv_complete_prefix(std::string_view block, bool& in_quotes);

// Appends one field, quoted where RFC 4180 requires it.
void csv_field(std::string& out, std::string_view field, char delimiter = ',');

// The delimiter that a header line suggests: comma, semicolon or tab, whichever occurs most outside quotes;
// comma if none does.
char csv_delimiter(std::string_view header);

}  // namespace costwar
