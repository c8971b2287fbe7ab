#include "mock/faults.h"

#include <array>
#include <charconv>
#include <utility>

namespace costwar::mock {
namespace {

using enum FaultMode;

constexpr Fault waits(std::string_view name, int status_code, WaitForm form, std::string_view summary) {
  return {name,
          wait_status,
          24,
          false,
          kAll,
          1,
          summary,
          status_code,
          form,
          ErrorBody::own,
          status_code == 429 ? "rate_limit_exceeded" : "server_overloaded"};
}

constexpr Fault refuses(std::string_view name, int status_code, std::string_view code,
                        std::string_view summary, ErrorBody body = ErrorBody::own) {
  return {name, status, 0, false, kAll, 0, summary, status_code, WaitForm::none, body, code};
}

constexpr auto kFaults = std::to_array<Fault>({
    {"one-byte", one_byte, 1, true, kAll, 0, "every byte of the body in an HTTP chunk of its own"},
    {"one-write", one_write, 2, true, kAll, 0, "all events in one HTTP chunk, when the first token is due"},
    {"crlf", crlf, 3, true, kAll, 0, "lines end with CR LF"},
    {"cr", cr, 3, true, kSse, 0, "lines end with a lone CR"},
    {"no-space", no_space, 4, true, kSse, 0, "data:{...} without the space"},
    {"line-separators", line_separators, 5, false, kAll, 0,
     "U+2028, U+2029 and U+0085 unescaped in a JSON string"},
    {"comments", comments, 6, false, kSse, 0,
     "keep-alive comments and blank lines; blank lines before plain JSON"},
    {"bom-and-fields", bom_and_fields, 7, true, kSse, 0,
     "a BOM; event, id and retry lines; two data lines an event"},
    {"role-first", role_first, 8, true, kChat, 0,
     "a role-only chunk and an empty one at once, long before any token"},
    {"reasoning-content", reasoning_content, 9, false, kAll & ~kCompletion, 0,
     "reasoning shown first, as reasoning_content or as the dialect has it"},
    {"reasoning", reasoning, 9, false, kChat, 0, "reasoning shown first, as reasoning"},
    {"reasoning-both", reasoning_both, 9, false, kChat, 0,
     "reasoning shown first, the same text under both names"},
    {"usage-chunk", usage_chunk, 10, true, kChat, 0, "usage with empty choices, asked for or not"},
    {"usage-on-finish", usage_on_finish, 11, true, kChat, 0, "usage on the chunk that carries finish_reason"},
    {"usage-on-every-chunk", usage_on_every_chunk, 12, true, kChat, 0, "cumulative usage on every chunk"},
    {"null-fields", null_fields, 13, false, kChat, 0, "tool_calls null, an empty delta, choices null"},
    {"error-in-stream", error_in_stream, 14, false, kAll, 0, "an error object in a 200 reply, half way"},
    {"error-event", error_event, 14, true, kChat, 0, "an event named error half way"},
    {"no-done", no_done, 15, true, kSse & ~kCompletion, 0,
     "the end without [DONE] or the last event; the reason to finish was sent"},
    {"no-finish", no_finish, 15, true, kAll, 0, "the end half way: no finish_reason, no [DONE]"},
    {"unfinished-done", unfinished_done, 16, true, kChat, 0, "[DONE] without the end of its line"},
    {"unfinished-json", unfinished_json, 16, true, kAll, 0,
     "the last JSON event without its blank line, no [DONE]"},
    {"done-space", done_space, 17, true, kChat, 0, "[DONE] followed by a space"},
    {"done-no-space", done_no_space, 17, true, kChat, 0, "data:[DONE]"},
    {"all-at-end", all_at_end, 18, true, kAll, 0, "every chunk at the end of the generation"},
    {"several-tokens", several_tokens, 19, true, kAll, 0, "up to four tokens in a chunk"},
    {"malformed-frame", malformed_frame, 20, true, kAll, 0,
     "an event cut off within its JSON, between good ones"},
    {"json-instead", json_instead, 21, true, kAll, 0, "plain JSON although a stream was asked for"},
    {"long-line", long_line, 22, true, kAll, 0, "one event of 128 KiB"},
    {"huge-line", huge_line, 22, true, kAll, 0, "one event of 10 MiB"},
    {"gzip", gzip, 23, false, kAll, 0,
     "gzip for a request that accepts it: everything at the end, in one piece"},
    waits("429-seconds", 429, WaitForm::seconds, "429 with Retry-After: 1"),
    waits("429-float", 429, WaitForm::fraction, "429 with Retry-After: 0.25"),
    waits("429-date", 429, WaitForm::http_date, "429 with Retry-After as an HTTP date, 1 to 2 s ahead"),
    waits("429-ms", 429, WaitForm::milliseconds, "429 with retry-after-ms: 100"),
    waits("429-no-wait", 429, WaitForm::none, "429 that names no wait"),
    waits("503-seconds", 503, WaitForm::seconds, "503 with Retry-After: 1"),
    waits("503-float", 503, WaitForm::fraction, "503 with Retry-After: 0.25"),
    waits("503-date", 503, WaitForm::http_date, "503 with Retry-After as an HTTP date, 1 to 2 s ahead"),
    waits("503-ms", 503, WaitForm::milliseconds, "503 with retry-after-ms: 100"),
    waits("503-no-wait", 503, WaitForm::none, "503 that names no wait"),
    {"silence", silence, 25, false, kAll, 0, "200, then nothing, then the end"},
    {"two-choices", two_choices, 26, false, kChat, 0, "two choices, interleaved in a stream"},
    {"reset", reset, 27, false, kAll, 0, "connection reset half way"},
    {"half-close", half_close, 27, false, kAll, 0, "connection closed half way, the chunked body unfinished"},
    {"stale-connection", stale_connection, 28, false, kAll, 0,
     "answered, then closed as the next request arrives"},
    refuses("429-quota", 429, "insufficient_quota", "429 that must not be retried: the money is gone"),
    refuses("400", 400, "", "bad request"),
    refuses("401", 401, "invalid_api_key", "the key is wrong"),
    refuses("402", 402, "insufficient_balance", "no balance"),
    refuses("403", 403, "permission_denied", "the key may not do this"),
    refuses("404", 404, "model_not_found", "no such model"),
    refuses("408", 408, "", "request timeout"),
    refuses("409", 409, "", "conflict"),
    refuses("413", 413, "", "request too large"),
    refuses("422", 422, "", "bad parameter, with FastAPI's body", ErrorBody::detail),
    refuses("500", 500, "", "server error"),
    refuses("500-text", 500, "", "server error, the error a bare string", ErrorBody::text),
    refuses("500-flat", 500, "", "server error, its members at the top level", ErrorBody::flat),
    refuses("502-html", 502, "", "a proxy's HTML page", ErrorBody::html),
    refuses("504-html", 504, "", "a proxy's HTML page", ErrorBody::html),
    refuses("529", 529, "overloaded", "overloaded"),
    {"slow-headers", slow_headers, 0, false, kAll, 0,
     "the head of the reply, and all that follows, 2 s later"},
    {"batch-expired", batch_expired, 0, false, kBatches, 0,
     "in a batch: the line is never worked on and expires"},
    {"batch-errored", batch_errored, 0, false, kBatches, 0,
     "in a batch: the line is answered with status 500", 500},
    {"batch-failed", batch_failed, 0, false, kChat | kResponses, 0,
     "in a batch of OpenAI's: validation fails", 500},
});

}  // namespace

std::string dialect_names(Dialects dialects) {
  if (dialects == kAll) return "all";
  static constexpr std::pair<Dialects, std::string_view> kNames[] = {{kChat, "chat"},
                                                                     {kResponses, "responses"},
                                                                     {kMessages, "messages"},
                                                                     {kCompletion, "completion"},
                                                                     {kOllama, "ollama"}};
  std::string names;
  for (const auto& [bit, name] : kNames) {
    if ((dialects & bit) == 0) continue;
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names;
}

std::span<const Fault> faults() {
  return kFaults;
}

const Fault* find_fault(std::string_view name) {
  for (const Fault& fault : kFaults)
    if (fault.name == name) return &fault;
  return nullptr;
}

ModelName split_model_name(std::string_view model) {
  const std::size_t mark = model.find('!');
  if (mark == std::string_view::npos) return {model, {}, {}};
  ModelName name{model.substr(0, mark), model.substr(mark + 1), {}};
  const std::size_t colon = name.fault.find(':');
  if (colon == std::string_view::npos) return name;
  const std::string_view digits = name.fault.substr(colon + 1);
  name.fault = name.fault.substr(0, colon);
  std::uint32_t times = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), times);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.size() > 9)
    name.malformed = true;
  else
    name.times = times;
  return name;
}

}  // namespace costwar::mock
