#include "providers/wire/answer.h"

#include <fmt/format.h>

#include <utility>

#include "providers/wire/ndjson.h"
#include "providers/wire/redact.h"
#include "providers/wire/retry_advice.h"
#include "providers/wire/sse.h"

namespace costwar::wire {
namespace {

constexpr std::size_t kErrorBodyLimit = 64 * 1024;

// The outcome of an exchange that brought no status.
Outcome outcome_without_answer(HttpEnd::Kind kind) {
  switch (kind) {
    case HttpEnd::Kind::timed_out:
      return Outcome::timed_out;
    case HttpEnd::Kind::cancelled:
      return Outcome::cancelled;
    case HttpEnd::Kind::refused:
    case HttpEnd::Kind::untrusted:
      return Outcome::config;
    case HttpEnd::Kind::connect_failed:
    case HttpEnd::Kind::tls_failed:
    case HttpEnd::Kind::connection_lost:
      return Outcome::network;
    default:
      return Outcome::protocol;
  }
}

class StreamReader final : public AnswerReader {
 public:
  StreamReader(Framing framing, std::unique_ptr<AnswerDecoder> decoder)
      : framing_(framing), decoder_(std::move(decoder)) {}

  void head(const HttpHead& head, Wall now) override {
    status_ = head.status;
    advice_ = read_retry_advice(head, now);
    for (const char* name : {"x-request-id", "request-id", "x-ds-trace-id", "x-generation-id"})
      if (const auto id = head.find(name); id && request_id_.empty()) request_id_ = one_line(*id, 256);
    const std::string_view encoding = head.find("content-encoding").value_or("identity");
    if (encoding != "identity" && !encoding.empty()) encoding_ = one_line(encoding, 64);
    if (status_ / 100 == 2)
      decoder_->head(head);
    else
      shape_ = Shape::error_body;
  }

  void bytes(std::string_view data, const OnDelta& on_delta) override {
    while (shape_ == Shape::unknown && !data.empty()) find_shape(data);
    if (data.empty()) return;
    take(std::exchange(leading_, {}), on_delta);
    take(data, on_delta);
  }

  Attempt finish(const HttpEnd& end, const OnDelta& on_delta) override {
    Attempt attempt;
    attempt.http_status = status_;
    attempt.request_id = request_id_;
    attempt.advice = advice_;
    if (status_ == 0) {
      fail(attempt, outcome_without_answer(end.kind), {}, told_end(end));
      if (end.kind == HttpEnd::Kind::connection_lost)  // even where no byte was counted: see system/http.h
        attempt.notes.emplace_back("the request left without an answer: it may be billed");
      return attempt;
    }
    if (shape_ == Shape::error_body) {
      finish_error_status(attempt);
    } else {
      if (shape_ == Shape::whole) finish_whole(attempt, end, on_delta);
      if (is_stream()) finish_stream(attempt, on_delta);
      decoder_->describe(attempt);
      judge(attempt, end);
    }
    // An answer that had come to its end is whole, and paid for, although somebody gave it up since.
    if (end.kind == HttpEnd::Kind::cancelled && attempt.outcome != Outcome::ok) {
      attempt.outcome = Outcome::cancelled;
      attempt.error_message = end.message;
    }
    return attempt;
  }

 private:
  enum class Shape { unknown, stream, lines, whole, error_body };

  static void fail(Attempt& attempt, Outcome outcome, std::string code, std::string_view message) {
    attempt.outcome = outcome;
    attempt.error_code = one_line(code, 256);
    attempt.error_message = one_line(message);
  }

  void take(std::string_view data, const OnDelta& on_delta) {
    if (shape_ == Shape::stream) {
      sse_.feed(data, [&](const SseEvent& event) { frame({event.event, event.data}, on_delta); });
      return;
    }
    if (shape_ == Shape::lines) {
      lines_.feed(data, [&](std::string_view line) { frame({{}, line}, on_delta); });
      return;
    }
    const std::size_t limit = shape_ == Shape::whole ? kFrameLimit : kErrorBodyLimit;
    too_long_ = too_long_ || body_.size() + data.size() > limit;
    body_ += data.substr(0, limit - body_.size());
  }

