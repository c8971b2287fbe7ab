#include "core/csv.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace costwar {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view without_cr(std::string_view line) {
  if (!line.empty() && line.back() == '\r') {
    line.remove_suffix(1);
  }
  return line;
}

// A quote opens a field only at its beginning; elsewhere it is a character of an unquoted field. Here the
// delimiter is not known, so all usual ones count.
bool may_precede_field(char c) {
  return c == ',' || c == ';' || c == '\t' || c == '|' || c == '\n' || c == '\r' ||
         c == kByteOrderMark.back();
}

}  // namespace

CsvReader::CsvReader(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {
  if (text_.starts_with(kByteOrderMark)) {
    at_ = kByteOrderMark.size();
  }
}

std::optional<std::span<const std::string_view>> CsvReader::next() {
  error_.reset();
  while (at_ < text_.size()) {
    fields_.clear();
    record_begin_ = at_;
    record_line_ = line_;
    if (!read_plain()) {
      at_ = record_begin_;
      fields_.clear();
      if (read_quoted())
        raw_ =
            without_cr(text_.substr(record_begin_, at_ - record_begin_ - (text_[at_ - 1] == '\n' ? 1U : 0U)));
      return std::span<const std::string_view>(fields_);
    }
    if (!raw_.empty()) return std::span<const std::string_view>(fields_);  // else a blank line
  }
  return std::nullopt;
}

// Delimiters, line ends and quotes among the 8 bytes at `at`: the highest bit of each such byte, the first
// byte lowest.
std::uint64_t CsvReader::specials(std::size_t at) const {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kLow = 0x7f7f7f7f7f7f7f7f;
  std::uint64_t word = 0;
  std::memcpy(&word, text_.data() + at, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  const auto equal = [&](char c) {
    const std::uint64_t difference = word ^ (kOnes * static_cast<unsigned char>(c));
    return ~(((difference & kLow) + kLow) | difference | kLow);  // exact: no carry between bytes
  };
  return equal(delimiter_) | equal('\n') | equal('"');
}

// A record without quoted fields; false when a field begins with a quote.
bool CsvReader::read_plain() {
  std::size_t begin = at_;  // of the field
  std::size_t at = at_;
  const auto end_line = [&](std::size_t end) {
    fields_.push_back(without_cr(text_.substr(begin, end - begin)));
    raw_ = without_cr(text_.substr(record_begin_, end - record_begin_));
    at_ = std::min(end + 1, text_.size());
    ++line_;
  };
  for (; at + 8 <= text_.size(); at += 8) {
    for (std::uint64_t found = specials(at); found != 0; found &= found - 1) {
      const std::size_t position = at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
      const char c = text_[position];
      if (c == '\n') return end_line(position), true;
      if (c == '"') {
        if (position == begin) return false;
        continue;
      }
      fields_.push_back(text_.substr(begin, position - begin));
      begin = position + 1;
    }
  }
  for (; at < text_.size() && text_[at] != '\n'; ++at) {
    if (text_[at] == '"' && at == begin) return false;
    if (text_[at] != delimiter_) continue;
    fields_.push_back(text_.substr(begin, at - begin));
    begin = at + 1;
  }
  return end_line(at), true;
}

bool CsvReader::at_line_end() const {
  return at_ == text_.size() || text_[at_] == '\n' ||
         (text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n'));
}

bool CsvReader::read_quoted() {
  scratch_.clear();
  unquoted_.clear();
  for (;;) {
    if (at_ < text_.size() && text_[at_] == '"') {
      if (!quoted_field()) {
        return false;
      }
    } else {
      const std::size_t begin = at_;
      while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n') {
        ++at_;
      }
      std::string_view field = text_.substr(begin, at_ - begin);
      fields_.push_back(at_ == text_.size() || text_[at_] == '\n' ? without_cr(field) : field);
    }
    if (at_ < text_.size() && text_[at_] == delimiter_) {
      ++at_;
      continue;
    }
    if (!at_line_end()) {
      fail("there is text behind the closing quote of a field");
      return false;
    }
    at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
    ++line_;
    break;
  }
  for (const Unquoted& part : unquoted_) {
    fields_[part.field] = std::string_view(scratch_).substr(part.begin, part.size);
  }
  return true;
}

bool CsvReader::quoted_field() {
  const std::size_t opening_line = line_;
  std::size_t begin = ++at_;
  const std::size_t scratch_begin = scratch_.size();
  bool doubled = false;
  for (;;) {
    const std::size_t quote = text_.find('"', at_);
    if (quote == std::string_view::npos) {
      line_ = opening_line;
      fail("the quote that opens a field is never closed");
      return false;
    }
    line_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                                 text_.begin() + static_cast<std::ptrdiff_t>(quote), '\n'));
    at_ = quote + 1;
    if (at_ == text_.size() || text_[at_] != '"') {
      if (!doubled) {
        fields_.push_back(text_.substr(begin, quote - begin));
        return true;
      }
      scratch_.append(text_.substr(begin, quote - begin));
      unquoted_.push_back({fields_.size(), scratch_begin, scratch_.size() - scratch_begin});
      fields_.emplace_back();  // set when the scratch no longer grows
      return true;
    }
    doubled = true;
    scratch_.append(text_.substr(begin, at_ - begin));  // with the first of the two quotes
    begin = ++at_;
  }
}

void CsvReader::fail(const char* what) {
  error_ = CsvError{line_, what};
  fields_.clear();
  const std::size_t end = std::min(text_.find('\n', record_begin_), text_.size());
  raw_ = without_cr(text_.substr(record_begin_, end - record_begin_));
  at_ = std::min(end + 1, text_.size());
  line_ = record_line_ + 1;
}

std::size_t csv_complete_prefix(std::string_view block, bool& in_quotes) {
  std::size_t complete = 0;
  std::size_t at = 0;                                 // everything before was looked at
  std::size_t closed = in_quotes ? block.size() : 0;  // just behind a closing quote; 0: as if one came before
  while (at < block.size()) {
    const void* found = std::memchr(block.data() + at, '"', block.size() - at);
    const std::size_t quote = found == nullptr
                                  ? block.size()
                                  : static_cast<std::size_t>(static_cast<const char*>(found) - block.data());
    if (!in_quotes) {
      const std::size_t line_end = block.substr(at, quote - at).rfind('\n');
      if (line_end != std::string_view::npos) {
        complete = at + line_end + 1;
      }
      if (quote < block.size() && (quote == closed || may_precede_field(block[quote - 1]))) {
        in_quotes = true;
      }
    } else if (quote < block.size()) {
      in_quotes = false;
      closed = quote + 1;
    }
    at = quote + 1;
  }
  return complete;
}

void csv_field(std::string& out, std::string_view field, char delimiter) {
  const char special[] = {delimiter, '"', '\r', '\n'};
  if (field.find_first_of(std::string_view(special, sizeof special)) == std::string_view::npos) {
    out.append(field);
    return;
  }
  out.push_back('"');
  for (const char c : field) {
    out.append(c == '"' ? 2U : 1U, c);
  }
  out.push_back('"');
}

char csv_delimiter(std::string_view header) {
  constexpr std::string_view candidates = ",;\t";
  std::size_t counts[candidates.size()] = {};
  bool quoted = false;
  for (const char c : header) {
    if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      continue;
    } else if (c == '\n') {
      break;
    } else if (const std::size_t i = candidates.find(c); i != std::string_view::npos) {
      ++counts[i];
    }
  }
  return candidates[static_cast<std::size_t>(std::max_element(std::begin(counts), std::end(counts)) -
                                             counts)];
}

}  // namespace costwar
