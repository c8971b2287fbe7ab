#include "providers/batch/batch_codec.h"

#include <algorithm>

#include "core/json.h"
#include "providers/wire/answer.h"
#include "providers/wire/redact.h"

namespace costwar {

EncodedRequest encode_whole(const Dialect& dialect, const ChatRequest& request) {
  EncodedRequest encoded = dialect.encode(request);
  Json body = parse_json(encoded.body, "an encoded request");
  body.erase("stream");
  body.erase("stream_options");
  encoded.body = body.dump();
  return encoded;
}

Attempt read_batch_line(const Dialect& dialect, const BatchLine& line) {
  Attempt attempt;
  if (line.kind != BatchLine::Kind::answer) {
    attempt.outcome =
        line.kind == BatchLine::Kind::cancelled ? Outcome::cancelled : Outcome::queued_never_started;
    attempt.error_code = one_line(line.code, 256);
    attempt.error_message = one_line(line.message);
    attempt.request_id = one_line(line.request_id, 256);
  } else {
    const auto nobody_hears = [](CallEvent::Kind, std::string_view) {};
    const auto reader = dialect.reader();
    HttpHead head;
    head.status = line.status;
    head.headers = {{"content-type", "application/json"}};
    if (!line.request_id.empty()) head.headers.emplace_back("x-request-id", line.request_id);
    reader->head(head, Wall{});
    reader->bytes(line.body, nobody_hears);
    attempt = reader->finish(HttpEnd{}, nobody_hears);
    std::erase(attempt.notes, wire::kWholeAnswerNote);  // nobody asked for a stream
    if (line.status / 100 == 2) attempt.usage.set(Meter::requests, 1, Provenance::reported);
  }
  attempt.billing.service_class = "batch";
  return attempt;
}

bool is_plain_id(std::string_view id) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !id.empty() && id.size() <= 256 && id.find_first_not_of('.') != std::string_view::npos &&
         std::all_of(id.begin(), id.end(), plain);
}

}  // namespace costwar
