// TrafficScan: reads usage logs and adds them up, on several threads. It is given bytes, not paths. What
// cannot be read is handed out with its place, in the order of the log, and never silently dropped.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "pricing/traffic/field_tree.h"
#include "pricing/traffic/ledger.h"
#include "pricing/traffic/log_format.h"
#include "pricing/traffic/traffic.h"

namespace costwar::pricing {

// One record that is in no sum, or one text of which no record could be made.
struct BadLine {
  std::string_view file;
  std::int64_t line = 0;  // on which it begins
  std::string reason;
  std::string text;  // the line, or the record where a text holds several; of one that is too long, its start
};

// Where it happens: `place` is the file and line that the next bills come from.
struct RecordPlace {
  std::string_view file;
  std::int64_t line = 0;
};

struct ScanOptions {
  const FieldTree* fields = nullptr;  // outlives the scan
  LedgerOptions ledger;
  int threads = 1;  // with `each`, one is used
  std::size_t block_bytes = std::size_t{1} << 20;
  std::size_t longest_line = std::size_t{32} << 20;
  std::size_t largest_document = std::size_t{1} << 30;  // of LogFormat::json
  BillSink* each = nullptr;
  RecordPlace* place = nullptr;                // kept up to date for `each`
  std::function<void(const BadLine&)> bad;     // called from one thread at a time
  std::function<void(std::int64_t)> progress;  // bytes read so far, from one thread at a time
};

struct FileReport {
  std::string name;
  LogFormat format = LogFormat::json_lines;
  std::int64_t bytes = 0;
  std::int64_t lines = 0;
  std::int64_t bad = 0;
  std::string error;  // why reading stopped before the end; what came before counts
};

class ScanWorker;
class RunRecords;

class TrafficScan {
 public:
  explicit TrafficScan(ScanOptions options);
  ~TrafficScan();

  // One file. Its trouble is in the report; Error only for what makes all further work pointless.
  void read(const std::string& name, ByteSource source);

  const std::vector<FileReport>& files() const { return files_; }
  Traffic finish();  // merges the threads' ledgers

 private:
  struct CsvLayout;
  struct Shared;

  CsvLayout read_csv_header(ByteSource& source) const;
  void work(ScanWorker& worker, Shared& shared) const;
  static void run_block(ScanWorker& worker, std::optional<RunRecords>& run, const std::string& name);
  void read_lines(FileReport& report, ByteSource source);
  void read_document(FileReport& report, ByteSource source);
  void read_run(FileReport& report, ByteSource source);

  ScanOptions options_;
  std::vector<std::unique_ptr<ScanWorker>> workers_;
  std::vector<FileReport> files_;
  std::int64_t bytes_before_ = 0;
};

}  // namespace costwar::pricing
