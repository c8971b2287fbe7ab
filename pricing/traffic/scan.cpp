#include "pricing/traffic/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "core/csv.h"
#include "core/error.h"
#include "core/run.h"
#include "pricing/traffic/csv_records.h"
#include "pricing/traffic/json_records.h"
#include "pricing/traffic/line_blocks.h"

namespace costwar::pricing {
namespace {

constexpr std::size_t kPeek = 64 * 1024;

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

// The beginning of a stream, read to see what it is. Where the source failed, the rest of it does so again.
struct Head {
  std::string text;
  std::exception_ptr failed;
};

Head read_ahead(const ByteSource& source) {
  Head head{std::string(kPeek, '\0'), nullptr};
  std::size_t size = 0;
  try {
    while (size < kPeek) {
      const std::size_t got = source({head.text.data() + size, kPeek - size});
      if (got == 0) break;
      size += got;
    }
  } catch (const Error&) {
    head.failed = std::current_exception();
  }
  head.text.resize(size);
  return head;
}

// Gives back what was read ahead, then goes on.
ByteSource behind(Head head, ByteSource source) {
  auto state = std::make_shared<std::pair<Head, std::size_t>>(std::move(head), 0);
  return [state, source = std::move(source)](std::span<char> into) -> std::size_t {
    auto& [read, at] = *state;
    if (at == read.text.size()) {
      if (read.failed) std::rethrow_exception(read.failed);
      return source(into);
    }
    const std::size_t size = std::min(into.size(), read.text.size() - at);
    std::memcpy(into.data(), read.text.data() + at, size);
    at += size;
    return size;
  };
}

void refuse_utf16(std::string_view head) {
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff"))
    throw Error(ErrorKind::input, "is text in UTF-16", "convert it to UTF-8, with iconv -f UTF-16 -t UTF-8");
}

class NoRecords final : public DraftSink {
 public:
  void take(const Draft&) override {}
};

// Whether text is a JSON value by itself.
bool is_json(const FieldTree& fields, std::string_view text) {
  std::string padded(text);
  padded.append(JsonRecords::kPadding, ' ');
  NoRecords none;
  return JsonRecords(fields).read(std::string_view(padded).substr(0, text.size()), none).empty();
}

LogFormat format_of(std::string_view head, const FieldTree& fields, std::string_view name) {
  const std::size_t start = head.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return LogFormat::json_lines;
  const std::string_view text = head.substr(start);
  const std::string_view line = first_line(text);
  if (text.front() == '{' || text.front() == '[') {
    if (line.find("\"row\":\"run\"") != std::string_view::npos && line.starts_with("{\"row\""))
      return LogFormat::run;
    const bool whole_line = line.size() < text.size() || head.size() < kPeek;
    if (!whole_line || is_json(fields, line)) return LogFormat::json_lines;
    // A document over several lines begins with a line that says little: "{", "[", "{ \"object\": \"page\",".
    const std::string_view second = first_line(text.substr(std::min(line.size() + 1, text.size())));
    return !second.empty() && (second.front() == '{' || second.front() == '[') && line.size() > 2
               ? LogFormat::json_lines
               : LogFormat::json;
  }
  for (const std::string_view ending : {".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz"})
    if (name.ends_with(ending)) return LogFormat::json_lines;
  return text.find("\n{\"") == std::string_view::npos ? LogFormat::csv : LogFormat::json_lines;
}

}  // namespace

std::string_view log_format_name(LogFormat format) {
  static constexpr std::array<std::string_view, 4> kNames{"JSON lines", "one JSON document", "CSV",
                                                          "an exported run"};
  return kNames[static_cast<std::size_t>(format)];
}

// Bad lines of blocks that threads finish in any order, handed on in the order of the log.
struct TrafficScan::Bads {
  using List =
      std::vector<std::pair<std::int64_t, std::pair<std::string, std::string>>>;  // line, reason, text

  Bads(const ScanOptions& options, FileReport& report) : options_(options), report_(report) {}

  void deliver(std::int64_t block, List list) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(block, std::move(list));
    for (auto next = waiting_.find(next_); next != waiting_.end(); next = waiting_.find(next_)) {
      for (auto& [line, said] : next->second) {
        ++report_.bad;
        if (options_.bad) options_.bad({report_.name, line, std::move(said.first), std::move(said.second)});
      }
      waiting_.erase(next);
      ++next_;
    }
  }

 private:
  const ScanOptions& options_;
  FileReport& report_;
  std::mutex mutex_;
  std::map<std::int64_t, List> waiting_;
  std::int64_t next_ = 0;
};

