// The 28 faults on the wire that broke real clients (docs/mock.md numbers them), as bytes written by hand: no
// line of them comes from the mock server, so the two cannot be wrong in the same way. A script is an HTTP
// answer to one chat completion and what a client must make of it. It is played into a reader, or by a
// LoopbackServer, with the body cut as the test likes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/attempt.h"
#include "tests/support/loopback_server.h"

namespace costwar {

// What must come of it. `text`, counts: exact; nullopt: must not be known.
struct WireExpectation {
  Outcome outcome = Outcome::ok;
  std::string text = "Hello, world";
  std::optional<std::int64_t> prompt_tokens = 7;
  std::optional<std::int64_t> output_tokens = 5;
  std::string reasoning{};
  std::string error_code{};
  std::string note{};                        // one note contains it; empty: there is no note
  std::optional<Nanos> wait{};               // that the server asked for
  std::string deltas = "v:Hello v:, world";  // what was heard: r, v or t and the piece, with blanks between
};

struct WireScript {
  enum class End { last_chunk, close, reset, half_close };

  int row;  // of the list of faults
  std::string name;
  std::string body;
  WireExpectation expected{};
  int status = 200;
  std::string status_text = "OK";
  std::vector<std::pair<std::string, std::string>> headers{{"content-type", "text/event-stream"}};
  End end = End::last_chunk;
};

// At least one script a row, in the order of the rows; rows 18 and 28 need time or two requests and have
// tests of their own beside the script.
const std::vector<WireScript>& wire_scripts();

// The body in pieces: of `size` bytes, or, where size is 0, of 1 to 23 bytes drawn by `seed`.
std::vector<std::string_view> cut(std::string_view body, std::size_t size, std::uint32_t seed = 1);

// One connection that reads a request and plays the script, each piece in an HTTP chunk and a write of its
// own.
ServerScript play(const WireScript& script, const std::vector<std::string_view>& pieces);

}  // namespace costwar