  // The content type is often wrong; the first byte is not: no line of an event stream begins with a brace. A
  // byte order mark may come before it, and blank lines from servers that keep a queued request alive.
  void find_shape(std::string_view& data) {
    const char c = data.front();
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    const bool mark = leading_.size() < 3 && (c == '\xEF' || c == '\xBB' || c == '\xBF');
    if (blank || mark) {
      if (mark) leading_ += c;
      data.remove_prefix(1);
      return;
    }
    if (framing_ == Framing::ndjson) {
      leading_.clear();
      shape_ = Shape::lines;
    } else {
      shape_ = c == '{' || c == '[' ? Shape::whole : Shape::stream;
    }
  }

  // False when it is neither JSON nor an end marker.
  bool frame(Frame frame, const OnDelta& on_delta) {
    if (decoder_->terminal()) return true;
    frame.data = without_blanks(frame.data);
    const bool is_error = frame.event == "error";
    if (frame.data.empty()) {  // some servers' sign of life; no JSON to complain about
      if (is_error) plain_error_ = "an error event without data";
      return true;
    }
    const bool known = decoder_->take(frame, on_delta);
    if (!known && is_error) {
      plain_error_ = frame.data;
    } else if (!known) {
      ++malformed_;
    }
    return known;
  }

  void finish_stream(Attempt& attempt, const OnDelta& on_delta) {
    std::optional<Frame> left;
    if (shape_ == Shape::lines) {
      if (const auto line = lines_.residue()) left = Frame{{}, *line};
    } else if (const auto event = sse_.residue()) {
      left = Frame{event->event, event->data};
    }
    if (left) {
      const std::size_t before = malformed_;
      const bool was_terminal = decoder_->terminal();
      // A last line of JSON without its end is whole all the same; an event without its blank line is a
      // lapse.
      if (frame(*left, on_delta) && !was_terminal && shape_ == Shape::stream)
        attempt.notes.emplace_back("the last event came without its blank line");
      malformed_ = before;  // a cut frame is a broken end, not a malformed frame
    }
    if (malformed_ > 0)
      attempt.notes.push_back(
          fmt::format("{} malformed frame{} skipped", malformed_, malformed_ == 1 ? "" : "s"));
  }

  void finish_whole(Attempt& attempt, const HttpEnd& end, const OnDelta& on_delta) {
    std::string_view text = without_blanks(body_);
    if (text.starts_with("\xEF\xBB\xBF")) text = without_blanks(text.substr(3));
    whole_is_json_ = end.kind == HttpEnd::Kind::ok && !too_long_ && decoder_->take_whole(text, on_delta);
    attempt.notes.emplace_back(kWholeAnswerNote);
  }

  void finish_error_status(Attempt& attempt) {
    const auto error = body_.empty() ? std::nullopt : read_error_body(body_);
    const std::string code = error ? error->code : std::string();
    attempt.advice.quota_gone = status_ == 402 || (status_ == 429 && is_quota_code(code));
    const std::string_view raw = without_blanks(body_);
    fail(attempt, outcome_of_status(status_, attempt.advice.quota_gone), code,
         error         ? error->message
         : raw.empty() ? fmt::format("HTTP status {}", status_)
                       : std::string(raw));
  }

