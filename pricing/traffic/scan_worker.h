// The parts of a scan that threads use. ScanWorker: one thread's reader and ledger; both live as long as the
// scan. BadLines: what threads could not read, handed on in the order of the log; deliver() may be called
// from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "pricing/traffic/csv_records.h"
#include "pricing/traffic/json_records.h"
#include "pricing/traffic/ledger.h"
#include "pricing/traffic/line_blocks.h"
#include "pricing/traffic/scan.h"
#include "pricing/traffic/usage_record.h"

namespace costwar::pricing {

struct BadRecord {
  std::int64_t line = 0;
  std::string reason;
  std::string text;
};

// Of one file, whose report counts them.
class BadLines {
 public:
  BadLines(const ScanOptions& options, FileReport& report) : options_(options), report_(report) {}

  // What is wrong in block number `block`; every block has to be delivered, once.
  void deliver(std::int64_t block, std::vector<BadRecord> bad);

 private:
  const ScanOptions& options_;
  FileReport& report_;
  std::mutex mutex_;
  std::map<std::int64_t, std::vector<BadRecord>> waiting_;  // for the blocks before them
  std::int64_t next_ = 0;
};

class ScanWorker final : public DraftSink {
 public:
  explicit ScanWorker(const ScanOptions& options)
      : options_(options), ledger_(options.ledger, options.each), json_(*options.fields) {}

  void json_block(const LineBlock& block);
  void csv_block(const LineBlock& block, const CsvColumns& columns, char delimiter);
  void long_line(const LineBlock& block);
  // One JSON text that begins on `line`, with JsonRecords::kPadding bytes behind it.
  void json_text(std::string_view text, std::int64_t line);

  void add(const UsageRecord& record, std::int64_t line);
  void bad(std::int64_t line, std::string reason, std::string_view text);
  std::vector<BadRecord> take_bad() { return std::exchange(bad_, {}); }

  void take(const Draft& draft) override;
  Traffic finish() const;

  LineBlock held;  // the block that it reads

 private:
  void place(std::int64_t line) {
    if (options_.place != nullptr) options_.place->line = line;
  }
  std::string_view record_text() const { return reading_json_ ? json_.record_text() : text_; }
  std::int64_t line_of(std::string_view record);

  const ScanOptions& options_;
  Ledger ledger_;
  JsonRecords json_;
  UsageRecord record_;
  std::string reason_;
  std::string_view text_;      // what is being read
  bool reading_json_ = false;  // text_ may hold several records
  std::int64_t line_ = 0;      // of the byte at counted_
  std::size_t counted_ = 0;    // of text_
  std::int64_t taken_ = 0;     // records of text_
  std::string last_id_;        // of the record before
  std::int64_t repeated_ids_ = 0;
  std::uint32_t mapped_ = 0;
  std::vector<BadRecord> bad_;
};

}  // namespace costwar::pricing
