// traffic_document: what a usage log costs, as a Document: the sum in words, a table by group, the gaps, and
// how to read it.
#pragma once

#include <cstdint>
#include <map>
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

struct TrafficReport {
  const pricing::Traffic* traffic = nullptr;
  std::vector<pricing::FileReport> files;
  std::map<std::string, std::pair<std::int64_t, std::string>>
      bad;                         // by reason: how many, and the first place
  std::string rejects_file;        // where bad lines were written; empty: nowhere
  std::vector<ColumnBasis> bases;  // one per column behind the first
  Wall known_at;
  std::optional<Wall> at;
  bool without_cache = false;
};

Document traffic_document(const TrafficReport& report);

}  // namespace costwar::reports
