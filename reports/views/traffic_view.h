// traffic_document: what a usage log costs, as a Document: the sum in words, a table by group, the gaps, and
// how to read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/document.h"
#include "core/time.h"
#include "pricing/traffic/scan.h"
#include "pricing/traffic/traffic.h"

namespace costwar::reports {

// Where the token counts of a column come from.
struct ColumnBasis {
  std::string counts;  // "same counts assumed, not a forecast", or "counts scaled: ..."
  std::string note;    // one sentence more, or empty
};

// Lines that could not be read for one reason.
struct BadReason {
  std::int64_t lines = 0;
  std::string place;    // of the first: "log.jsonl:12"
  std::string example;  // what was wrong with it
};

struct TrafficReport {
  const pricing::Traffic* traffic = nullptr;
  std::vector<pricing::FileReport> files;
  std::vector<BadReason> bad;
  std::string rejects_file;        // where bad lines were written; empty: nowhere
  std::vector<ColumnBasis> bases;  // one per column behind the first
  Wall known_at;
  std::optional<Wall> at;
  bool without_cache = false;
  std::vector<std::string> books;  // of the user's, over the built-in one
  std::vector<std::string> maps;   // as given to --map, in the order of Traffic::mapped
  std::string updated_book;        // "of 2026-12-01" where an update stands for the built-in book; else empty
};

Document traffic_document(const TrafficReport& report);

}  // namespace costwar::reports
