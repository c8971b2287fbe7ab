// libFuzzer target: any bytes are a recording or an Error{input}; what is read is written in a form that
// reads back as itself, its timelines can be moved and its secrets taken out, and requests that differ in
// their text differ in words. Any difference aborts.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/chat_json.h"
#include "core/error.h"
#include "core/recording.h"

namespace {

using namespace costwar;

void expect(bool holds) {
  if (!holds) std::abort();
}

std::string written(const Recording& recording) {
  std::string text = to_json_line(recording.header) + "\n";
  for (const Exchange& exchange : recording.exchanges) text += to_json_line(exchange) + "\n";
  return text;
}

void check_exchange(const Exchange& exchange, const Exchange& other) {
  const bool same = chat_request_text(exchange.request) == chat_request_text(other.request);
  expect(same == chat_request_differences(exchange.request, other.request).empty());
  const Timeline moved = rebased(exchange.attempt.timeline, Mono{std::int64_t{1} << 60});
  expect(rebased(moved, Mono{}).end == exchange.attempt.timeline.end);
  Exchange clean = exchange;
  if (exchange.attempt.text.size() < 4) return;
  const std::string secret = exchange.attempt.text.substr(0, 8);
  remove_secret(clean, secret);
  // What stands there instead may hold the secret, or make it anew at its ends; only then may it remain.
  constexpr std::string_view kRedacted = "[redacted]";
  if (secret.find_first_of(kRedacted) == std::string::npos)
    expect(clean.attempt.text.find(secret) == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Recording recording;
  try {
    recording = parse_recording(text, "input");
  } catch (const Error& error) {
    expect(error.kind() == ErrorKind::input);
    return 0;
  }
  const std::string first = written(recording);
  expect(written(parse_recording(first, "written")) == first);
  for (const Exchange& exchange : recording.exchanges) check_exchange(exchange, recording.exchanges.front());
  return 0;
}