// One thread's reader and ledger; both live as long as the scan.
class TrafficScan::Worker final : public DraftSink {
 public:
  explicit Worker(const ScanOptions& options)
      : options_(options), ledger_(options.ledger, options.each), json_(*options.fields) {}

  void take(const Draft& draft) override {
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
      case RecordState::bad:
        if (bad_reason_.empty()) bad_reason_ = reason_;
        return;
    }
  }

  // Reads one JSON text; what is wrong with it goes to the list.
  void json_text(std::string_view text, std::int64_t line) {
    place(line);
    bad_reason_.clear();
    const std::string_view error = json_.read(text, *this);
    if (!error.empty()) {
      bad(line, fmt::format("not JSON: {}", error), text);
    } else if (!bad_reason_.empty()) {
      bad(line, bad_reason_, text);
    }
  }

  void json_block(const LineBlock& block) {
    std::string_view rest = block.text();
    std::int64_t line = block.first_line;
    while (!rest.empty()) {
      const void* found = std::memchr(rest.data(), '\n', rest.size());
      const std::size_t size = found == nullptr
                                   ? rest.size()
                                   : static_cast<std::size_t>(static_cast<const char*>(found) - rest.data());
      std::string_view text = rest.substr(0, size);
      if (text.ends_with('\r')) text.remove_suffix(1);
      if (line == 1 && text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
      if (!blank_line(text)) json_text(text, line);
      rest.remove_prefix(std::min(size + 1, rest.size()));
      ++line;
    }
  }

  void csv_block(const LineBlock& block, const CsvColumns& columns, char delimiter) {
    CsvReader reader(block.text(), delimiter);
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
        bad_reason_.clear();
        take(columns.draft(*fields));
        if (!bad_reason_.empty()) bad(line, bad_reason_, reader.raw());
      }
    }
  }

  void bad(std::int64_t line, std::string reason, std::string_view text) {
    bads_.push_back({line, {std::move(reason), std::string(text)}});
  }
  Bads::List take_bads() { return std::exchange(bads_, {}); }

  void add(const UsageRecord& record, std::int64_t line) {
    place(line);
    ledger_.add(record);
  }
  void count_without_usage() { ledger_.count_without_usage(); }
  Traffic finish() const { return ledger_.finish(); }

  LineBlock held;  // the block that it reads

 private:
  static bool blank_line(std::string_view text) {
    return text.empty() || (static_cast<unsigned char>(text.front()) <= ' ' && blank(text));
  }
  void place(std::int64_t line) {
    if (options_.place != nullptr) options_.place->line = line;
  }

  const ScanOptions& options_;
  Ledger ledger_;
  JsonRecords json_;
  UsageRecord record_;
  std::string reason_;
  std::string bad_reason_;
  Bads::List bads_;
};

TrafficScan::TrafficScan(ScanOptions options) : options_(std::move(options)) {
  const int threads = options_.each != nullptr ? 1 : std::max(1, options_.threads);
  for (int i = 0; i < threads; ++i) workers_.push_back(std::make_unique<Worker>(options_));
}

TrafficScan::~TrafficScan() = default;

