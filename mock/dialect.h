// A dialect of the wire: how a request for text is read and how a generation and an error are written. One
// file a dialect in dialects/; all functions are pure. What is the same for all, framing and the faults of
// the connection, is in stream_writer.h and compose.h.
#pragma once

#include <string>
#include <string_view>

#include "mock/ask.h"
#include "mock/faults.h"
#include "mock/generation.h"
#include "mock/stream_writer.h"

namespace costwar::mock {

// What goes wrong, before a dialect has dressed it. Empty texts print as null or not at all.
struct ErrorReport {
  int status = 400;
  std::string_view message;
  std::string_view param = {};
  std::string_view code = {};
  std::string_view request_id = {};  // for dialects that repeat it in the body
};

// Whose rate-limit headers a refusal with 429 carries.
enum class LimitHeaders { none, openai, anthropic };

struct Dialect {
  std::string_view name;  // as the truth log says it
  Dialects bit;           // of the fault table
  Framing framing;
  std::string_view id_header;
  LimitHeaders limits;
  AskOrProblem (*read_request)(const Json& root);  // root is an object
  void (*stream)(const Generation& generation, FaultMode mode, StreamWriter& out);
  std::string (*whole)(const Generation& generation, FaultMode mode);  // a JSON object
  std::string (*error_body)(const ErrorReport& report);
};

extern const Dialect kChatDialect;
extern const Dialect kResponsesDialect;
extern const Dialect kMessagesDialect;
extern const Dialect kOllamaChatDialect;
extern const Dialect kOllamaGenerateDialect;
extern const Dialect kCompletionDialect;

// OpenAI's error body, which other dialects of the family share.
std::string openai_error(const ErrorReport& report);
std::string_view openai_error_type(int status);

inline constexpr std::string_view kStreamErrorMessage = "the fault was asked for";
inline constexpr std::string_view kStreamErrorCode = "mock_fault";

}  // namespace costwar::mock
