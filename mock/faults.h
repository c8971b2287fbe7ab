// The ways in which a real server has broken real clients, as rows of one table: help, listings, the server
// and its tests read the same rows. Pure data, safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace costwar::mock {

enum class FaultMode {
  none,
  one_byte,
  one_write,
  crlf,
  cr,
  no_space,
  line_separators,
  comments,
  bom_and_fields,
  role_first,
  reasoning_content,
  reasoning,
  reasoning_both,
  usage_chunk,
  usage_on_finish,
  usage_on_every_chunk,
  null_fields,
  error_in_stream,
  error_event,
  no_done,
  no_finish,
  unfinished_done,
  unfinished_json,
  done_space,
  done_no_space,
  all_at_end,
  several_tokens,
  malformed_frame,
  json_instead,
  long_line,
  huge_line,
  gzip,
  wait_status,
  silence,
  two_choices,
  reset,
  half_close,
  stale_connection,
  status,
  slow_headers,
  batch_expired,
  batch_errored,
  batch_failed,
};

// How a refused request is told to wait.
enum class WaitForm { none, seconds, fraction, http_date, milliseconds };

// What the body of an error looks like: the dialect's own, and what compatible servers and proxies send
// instead.
enum class ErrorBody { own, detail, text, flat, html };

// The dialects that can show a fault, as a set of bits. In any other a request is answered as if there were
// no fault.
using Dialects = unsigned;
inline constexpr Dialects kChat = 1;
inline constexpr Dialects kResponses = 2;
inline constexpr Dialects kMessages = 4;
inline constexpr Dialects kCompletion = 8;  // llama-server's own
inline constexpr Dialects kOllama = 16;
inline constexpr Dialects kSse = kChat | kResponses | kMessages | kCompletion;
inline constexpr Dialects kBatches = kChat | kResponses | kMessages;
inline constexpr Dialects kAll = kSse | kOllama;

// "all", or names with commas between them.
std::string dialect_names(Dialects dialects);

struct Fault {
  std::string_view name;
  FaultMode mode;
  int row;           // of the list of wire faults in docs/mock.md; 0: a plain HTTP status
  bool stream_only;  // a request that asks for no stream is answered as if there were no fault
  Dialects dialects;
  std::uint32_t times;  // attempts of one (model, prompt) that meet it before one succeeds; 0: every attempt
  std::string_view summary;
  int status = 200;
  WaitForm wait = WaitForm::none;
  ErrorBody body = ErrorBody::own;
  std::string_view code = {};  // error.code of the body; empty: null
};

std::span<const Fault> faults();

// Met by lines of batches alone.
constexpr bool is_of_batches(FaultMode mode) {
  return mode == FaultMode::batch_expired || mode == FaultMode::batch_errored ||
         mode == FaultMode::batch_failed;
}

// nullptr: no fault of this name.
const Fault* find_fault(std::string_view name);

// "NAME!fault" or "NAME!fault:TIMES" as a request's model: its base name, and the fault asked for.
struct ModelName {
  std::string_view base;
  std::string_view fault;              // empty: none asked for
  std::optional<std::uint32_t> times;  // of the fault; absent: the table's
  bool malformed = false;              // TIMES is not a number of at most 9 digits
};
ModelName split_model_name(std::string_view model);

}  // namespace costwar::mock
