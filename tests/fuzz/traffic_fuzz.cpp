// Usage logs come from outside: whatever the bytes, reading them ends, no record is lost without a word, and
// two threads with small blocks find what one thread finds, and so does reading record by record. The first
// byte steers the name of the file and the blocks.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "core/error.h"
#include "pricing/price_book.h"
#include "pricing/traffic/log_fields.h"
#include "pricing/traffic/scan.h"

using namespace costwar;
using namespace costwar::pricing;

namespace {

constexpr const char* kBook = R"({"schema_version": 1, "as_of": "2026-11-23", "records": [
  {"id": "a", "kind": "price", "provider": "openai", "model": "gpt-5.5", "currency": "USD", "unit": "per_1m_tokens",
   "service_class": "standard", "region": "any", "time_band": "all", "meters": {"input": "5", "cache_read": "0.5", "output": "30"},
   "reasoning": "included_in_output", "rate_kind": "list", "status": "in_force", "effective_from": null,
   "effective_from_precision": "unknown", "known_from": null, "known_from_basis": "unknown", "confirmed": true,
   "source_kind": "official", "sources": ["a test"], "seen": "2026-11-23", "last_verified": "2026-11-23"}]})";

const PriceBook& book() {
  static const PriceBook kParsed = [] {
    const Source source{"fuzz.json", kBook, 0};
    return PriceBook::parse({&source, 1});
  }();
  return kParsed;
}

struct Seen {
  Traffic traffic;
  std::int64_t bad = 0;
  std::string error;
};

// Every record stands on a line of the log, in order within a block of lines.
class Places final : public BillSink {
 public:
  void take(const UsageRecord&, const std::string&, const Tariff*, const Bill&, const std::string&) override {
    if (place.line < 1) std::abort();
    last = std::max(last, place.line);
    ++taken;
  }
  RecordPlace place;
  std::int64_t last = 0;
  std::int64_t taken = 0;
};

Seen read(std::string_view text, const std::string& name, int threads, std::size_t block_bytes,
          Places* places = nullptr) {
  static const FieldTree kFields = log_fields({}, {"metadata/team"});
  static const ModelNames kNames(book().book(), {}, "");
  Seen seen;
  ScanOptions options;
  options.fields = &kFields;
  options.ledger.book = &book();
  options.ledger.names = &kNames;
  options.ledger.dimensions = {"model", "day", "user", "metadata/team"};
  options.ledger.tags = {"metadata/team"};
  options.threads = threads;
  options.block_bytes = block_bytes;
  options.longest_line = 1 << 16;
  options.bad = [&](const BadLine& line) {
    if (line.line < 1 || line.reason.empty()) std::abort();
    ++seen.bad;
  };
  options.each = places;
  if (places != nullptr) options.place = &places->place;
  TrafficScan scan(std::move(options));
  std::size_t at = 0;
  scan.read(name, [&](std::span<char> into) {
    const std::size_t size = std::min(into.size(), text.size() - at);
    if (size > 0) std::memcpy(into.data(), text.data() + at, size);
    at += size;
    return size;
  });
  seen.traffic = scan.finish();
  const FileReport& file = scan.files().front();
  seen.error = file.error;
  if (file.bad != seen.bad || (places != nullptr && file.error.empty() && places->last > file.lines))
    std::abort();
  return seen;
}

bool equal(const Traffic& a, const Traffic& b) {
  if (a.records != b.records || a.without_usage != b.without_usage || a.groups.size() != b.groups.size())
    return false;
  for (const auto& [key, group] : a.groups) {
    const auto other = b.groups.find(key);
    if (other == b.groups.end() || other->second.counts != group.counts ||
        other->second.costs[0].total != group.costs[0].total)
      return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned steer = data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string name = (steer & 1U) != 0 ? "log.jsonl" : (steer & 2U) != 0 ? "log.csv" : "log";
  try {
    const Seen whole = read(text, name, 1, std::size_t{1} << 20);
    Places places;
    const Seen each = read(text, name, 1, std::size_t{1} << 20, &places);
    if (each.bad != whole.bad || each.error != whole.error || !equal(each.traffic, whole.traffic) ||
        places.taken != whole.traffic.records)
      std::abort();
    // CSV blocks may be cut where a stray quote misleads; lines never are.
    if (name == "log.jsonl") {
      const Seen parts = read(text, name, 2, 64 + steer);
      if (whole.bad != parts.bad || whole.error != parts.error || !equal(whole.traffic, parts.traffic))
        std::abort();
    }
  } catch (const Error&) {
    // Sums beyond 128 bits.
  }
  return 0;
}
