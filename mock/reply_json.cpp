// The reply to a chat request that did not ask for a stream: one JSON object when the generation is done.
#include <fmt/format.h>

#include <iterator>

#include "mock/reply.h"

namespace costwar::mock {
namespace {

constexpr std::string_view kSeparators = "\xE2\x80\xA8\xE2\x80\xA9\xC2\x85";

void append_reasoning(std::string& out, std::string_view name, std::uint64_t tokens) {
  fmt::format_to(std::back_inserter(out), R"(,"{}":")", name);
  for (std::uint64_t i = 0; i < tokens; ++i) out += kReasoningToken;
  out += '"';
}

std::string whole_answer(const Generation& g, FaultMode mode) {
  std::string out =
      fmt::format(R"({{"id":"chatcmpl-mock-{:016x}","object":"chat.completion","created":{},"model":)",
                  g.id.serial, g.id.created);
  append_json_string(out, g.model);
  out += R"(,"service_tier":)";
  append_json_string(out, g.service_tier);
  fmt::format_to(std::back_inserter(out), R"(,"system_fingerprint":"fp_mock{}","choices":[)",
                 mode == FaultMode::line_separators ? kSeparators : std::string_view{});
  const ShownReasoning shown = shown_reasoning(g, mode);
  for (std::size_t choice = 0; choice < g.choices; ++choice) {
    fmt::format_to(std::back_inserter(out), R"({}{{"index":{},"message":{{"role":"assistant","content":)",
                   choice == 0 ? "" : ",", choice);
    append_json_string(out, g.text);
    if (shown.content) append_reasoning(out, "reasoning_content", g.reasoning_tokens);
    if (shown.plain) append_reasoning(out, "reasoning", g.reasoning_tokens);
    if (mode == FaultMode::null_fields) out += R"(,"tool_calls":null,"function_call":null)";
    fmt::format_to(std::back_inserter(out), R"(,"refusal":null}},"logprobs":null,"finish_reason":"{}"}})",
                   g.cut ? "length" : "stop");
  }
  out += R"(],"usage":)";
  append_usage(out, g, g.reasoning_tokens, g.visible_tokens);
  out += '}';
  return out;
}

// When the last token is due: what a client that waits for the whole answer waits for.
Nanos generation_end(const Generation& g) {
  Timeline timeline(g);
  for (std::uint64_t token = 0; token < g.reasoning_tokens + g.visible_tokens; ++token) timeline.next();
  return timeline.now();
}

}  // namespace

void compose_json(const Generation& g, FaultMode mode, Reply& reply) {
  const Nanos end = generation_end(g);
  const unsigned tokens = static_cast<unsigned>(g.visible_tokens * g.choices);
  reply.generates = true;
  if (mode == FaultMode::silence) {
    append_head(reply.bytes, g.id, 200, "application/json", "Transfer-Encoding: chunked\r\n\r\n");
    add_piece(reply, {}, 0);
    reply.end_after = g.silence;
    reply.ending = Ending::close;
    return;
  }
  if (mode == FaultMode::error_in_stream) {
    compose_plain(g.id, 200, {}, kStreamError, reply);
    reply.pieces.back().after = reply.end_after = end;
    return;
  }
  if (mode == FaultMode::comments) {
    // DeepSeek's way to keep a queued request alive: 200 at once, blank lines, then the JSON.
    const std::string body = whole_answer(g, mode);
    append_head(reply.bytes, g.id, 200, "application/json", {});
    fmt::format_to(std::back_inserter(reply.bytes), "Content-Length: {}\r\n\r\n\n\n", body.size() + 2);
    add_piece(reply, {}, 0);
    reply.bytes += body;
    add_piece(reply, end, tokens);
  } else {
    compose_plain(g.id, 200, {}, whole_answer(g, mode), reply);
    reply.pieces.back() = {reply.bytes.size(), end, tokens, 0};
    reply.end_after = end;
  }
  reply.ending = g.id.keep_alive ? Ending::keep : Ending::close;
  if (mode == FaultMode::stale_connection) reply.ending = Ending::close_on_next;
  if (mode != FaultMode::reset && mode != FaultMode::half_close) return;
  const std::size_t body_at = reply.bytes.find("\r\n\r\n") + 4;
  reply.bytes.resize(body_at + (reply.bytes.size() - body_at) / 2);
  reply.pieces.back().end = reply.bytes.size();
  reply.end_after = end + kBeforeReset;
  reply.ending = mode == FaultMode::reset ? Ending::reset : Ending::close;
}

}  // namespace costwar::mock
