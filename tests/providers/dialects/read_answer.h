// Reads an answer of any dialect whole and in pieces of one byte, and checks that both come to the same.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "providers/dialect.h"

namespace costwar {

using End = HttpEnd::Kind;
using Notes = std::vector<std::string>;

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body;
  HttpEnd::Kind end = HttpEnd::Kind::ok;
};

struct Read {
  Attempt attempt;
  std::string deltas;  // r:..., v:..., t:... of each piece, joined with ' '

  std::optional<std::int64_t> count(Meter meter) const {
    const auto& value = attempt.usage[meter];
    return value ? std::optional(value->value) : std::nullopt;
  }
};

inline Read read_in(std::unique_ptr<AnswerReader> reader, const Answer& answer, std::size_t piece) {
  Read out;
  const auto hear = [&](CallEvent::Kind kind, std::string_view text) {
    if (!out.deltas.empty()) out.deltas += ' ';
    out.deltas += std::array{'r', 'v', 't'}[static_cast<std::size_t>(kind)];
    out.deltas += ':';
    out.deltas += text;
  };
  if (answer.status != 0) reader->head(HttpHead{answer.status, answer.headers}, Wall{});
  const std::string_view bytes = answer.body;
  for (std::size_t at = 0; at < bytes.size(); at += piece) reader->bytes(bytes.substr(at, piece), hear);
  const std::string message = answer.end == HttpEnd::Kind::ok ? "" : "connection reset by peer";
  out.attempt = reader->finish(HttpEnd{answer.end, message, 100, false}, hear);
  return out;
}

template <typename MakeReader>
Read read_answer(const MakeReader& make_reader, const Answer& answer) {
  Read whole = read_in(make_reader(), answer, answer.body.size() + 1);
  const Read bytewise = read_in(make_reader(), answer, 1);
  CHECK(whole.deltas == bytewise.deltas);
  CHECK(whole.attempt.outcome == bytewise.attempt.outcome);
  CHECK(whole.attempt.text == bytewise.attempt.text);
  CHECK(whole.attempt.reasoning_text == bytewise.attempt.reasoning_text);
  CHECK(whole.attempt.tool_calls == bytewise.attempt.tool_calls);
  CHECK(whole.attempt.usage == bytewise.attempt.usage);
  CHECK(whole.attempt.notes == bytewise.attempt.notes);
  CHECK(whole.attempt.extra == bytewise.attempt.extra);
  CHECK(whole.attempt.error_message == bytewise.attempt.error_message);
  return whole;
}

}  // namespace costwar