  void judge(Attempt& attempt, const HttpEnd& end) const {
    if (!encoding_.empty())
      return fail(attempt, Outcome::protocol, {},
                  fmt::format("the answer is encoded as {}, which was not asked for", encoding_));
    if (const auto& error = decoder_->error()) {
      attempt.advice.quota_gone = is_quota_code(error->code);
      attempt.advice.overloaded = is_overload_code(error->code);
      return fail(attempt, Outcome::stream_error, error->code, error->message);
    }
    if (!plain_error_.empty()) return fail(attempt, Outcome::stream_error, {}, plain_error_);
    if (sse_.overflowed() || lines_.overflowed() || too_long_)
      return fail(attempt, Outcome::protocol, {},
                  fmt::format("an event is longer than {} bytes", kFrameLimit));
    const auto verdict = decoder_->verdict();
    if (verdict && verdict->outcome == Outcome::stream_error) {
      attempt.advice.overloaded = is_overload_code(verdict->code);
      return fail(attempt, verdict->outcome, verdict->code, verdict->message);
    }
    if (!ended(end)) return judge_broken(attempt, end);
    if (!decoder_->any_answer())
      return fail(attempt, Outcome::protocol, {}, fmt::format("the answer holds no {}", decoder_->what()));

    attempt.outcome = Outcome::ok;
    if (verdict) fail(attempt, verdict->outcome, verdict->code, verdict->message);
    if (is_stream() && !decoder_->terminal())
      attempt.notes.push_back(fmt::format("the stream ended without {}", decoder_->end_marker()));
    if (attempt.finish_reason.empty()) attempt.notes.emplace_back("the answer names no finish reason");
    if (end.kind != HttpEnd::Kind::ok)
      attempt.notes.push_back("after the answer's end: " + one_line(end.message, 256));
  }

  bool is_stream() const { return shape_ == Shape::stream || shape_ == Shape::lines; }

  // Whether the answer came to its own end, which takes two of three signs: its end marker, its word that it
  // is finished, an orderly close. One is not enough: llama-cpp-python's server, when another request
  // interrupts an answer, sends [DONE] and breaks the connection.
  bool ended(const HttpEnd& end) const {
    if (shape_ == Shape::whole) return whole_is_json_;
    const int signs = (decoder_->terminal() ? 1 : 0) + (decoder_->finished() ? 1 : 0) +
                      (end.kind == HttpEnd::Kind::ok ? 1 : 0);
    return signs >= 2;
  }

  void judge_broken(Attempt& attempt, const HttpEnd& end) const {
    if (end.kind == HttpEnd::Kind::timed_out) return fail(attempt, Outcome::timed_out, {}, end.message);
    if (end.kind == HttpEnd::Kind::too_long) return fail(attempt, Outcome::protocol, {}, end.message);
    const bool silent = shape_ == Shape::unknown || (shape_ == Shape::stream && !sse_.saw_field());
    if (silent)
      return fail(attempt, Outcome::queued_never_started, {},
                  "the connection closed before the answer began");
    const bool clean = end.kind == HttpEnd::Kind::ok;
    if (decoder_->any_answer() || !clean)
      return fail(attempt, Outcome::truncated, {},
                  clean ? "the stream ended before its end marker" : std::string_view(end.message));
    fail(attempt, Outcome::protocol, {}, fmt::format("the answer holds no {}", decoder_->what()));
  }

  Framing framing_;
  std::unique_ptr<AnswerDecoder> decoder_;
  Shape shape_ = Shape::unknown;
  int status_ = 0;
  RetryAdvice advice_;
  std::string request_id_;
  std::string encoding_;  // of the content, where there is one
  std::string leading_;   // the byte order mark, until the shape is known
  std::string body_;      // of a whole answer or an error
  bool too_long_ = false;
  bool whole_is_json_ = false;
  SseParser sse_{kFrameLimit};
  NdjsonParser lines_{kFrameLimit};
  std::size_t malformed_ = 0;
  std::string plain_error_;  // an error event whose data is no JSON
};

}  // namespace

std::string told_end(const HttpEnd& end) {
  if (end.kind != HttpEnd::Kind::untrusted) return end.message;
  return end.message + "; --ca-file names the certificates to trust";
}

std::unique_ptr<AnswerReader> make_answer_reader(Framing framing, std::unique_ptr<AnswerDecoder> decoder) {
  return std::make_unique<StreamReader>(framing, std::move(decoder));
}

Outcome outcome_of_status(int status, bool quota_gone) {
  if (status == 402 || quota_gone) return Outcome::money;
  if (status == 401 || status == 403) return Outcome::auth;
  if (status == 429 || status == 503 || status == 529) return Outcome::capacity;
  if (status == 408 || status == 409 || status >= 500) return Outcome::server_error;
  if (status >= 400) return Outcome::config;
  return Outcome::protocol;  // a redirect, or something stranger: there is no API at this address
}

}  // namespace costwar::wire
