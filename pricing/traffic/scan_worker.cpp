#include "pricing/traffic/scan_worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/csv.h"
#include "pricing/traffic/log_format.h"

namespace costwar::pricing {
namespace {

constexpr std::size_t kShownOfLongText = 1000;

bool blank_line(std::string_view text) {
  return text.empty() || (static_cast<unsigned char>(text.front()) <= ' ' && blank(text));
}

}  // namespace

void BadLines::deliver(std::int64_t block, std::vector<BadRecord> bad) {
  const std::lock_guard lock(mutex_);
  waiting_.emplace(block, std::move(bad));
  for (auto next = waiting_.find(next_); next != waiting_.end(); next = waiting_.find(next_)) {
    for (BadRecord& record : next->second) {
      ++report_.bad;
      if (options_.bad)
        options_.bad({report_.name, record.line, std::move(record.reason), std::move(record.text)});
    }
    waiting_.erase(next);
    ++next_;
  }
}

void ScanWorker::take(const Draft& draft) {
  ++taken_;
  mapped_ |= draft.mapped;
  if (const std::string_view id = draft.text(Slot::record_id); !id.empty() && draft.counts()) {
    if (id == last_id_) {
      ++repeated_ids_;
    } else {
      last_id_.assign(id);
    }
  }
  if (options_.place != nullptr && reading_json_) place(line_of(record_text()));
  switch (make_record(draft, record_, reason_)) {
    case RecordState::usage:
      ledger_.add(record_);
      return;
    case RecordState::no_usage:
      ledger_.count_without_usage();
      return;
    case RecordState::not_billed:
      ledger_.count_not_billed();
      return;
    case RecordState::bad: {
      const std::string_view text = record_text();
      bad(line_of(text), reason_, text);
      return;
    }
  }
}

// Records come in the order of the text, so that every line end is counted once.
std::int64_t ScanWorker::line_of(std::string_view record) {
  const auto at = static_cast<std::size_t>(record.data() - text_.data());
  if (at > counted_) {
    line_ += std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                        text_.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    counted_ = at;
  }
  return line_;
}

void ScanWorker::json_text(std::string_view text, std::int64_t line) {
  text_ = text;
  reading_json_ = true;
  line_ = line;
  counted_ = 0;
  taken_ = 0;
  const std::string_view error = json_.read(text, *this);
  if (error.empty()) return;
  bad(line,
      taken_ == 0 ? fmt::format("not JSON: {}", error)
                  : fmt::format("not JSON behind its first {} records, which are read: {}", taken_, error),
      text.size() < options_.longest_line ? text : text.substr(0, kShownOfLongText));
}

void ScanWorker::json_block(const LineBlock& block) {
  std::string_view rest = block.text();
  std::int64_t line = block.first_line;
  while (!rest.empty()) {
    const void* found = std::memchr(rest.data(), '\n', rest.size());
    const std::size_t size = found == nullptr
                                 ? rest.size()
                                 : static_cast<std::size_t>(static_cast<const char*>(found) - rest.data());
    std::string_view text = rest.substr(0, size);
    if (size >= options_.longest_line) {
      bad(line, LineBlocks::too_long_text(options_.longest_line), text.substr(0, kShownOfLongText));
      text = {};
    }
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (line == 1) text = without_byte_order_mark(text);
    if (!blank_line(text)) json_text(text, line);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    ++line;
  }
}

void ScanWorker::csv_block(const LineBlock& block, const CsvColumns& columns, char delimiter) {
  CsvReader reader(block.text(), delimiter);
  reading_json_ = false;
  bool header = block.number == 0;
  while (const auto fields = reader.next()) {
    const std::int64_t line = block.first_line + static_cast<std::int64_t>(reader.line()) - 1;
    if (const auto& error = reader.error()) {
      bad(line, std::string(error->what), reader.raw());
    } else if (header) {
      header = false;
    } else if (fields->size() != columns.size()) {
      bad(line, fmt::format("it has {} fields and the header has {}", fields->size(), columns.size()),
          reader.raw());
    } else {
      place(line);
      text_ = reader.raw();
      line_ = line;
      counted_ = 0;
      take(columns.draft(*fields));
    }
  }
}

void ScanWorker::long_line(const LineBlock& block) {
  bad(block.first_line, LineBlocks::too_long_text(options_.longest_line),
      block.text().substr(0, kShownOfLongText));
}

Traffic ScanWorker::finish() const {
  Traffic traffic = ledger_.finish();
  traffic.repeated_ids = repeated_ids_;
  traffic.mapped = mapped_;
  return traffic;
}

void ScanWorker::add(const UsageRecord& record, std::int64_t line) {
  place(line);
  ledger_.add(record);
}

void ScanWorker::bad(std::int64_t line, std::string reason, std::string_view text) {
  bad_.push_back({line, std::move(reason), std::string(text)});
}

}  // namespace costwar::pricing
