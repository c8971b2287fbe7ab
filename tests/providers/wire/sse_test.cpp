#include "providers/wire/sse.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace costwar;

namespace {

// "event|data" of each event, and "residue:event|data" of what is left at the end.
std::vector<std::string> events_of(std::string_view bytes, std::size_t piece, std::size_t limit = 1 << 20) {
  SseParser parser(limit);
  std::vector<std::string> out;
  const auto keep = [&](const SseEvent& e) {
    out.push_back(std::string(e.event) + "|" + std::string(e.data));
  };
  for (std::size_t at = 0; at < bytes.size(); at += piece) parser.feed(bytes.substr(at, piece), keep);
  if (const auto left = parser.residue())
    out.push_back("residue:" + std::string(left->event) + "|" + std::string(left->data));
  if (parser.overflowed()) out.emplace_back("overflowed");
  return out;
}

using Events = std::vector<std::string>;

void check(std::string_view bytes, const Events& expected) {
  CAPTURE(bytes);
  for (const std::size_t piece :
       {bytes.size() + 1, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}})
    CHECK(events_of(bytes, piece) == expected);
}

}  // namespace

TEST_CASE("line ends") {
  check("data: a\n\ndata: b\n\n", {"|a", "|b"});
  check("data: a\r\n\r\ndata: b\r\n\r\n", {"|a", "|b"});
  check("data: a\r\rdata: b\r\r", {"|a", "|b"});
  check("data: a\r\n\ndata: b\n\r\n", {"|a", "|b"});
  check("data: a\r\ndata: b\r\r\n", {"|a\nb"});
  check(
      "data: a\xE2\x80\xA8"
      "b\xC2\x85"
      "c\x0B\x0C\n\n",
      {"|a\xE2\x80\xA8"
       "b\xC2\x85"
       "c\x0B\x0C"});
}

TEST_CASE("fields") {
  check("data:a\n\n", {"|a"});
  check("data:  a\n\n", {"| a"});
  check("data\n\n", {"|"});
  check("data:\ndata:\n\n", {"|\n"});
  check("event: error\nid: 7\nretry: 100\nunknown: x\ndata: a\ndata: b\n\n", {"error|a\nb"});
  check("event: lonely\n\ndata: a\n\n", {"|a"});
  check("event: one\nevent: two\ndata: a\n\ndata: b\n\n", {"two|a", "|b"});
  check(": keep-alive\n\n:\n\n\n\ndata: a\n:x\ndata: b\n\n", {"|a\nb"});
  check(" data: a\n\nDATA: b\n\n", {});
}

TEST_CASE("byte order mark") {
  check(
      "\xEF\xBB\xBF"
      "data: a\n\n",
      {"|a"});
  check(
      "\xEF\xBB"
      "data: a\n\ndata: b\n\n",
      {"|b"});
  check(
      "data: a\n\n\xEF\xBB\xBF"
      "data: b\n\n",
      {"|a"});
  check(
      "\xEF\xBB\xBF\xEF\xBB\xBF"
      "data: a\n\n",
      {});
}

TEST_CASE("what is left at the end") {
  check("data: a\n\ndata: b", {"|a", "residue:|b"});
  check("data: a\n\nevent: x\ndata: b\n", {"|a", "residue:x|b"});
  check("data: a\n\nevent: x\n", {"|a"});
  check("data: a\n\n: comment", {"|a"});
  check("", {});
}

TEST_CASE("limits: below is taken whole, above ends the reading") {
  const std::string long_line(1000, 'x');
  const std::string stream = "data: a\n\ndata: " + long_line + "\n\ndata: b\n\n";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{64}, stream.size()}) {
    CHECK(events_of(stream, piece, 1006) == Events{"|a", "|" + long_line, "|b"});
    CHECK(events_of(stream, piece, 1005) == Events{"|a", "overflowed"});
  }
  std::string many;
  for (int i = 0; i < 200; ++i) many += "data: 0123456789\n";
  CHECK(events_of(many + "\n", 16, 1000) == Events{"overflowed"});
}

TEST_CASE("an event of 10 MB in small pieces takes time in proportion to its length") {
  const std::string data(10'000'000, 'x');
  const std::string stream = "data: " + data + "\n\n";
  CHECK(events_of(stream, 100, std::size_t{64} << 20) == Events{"|" + data});
}
