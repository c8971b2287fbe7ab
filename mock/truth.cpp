// The truth log: one JSON object a line.
#include <fmt/format.h>

#include <iterator>

#include "mock/options.h"
#include "mock/reply.h"

namespace costwar::mock {

std::string to_json_line(const TruthRecord& record) {
  std::string out = fmt::format(R"({{"request":{},"model":)", record.request);
  append_json_string(out, record.model);
  out += R"(,"fault":)";
  append_json_string(out, record.fault);
  fmt::format_to(std::back_inserter(out), R"(,"status":{},"stream":{},"known":{},"correct":{},"task":)",
                 record.status, record.stream, record.known, record.correct);
  append_json_string(out, record.task);
  out += R"(,"item":)";
  append_json_string(out, record.item);
  out += R"(,"dialect":)";
  append_json_string(out, record.dialect);
  out += R"(,"path":)";
  append_json_string(out, record.path);
  if (!record.batch.empty()) {
    out += R"(,"batch":)";
    append_json_string(out, record.batch);
    out += R"(,"custom_id":)";
    append_json_string(out, record.custom_id);
  }
  out += R"(,"tool":)";
  append_json_string(out, record.tool);
  fmt::format_to(
      std::back_inserter(out),
      R"(,"prompt_hash":"{:016x}","prompt_tokens":{},"cached_tokens":{},"written_tokens":{},"completion_tokens":{},"reasoning_tokens":{},)"
      R"("arrived_ns":{},"started_ns":{},"complete":{},"pieces":[)",
      record.prompt_hash, record.prompt_tokens, record.cached_tokens, record.written_tokens,
      record.completion_tokens, record.reasoning_tokens, record.arrived.ns, record.started.ns,
      record.complete);
  for (const SentPiece& piece : record.pieces)
    fmt::format_to(std::back_inserter(out), R"({}{{"due_ns":{},"sent_ns":{},"tokens":{}}})",
                   &piece == record.pieces.data() ? "" : ",", piece.due.ns, piece.sent.ns, piece.tokens);
  out += "]}";
  return out;
}

}  // namespace costwar::mock
