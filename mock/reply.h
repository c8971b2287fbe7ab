// A reply as a value: all its bytes, and when which of them are due. The composers are pure functions of the
// request and the options, so the exact bytes of every fault are tested without a socket; connection.h plays
// a Reply out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace costwar::mock {

inline constexpr std::size_t kStampDigits = 20;  // of due_ns, and of sent_ns

struct Piece {
  std::size_t end;    // bytes of the reply up to here ...
  Nanos after;        // ... are due this long after it starts; never less than the piece before
  unsigned tokens;    // completion tokens in it
  std::size_t stamp;  // where the digits of due_ns begin; 0: none
  Mono sent{};        // filled in as it leaves
};

// What becomes of the connection once the last byte has left.
enum class Ending { keep, close, reset, close_on_next };

struct Reply {
  std::string bytes;
  std::vector<Piece> pieces;
  Nanos end_after;  // when the ending is due; at least the last piece's
  Ending ending = Ending::keep;
  int status = 200;
  bool generates = false;  // takes a slot
  bool admitted = false;   // takes a place among the account's requests in flight until it has left
  std::vector<std::uint64_t> prompt{};  // what the prompt cache keeps once it has left whole
};

// The ids and instants that a reply repeats.
struct ReplyId {
  std::uint64_t serial = 0;
  std::int64_t created = 0;  // seconds since 1970
  bool keep_alive = true;
  std::string_view id_header = "x-request-id";  // of a reply
  std::string_view headers = {};                // more lines for every head, each with its CR LF
};

// A whole JSON reply that is no generation; headers: complete lines, may be empty.
void compose_plain(const ReplyId& id, int status, std::string_view headers, std::string_view json,
                   Reply& reply);

// What follows is shared by the composers.

// Between the last byte and a reset: a reset that overtakes data would destroy what the client must still
// read.
inline constexpr Nanos kBeforeReset = milliseconds(20);

void append_json_string(std::string& out, std::string_view text);  // with its quotes
void append_head(std::string& out, const ReplyId& id, int status, std::string_view media,
                 std::string_view headers);
void add_piece(Reply& reply, Nanos after, unsigned tokens);
std::string_view reason_phrase(int status);
std::string http_date(std::int64_t second);  // RFC 9110: "Sun, 06 Nov 1994 08:49:37 GMT"

}  // namespace costwar::mock
