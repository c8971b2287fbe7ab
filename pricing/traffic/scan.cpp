#include "pricing/traffic/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "core/csv.h"
#include "core/error.h"
#include "pricing/traffic/csv_records.h"
#include "pricing/traffic/line_blocks.h"
#include "pricing/traffic/read_ahead.h"
#include "pricing/traffic/run_records.h"
#include "pricing/traffic/scan_worker.h"

namespace costwar::pricing {

struct TrafficScan::CsvLayout {
  CsvColumns columns;
  char delimiter = ',';
};

TrafficScan::TrafficScan(ScanOptions options) : options_(std::move(options)) {
  const int threads = options_.each != nullptr ? 1 : std::max(1, options_.threads);
  for (int i = 0; i < threads; ++i) workers_.push_back(std::make_unique<ScanWorker>(options_));
}

TrafficScan::~TrafficScan() = default;

void TrafficScan::read(const std::string& name, ByteSource source) {
  files_.push_back({name, LogFormat::json_lines, 0, 0, 0, ""});
  FileReport& report = files_.back();
  if (options_.place != nullptr) options_.place->file = report.name;
  try {
    Head head = read_ahead(source);
    if (head.text.empty() && head.failed) std::rethrow_exception(head.failed);
    report.format = guess_format(head.text, head.whole, name);
    ByteSource whole = behind(std::move(head), std::move(source));
    if (report.format == LogFormat::run) {
      read_run(report, std::move(whole));
    } else if (report.format == LogFormat::json) {
      read_document(report, std::move(whole));
    } else {
      read_lines(report, std::move(whole));
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    report.error =
        error.hint().empty() ? std::string(error.what()) : fmt::format("{}; {}", error.what(), error.hint());
  }
  bytes_before_ += report.bytes;
}

// The header of a CSV log; the source begins again at its start.
TrafficScan::CsvLayout TrafficScan::read_csv_header(ByteSource& source) const {
  Head head = read_ahead(source);
  const char delimiter = csv_delimiter(first_line(head.text));
  CsvReader reader(head.text, delimiter);
  const auto header = reader.next();
  CsvLayout layout{CsvColumns(*options_.fields, header.value_or(std::span<const std::string_view>())),
                   delimiter};
  if (!layout.columns.counts_tokens()) {
    const std::vector<std::string>& unknown = layout.columns.unknown();
    throw Error(
        ErrorKind::input,
        fmt::format("is neither JSON nor CSV with a column that counts tokens (columns: {})",
                    unknown.empty() ? "none" : fmt::format("{}", fmt::join(unknown, ", ")).substr(0, 200)),
        "name the columns with --map, such as --map input=tokens_in");
  }
  source = behind(std::move(head), std::move(source));
  return layout;
}

// What the threads of read_lines() share.
struct TrafficScan::Shared {
  LineBlocks blocks;
  BadLines bad;
  const CsvLayout* csv;  // nullptr: lines of JSON
  std::atomic<bool> stop = false;
  std::mutex mutex{};  // guards what follows
  std::exception_ptr failed{};
  std::int64_t lines = 0;
};

// Reads blocks until there are none; what is thrown is kept for the thread that asked.
void TrafficScan::work(ScanWorker& worker, Shared& shared) const {
  try {
    while (!shared.stop && shared.blocks.next(worker.held)) {
      const LineBlock& block = worker.held;
      if (block.too_long) {
        worker.long_line(block);
      } else if (shared.csv != nullptr) {
        worker.csv_block(block, shared.csv->columns, shared.csv->delimiter);
      } else {
        worker.json_block(block);
      }
      shared.bad.deliver(block.number, worker.take_bad());
      const std::lock_guard lock(shared.mutex);
      shared.lines = std::max(shared.lines, block.last_line);
      if (options_.progress) options_.progress(bytes_before_ + shared.blocks.bytes());
    }
  } catch (...) {
    const std::lock_guard lock(shared.mutex);
    if (!shared.failed) shared.failed = std::current_exception();
    shared.stop = true;
  }
}

void TrafficScan::read_lines(FileReport& report, ByteSource source) {
  std::optional<CsvLayout> csv;
  if (report.format == LogFormat::csv) csv = read_csv_header(source);
  Shared shared{LineBlocks(std::move(source), {options_.block_bytes, options_.longest_line, csv.has_value()}),
                BadLines(options_, report), csv ? &*csv : nullptr};
  {
    std::vector<std::jthread> threads;
    try {
      for (std::size_t i = 1; i < workers_.size(); ++i)
        threads.emplace_back([this, &shared, worker = workers_[i].get()] { work(*worker, shared); });
    } catch (const std::system_error&) {
      // No more threads are to be had: those that are do it.
    }
    work(*workers_[0], shared);
  }
  report.bytes = shared.blocks.bytes();
  report.lines = shared.lines;
  if (shared.failed) std::rethrow_exception(shared.failed);
}

void TrafficScan::read_document(FileReport& report, ByteSource source) {
  std::string text;
  for (;;) {
    if (text.size() > options_.largest_document)
      throw Error(ErrorKind::input,
                  fmt::format("is one JSON document of more than {} MiB", options_.largest_document >> 20),
                  "write a record a line, with jq -c '.[]' or jq -c '.data[]'");
    const std::size_t before = text.size();
    text.resize(before + (std::size_t{1} << 20));
    const std::size_t got = source({text.data() + before, text.size() - before});
    text.resize(before + got);
    if (got == 0) break;
  }
  report.bytes = static_cast<std::int64_t>(text.size());
  report.lines = std::count(text.begin(), text.end(), '\n') + (text.ends_with('\n') ? 0 : 1);
  const std::size_t size = text.size();
  text.append(JsonRecords::kPadding, ' ');
  workers_[0]->json_text(without_byte_order_mark({text.data(), size}), 1);
  BadLines(options_, report).deliver(0, workers_[0]->take_bad());
}

void TrafficScan::read_run(FileReport& report, ByteSource source) {
  LineBlocks blocks(std::move(source), {options_.block_bytes, options_.longest_line, false});
  ScanWorker& worker = *workers_[0];
  BadLines bad(options_, report);
  std::optional<RunRecords> run;
  while (blocks.next(worker.held)) {
    if (worker.held.too_long) {
      worker.long_line(worker.held);
    } else {
      run_block(worker, run, report.name);
    }
    report.lines = worker.held.last_line;
    bad.deliver(worker.held.number, worker.take_bad());
  }
  report.bytes = blocks.bytes();
}

void TrafficScan::run_block(ScanWorker& worker, std::optional<RunRecords>& run, const std::string& name) {
  std::string_view rest = worker.held.text();
  for (std::int64_t line = worker.held.first_line; !rest.empty(); ++line) {
    std::string_view text = first_line(rest);
    rest.remove_prefix(std::min(text.size() + 1, rest.size()));
    if (line == 1) text = without_byte_order_mark(text);
    if (blank(text)) continue;
    const std::string place = fmt::format("{}:{}", name, line);
    try {
      if (!run) {
        run.emplace(parse_run_header(text, place));
      } else if (const auto record = run->take(parse_run_row(text, place))) {
        worker.add(*record, line);
      }
    } catch (const Error& error) {
      if (!run) throw;  // nothing after a bad header means anything
      worker.bad(line, error.what(), text);
    }
  }
}

Traffic TrafficScan::finish() {
  Traffic traffic = workers_[0]->finish();
  for (std::size_t i = 1; i < workers_.size(); ++i) traffic.merge(workers_[i]->finish());
  return traffic;
}

}  // namespace costwar::pricing
