// A reply as a value: all its bytes, and when which of them are due. The composers are pure functions of the
// request and the options, so the exact bytes of every fault are tested without a socket; connection.h plays
// a Reply out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "core/time.h"
#include "mock/faults.h"
#include "mock/options.h"

namespace costwar::mock {

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
};

// The ids and instants that a reply repeats.
struct ReplyId {
  std::uint64_t serial = 0;
  std::int64_t created = 0;  // seconds since 1970
  bool keep_alive = true;
};

// One generation: what is said, how much it counts, and when.
struct Generation {
  ReplyId id;
  std::string_view model;
  std::string_view service_tier = "default";
  std::string_view text;  // visible, cut to the limit
  std::uint64_t prompt_tokens = 0;
  std::uint64_t cached_tokens = 0;
  std::uint64_t reasoning_tokens = 0;  // per choice
  std::uint64_t visible_tokens = 0;    // per choice: of `text`
  std::size_t choices = 1;
  bool cut = false;  // the limit was met: finish_reason "length"
  bool include_usage = false;
  bool stamps = false;
  ReasoningField reasoning_field = ReasoningField::hidden;
  MockPace pace;
  std::uint64_t pace_seed = 0;
  Nanos silence{};
};

// When each completion token is due, in order: the first at TTFT, the others a gap later each.
class Timeline {
 public:
  explicit Timeline(const Generation& generation);
  Nanos next();                      // of the next token
  Nanos now() const { return at_; }  // of the last token given, TTFT before any

 private:
  Nanos gap();
  Nanos at_;
  Nanos gap_;
  double sigma_;
  bool first_ = true;
  RandomStream random_;
};

// Faults that a generation cannot show (other than FaultMode::status and wait_status) leave it plain.
void compose_stream(const Generation& generation, FaultMode mode, Reply& reply);
void compose_json(const Generation& generation, FaultMode mode, Reply& reply);

// A whole JSON reply that is no generation; headers: complete lines, may be empty.
void compose_plain(const ReplyId& id, int status, std::string_view headers, std::string_view json,
                   Reply& reply);

// OpenAI's error body; param and code print as null when empty.
void compose_error(const ReplyId& id, int status, std::string_view message, std::string_view param,
                   std::string_view code, Reply& reply);

// Faults of mode status and wait_status.
void compose_refusal(const ReplyId& id, const Fault& fault, Reply& reply);

// What follows is shared by the composers.
inline constexpr std::string_view kReasoningToken = "hmm ";  // one token of reasoning that is shown
inline constexpr std::string_view kStreamError =
    R"({"error":{"message":"the fault was asked for","type":"server_error","param":null,"code":"mock_fault"}})";
// Between the last byte and a reset: a reset that overtakes data would destroy what the client must still
// read.
inline constexpr Nanos kBeforeReset = milliseconds(20);

struct ShownReasoning {
  bool content = false;  // as reasoning_content
  bool plain = false;    // as reasoning
};
ShownReasoning shown_reasoning(const Generation& generation, FaultMode mode);

void append_json_string(std::string& out, std::string_view text);  // with its quotes
void append_usage(std::string& out, const Generation& generation, std::uint64_t reasoning,
                  std::uint64_t visible);
void append_head(std::string& out, const ReplyId& id, int status, std::string_view media,
                 std::string_view headers);
void add_piece(Reply& reply, Nanos after, unsigned tokens);
std::string_view reason_phrase(int status);

}  // namespace costwar::mock
