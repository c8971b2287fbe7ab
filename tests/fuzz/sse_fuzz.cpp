// libFuzzer target: however a stream is cut, the parsers of event streams and of JSON lines see the same. The
// first byte seeds the cuts, the rest is the stream; any difference aborts.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "providers/wire/ndjson.h"
#include "providers/wire/sse.h"
#include "tests/fuzz/cuts.h"

using namespace costwar;

namespace {

constexpr std::size_t kLimit = 4096;  // small, so that it is met as well

std::string events_of(const std::vector<std::string_view>& pieces) {
  SseParser parser(kLimit);
  std::string out;
  const auto keep = [&](const SseEvent& e) {
    out += std::string(e.event) + '\0' + std::string(e.data) + '\0';
  };
  for (const std::string_view piece : pieces) parser.feed(piece, keep);
  if (const auto left = parser.residue()) keep(*left);
  return out + (parser.overflowed() ? "!" : ".");
}

std::string lines_of(const std::vector<std::string_view>& pieces) {
  wire::NdjsonParser parser(kLimit);
  std::string out;
  const auto keep = [&](std::string_view line) { out.append(line) += '\n'; };
  for (const std::string_view piece : pieces) parser.feed(piece, keep);
  if (const auto left = parser.residue()) keep(*left);
  return out + (parser.overflowed() ? "!" : ".");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<std::string_view> pieces = fuzz::cut(stream, data[0]);
  if (events_of({stream}) != events_of(pieces)) std::abort();
  if (lines_of({stream}) != lines_of(pieces)) std::abort();
  return 0;
}