void TrafficScan::read(const std::string& name, ByteSource source) {
  files_.push_back({name, LogFormat::json_lines, 0, 0, 0, ""});
  FileReport& report = files_.back();
  if (options_.place != nullptr) options_.place->file = report.name;
  try {
    Head head = read_ahead(source);
    if (head.text.empty() && head.failed) std::rethrow_exception(head.failed);
    refuse_utf16(head.text);
    report.format = format_of(head.text, *options_.fields, name);
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

void TrafficScan::read_lines(FileReport& report, ByteSource source) {
  std::optional<CsvColumns> columns;
  char delimiter = ',';
  if (report.format == LogFormat::csv) {
    Head head = read_ahead(source);
    delimiter = csv_delimiter(first_line(head.text));
    CsvReader reader(head.text, delimiter);
    const auto header = reader.next();
    if (header) columns.emplace(*options_.fields, *header);
    if (!columns || !columns->counts_tokens())
      throw Error(ErrorKind::input,
                  fmt::format("is neither JSON nor CSV with a column that counts tokens (columns: {})",
                              columns ? fmt::format("{}", fmt::join(columns->unknown(), ", ")).substr(0, 200)
                                      : "none"),
                  "name the columns with --map, such as --map input=tokens_in");
    source = behind(std::move(head), std::move(source));
  }
  LineBlocks blocks(std::move(source),
                    {options_.block_bytes, options_.longest_line, report.format == LogFormat::csv});
  Bads bads(options_, report);
  std::mutex mutex;  // guards what follows
  std::exception_ptr failed;
  std::int64_t lines = 0;
  std::atomic<bool> stop = false;

  const auto work = [&](Worker& worker) {
    try {
      while (!stop && blocks.next(worker.held)) {
        const LineBlock& block = worker.held;
        if (block.too_long) {
          worker.bad(block.first_line,
                     fmt::format("the line is longer than {} MiB", options_.longest_line >> 20),
                     block.text().substr(0, 1000));
        } else if (columns) {
          worker.csv_block(block, *columns, delimiter);
        } else {
          worker.json_block(block);
        }
        bads.deliver(block.number, worker.take_bads());
        const std::lock_guard lock(mutex);
        lines = std::max(lines, block.last_line);
        if (options_.progress) options_.progress(bytes_before_ + blocks.bytes());
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failed) failed = std::current_exception();
      stop = true;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < workers_.size(); ++i)
    threads.emplace_back([&work, worker = workers_[i].get()] { work(*worker); });
  work(*workers_[0]);
  for (std::thread& thread : threads) thread.join();
  report.bytes = blocks.bytes();
  report.lines = lines;
  if (failed) std::rethrow_exception(failed);
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
  std::string_view document(text.data(), size);
  if (document.starts_with("\xef\xbb\xbf")) document.remove_prefix(3);
  workers_[0]->json_text(document, 1);
  Bads(options_, report).deliver(0, workers_[0]->take_bads());
}

namespace {

// A run's rows in order: which model a trial asked, then what its attempts used.
class RunRecords {
 public:
  explicit RunRecords(RunHeader header) : header_(std::move(header)) {}

  // The record of an attempt that used something; nothing for other rows.
  std::optional<UsageRecord> take(const RunRow& row) {
    if (const auto* trial = std::get_if<TrialRow>(&row)) {
      if (trial->model >= header_.models.size())
        throw Error(ErrorKind::input, fmt::format("trial {} names model {}, which the header lacks",
                                                  trial->trial, trial->model));
      models_[trial->trial] = trial->model;
      return std::nullopt;
    }
    const auto* attempt = std::get_if<AttemptRow>(&row);
    if (attempt == nullptr) return std::nullopt;
    const auto found = models_.find(attempt->trial);
    if (found == models_.end())
      throw Error(ErrorKind::input,
                  fmt::format("an attempt names trial {}, which is not there", attempt->trial));
    const ModelCard& card = header_.models[found->second];
    attempt_ = attempt->attempt;
    if (!attempt_.usage.prompt_tokens() && !attempt_.usage.output_tokens()) return std::nullopt;
    UsageRecord record;
    record.provider = card.price_provider.empty() ? card.provider : card.price_provider;
    record.model = card.price_model.empty() ? card.model : card.price_model;
    const BillingFacts& billing = attempt_.billing;
    record.service_class =
        billing.service_class.empty() ? "standard" : std::string_view(billing.service_class);
    record.region = billing.region.empty() ? "any" : std::string_view(billing.region);
    record.usage = attempt_.usage;
    record.facts.requested = attempt_.billing.requested;
    record.facts.completed = attempt_.billing.completed;
    return record;
  }

 private:
  RunHeader header_;
  std::unordered_map<std::int64_t, std::uint32_t> models_;
  Attempt attempt_;  // what the record's texts point to
};

}  // namespace

void TrafficScan::read_run(FileReport& report, ByteSource source) {
  LineBlocks blocks(std::move(source), {options_.block_bytes, options_.longest_line, false});
  Worker& worker = *workers_[0];
  Bads bads(options_, report);
  std::optional<RunRecords> run;
  while (blocks.next(worker.held)) {
    std::string_view rest = worker.held.text();
    std::int64_t line = worker.held.first_line;
    for (; !rest.empty(); ++line) {
      const std::string_view text = first_line(rest);
      rest.remove_prefix(std::min(text.size() + 1, rest.size()));
      if (blank(text)) continue;
      const std::string place = fmt::format("{}:{}", report.name, line);
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
    report.lines = line - 1;
    bads.deliver(worker.held.number, worker.take_bads());
  }
  report.bytes = blocks.bytes();
}

Traffic TrafficScan::finish() {
  Traffic traffic = workers_[0]->finish();
  for (std::size_t i = 1; i < workers_.size(); ++i) traffic.merge(workers_[i]->finish());
  return traffic;
}

}  // namespace costwar::pricing
