// libFuzzer target: however a stream is cut, the parser and the dialect above it see the same. The first byte
// seeds the cuts, the rest is the stream; any difference aborts.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "providers/dialects/openai_chat.h"
#include "providers/wire/sse.h"

using namespace costwar;

namespace {

std::vector<std::string_view> cut(std::string_view bytes, std::uint32_t seed) {
  std::vector<std::string_view> pieces;
  while (!bytes.empty()) {
    seed = seed * 1664525U + 1013904223U;
    const std::string_view piece = bytes.substr(0, 1 + (seed >> 24) % 17);
    pieces.push_back(piece);
    bytes.remove_prefix(piece.size());
  }
  return pieces;
}

std::string events_of(const std::vector<std::string_view>& pieces) {
  SseParser parser(4096);  // small, so that the limit is met as well
  std::string out;
  const auto keep = [&](const SseEvent& e) {
    out += std::string(e.event) + '\0' + std::string(e.data) + '\0';
  };
  for (const std::string_view piece : pieces) parser.feed(piece, keep);
  if (const auto left = parser.residue()) keep(*left);
  return out + (parser.overflowed() ? "!" : ".");
}

std::string answer_of(const std::vector<std::string_view>& pieces, int status) {
  const auto reader = make_openai_chat_dialect({})->reader();
  std::string out;
  const auto hear = [&](CallEvent::Kind kind, std::string_view text) {
    out += static_cast<char>('0' + static_cast<int>(kind));
    out += text;
    out += '\0';
  };
  reader->head(HttpHead{status, {}}, Wall{});
  for (const std::string_view piece : pieces) reader->bytes(piece, hear);
  const Attempt attempt = reader->finish(HttpEnd{}, hear);
  out += std::string(outcome_row(attempt.outcome).name) + '\0' + attempt.text + '\0' + attempt.error_message;
  for (const std::string& note : attempt.notes) out += '\0' + note;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<std::string_view> pieces = cut(stream, data[0]);
  if (events_of({stream}) != events_of(pieces)) std::abort();
  for (const int status : {200, 429})
    if (answer_of({stream}, status) != answer_of(pieces, status)) std::abort();
  return 0;
}
