#include "mock/http_parser.h"

#include <doctest/doctest.h>

#include <string>

using namespace costwar::mock;
using State = RequestParser::State;

namespace {

constexpr HttpLimits kSmall{256, 32};

BadRequest failure_of(std::string_view bytes) {
  RequestParser parser(kSmall);
  parser.feed(bytes);
  REQUIRE(parser.advance() == State::failed);
  return parser.failure();
}

}  // namespace

TEST_CASE("requests at any split") {
  const std::string bytes =
      "POST /v1/chat/completions?x=1 HTTP/1.1\r\nHost: a\r\nauthorization:  Bearer k \r\nContent-Length: "
      "5\r\n\r\nhello"
      "GET /health HTTP/1.1\nConnection: foo, Close\n\n"
      "POST /c HTTP/1.1\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    RequestParser parser({});
    std::string seen;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      parser.feed(std::string_view(bytes).substr(at, step));
      while (parser.advance() == State::ready) {
        seen += parser.head().method + ' ' + parser.head().path + " [" + parser.head().authorization + "] " +
                std::string(parser.body()) + (parser.head().keep_alive ? "\n" : " close\n");
        parser.consume();
      }
      REQUIRE(parser.advance() == State::need_more);
    }
    REQUIRE(seen ==
            "POST /v1/chat/completions [Bearer k] hello\nGET /health []  close\nPOST /c [] abc0123456789\n");
    CHECK_FALSE(parser.in_request());
  }
}

TEST_CASE("what is no request") {
  CHECK(failure_of("nonsense\r\n").status == 400);
  CHECK(failure_of("GET  HTTP/1.1\r\n").status == 400);
  CHECK(failure_of("GET http://x/ HTTP/1.1\r\n").status == 400);
  CHECK(failure_of("G(T / HTTP/1.1\r\n").status == 400);
  CHECK(failure_of("GET / HTTP/1.0\r\n").status == 505);
  CHECK(failure_of("GET / HTTP/1.1\r\nno colon\r\n").status == 400);
  CHECK(failure_of("GET / HTTP/1.1\r\nA: b\r\n folded: c\r\n").status == 400);
  CHECK(failure_of("GET / HTTP/1.1\r\nContent-Length : 1\r\n").status == 400);
  CHECK(failure_of("GET / HTTP/1.1\r\nContent-Length: +1\r\n").status == 400);
  CHECK(failure_of("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n").status == 400);
  CHECK(failure_of("GET / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n").status == 413);
  CHECK(failure_of("GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n").status ==
        400);
  CHECK(failure_of("GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n").status == 501);
  CHECK(failure_of("GET / HTTP/1.1\r\nExpect: wonders\r\n").status == 417);
  CHECK(failure_of("POST / HTTP/1.1\r\nContent-Length: 33\r\n\r\n").status == 413);
  const std::string chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(failure_of(chunked + "x\r\n").status == 400);
  CHECK(failure_of(chunked + "\r\n").status == 400);
  CHECK(failure_of(chunked + "2\r\nabc\r\n").status == 400);
  CHECK(failure_of(chunked + "21\r\n").status == 413);
  CHECK(failure_of(chunked + "10\r\n0123456789abcdef\r\n11\r\n").status == 413);
  CHECK(failure_of(chunked + "ffffffffffffffffffff\r\n").status == 413);
  CHECK(failure_of("GET /" + std::string(300, 'a')).status == 431);
  CHECK(failure_of("GET / HTTP/1.1\r\nA: " + std::string(300, 'a')).status == 431);
  CHECK(failure_of(std::string(300, '\n')).status == 431);
}

TEST_CASE("leave to go on is given once, and only to a client that waits") {
  RequestParser parser({});
  parser.feed("POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(parser.advance() == State::need_more);
  CHECK(parser.take_continue());
  CHECK_FALSE(parser.take_continue());
  parser.feed("ab");
  CHECK(parser.advance() == State::ready);
  CHECK(parser.body() == "ab");
  parser.consume();
  parser.feed("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\na");
  CHECK(parser.advance() == State::need_more);
  CHECK_FALSE(parser.take_continue());
}

TEST_CASE("who accepts gzip") {
  const auto accepts = [](std::string_view headers) {
    RequestParser parser({});
    parser.feed("GET / HTTP/1.1\r\n");
    parser.feed(headers);
    parser.feed("\r\n");
    REQUIRE(parser.advance() == RequestParser::State::ready);
    return parser.head().accepts_gzip;
  };
  CHECK_FALSE(accepts(""));
  CHECK_FALSE(accepts("Accept-Encoding: identity\r\n"));
  CHECK_FALSE(accepts("Accept-Encoding: br, gzip;q=0\r\n"));
  CHECK_FALSE(accepts("Accept-Encoding: gzip ; q=0.00\r\n"));
  CHECK_FALSE(accepts("Accept-Encoding: xgzip\r\n"));
  CHECK(accepts("Accept-Encoding: gzip\r\n"));
  CHECK(accepts("accept-encoding: deflate, GZIP;q=0.5\r\n"));
  CHECK(accepts("Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n"));
}
