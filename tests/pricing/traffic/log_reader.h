// Reads a log that a test wrote as text, with the project's own price book.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "pricing/traffic/log_fields.h"
#include "pricing/traffic/scan.h"
#include "tests/pricing/catalogue.h"

namespace costwar::pricing::test {

// Gives the text in pieces of `piece` bytes at most.
inline ByteSource bytes_of(std::string text, std::size_t piece = std::size_t{1} << 20) {
  return [text = std::move(text), at = std::size_t{0}, piece](std::span<char> into) mutable {
    const std::size_t size = std::min({into.size(), piece, text.size() - at});
    std::memcpy(into.data(), text.data() + at, size);
    at += size;
    return size;
  };
}

struct LogRead {
  Traffic traffic;
  std::vector<FileReport> files;
  std::vector<std::string> bad;  // "line: reason"

  const TrafficGroup& only() const {
    REQUIRE(traffic.groups.size() == 1);
    return traffic.groups.begin()->second;
  }
  std::string cost(std::size_t column = 0) const {
    const TrafficGroup total = traffic.total();
    return Money(traffic.columns.at(column).currency, total.costs.at(column).total).decimal();
  }
};

struct LogOptions {
  std::vector<std::string> by{"model"};
  std::vector<std::string> tags{};
  std::vector<FieldMapping> maps{};
  std::vector<AsModel> as{};
  int threads = 1;
  std::size_t block_bytes = std::size_t{1} << 20;
  std::size_t longest_line = std::size_t{32} << 20;
  std::size_t piece = std::size_t{1} << 20;
  std::string name = "log.jsonl";
  std::int64_t day_offset_ns = 0;
  std::optional<Wall> at{};
  bool as_without_cache = false;
  std::map<std::string, std::string> model_map{};
  std::vector<std::string>* bad_texts = nullptr;
};

inline LogRead read_log(const std::string& text, const LogOptions& asked = {}) {
  const FieldTree fields = log_fields(asked.maps, asked.tags);
  const ModelNames names(catalogue().book(), asked.model_map, "");
  LogRead read;
  ScanOptions options;
  options.fields = &fields;
  options.ledger.book = &catalogue();
  options.ledger.names = &names;
  options.ledger.known_at = parse_wall("2026-11-23");
  options.ledger.dimensions = asked.by;
  options.ledger.tags = asked.tags;
  options.ledger.day_offset_ns = asked.day_offset_ns;
  options.ledger.at = asked.at;
  options.ledger.as = asked.as;
  options.ledger.as_without_cache = asked.as_without_cache;
  options.threads = asked.threads;
  options.block_bytes = asked.block_bytes;
  options.longest_line = asked.longest_line;
  options.bad = [&](const BadLine& line) {
    read.bad.push_back(std::to_string(line.line) + ": " + line.reason);
    if (asked.bad_texts != nullptr) asked.bad_texts->push_back(line.text);
  };
  TrafficScan scan(std::move(options));
  scan.read(asked.name, bytes_of(text, asked.piece));
  read.traffic = scan.finish();
  read.files = scan.files();
  return read;
}

}  // namespace costwar::pricing::test
