// The reply of a server that compresses: its bytes, and that only those who ask for it get it.
#include "mock/gzip.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/mock/client.h"

using namespace costwar;
using namespace costwar::mock;
using namespace costwar::mock_test;

namespace {

// The bytes within a gzip member of stored blocks, read by the words of RFC 1951 and 1952; the sums at its
// end are not looked at.
std::string stored(const std::string& member) {
  std::string out;
  std::size_t at = 10;
  for (bool last = false; !last;) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(member.at(at + i)); };
    last = byte(0) == 1;
    const std::size_t size = byte(1) + 256U * byte(2);
    CHECK(byte(3) + 256U * byte(4) == 65'535 - size);
    out += member.substr(at + 5, size);
    at += 5 + size;
  }
  CHECK(member.size() == at + 8);
  return out;
}

}  // namespace

TEST_CASE("a gzip member of stored blocks") {
  // What `printf 123456789 | gzip -0` holds after its head; its check value is the one that catalogues of
  // CRCs give.
  CHECK(gzip_stored("123456789") == std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff\x01\x09\0\xf6\xff", 15) +
                                        "123456789" + std::string("\x26\x39\xf4\xcb\x09\0\0\0", 8));
  CHECK(gzip_stored("") == std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff\x01\0\0\xff\xff\0\0\0\0\0\0\0\0", 23));
  const std::string large(150'000, 'x');
  CHECK(stored(gzip_stored(large)) == large);
}

TEST_CASE("compressed for those who accept it") {
  Served mock(options());
  const auto get = [&](std::string_view header, bool streamed) {
    return mock.get(post(ask_json("m!gzip", sum(1), streamed), header));
  };
  const std::string plain = get("", true);
  CHECK(plain.find("Content-Encoding") == std::string::npos);
  CHECK(content(plain) == "2");
  for (const bool streamed : {true, false}) {
    const std::string packed = get("Accept-Encoding: gzip, deflate\r\n", streamed);
    CHECK(packed.find("\r\nContent-Encoding: gzip\r\n") != std::string::npos);
    CHECK(packed.find("Transfer-Encoding") == std::string::npos);
    const std::string text = stored(body(packed));
    CHECK(text.find(R"("content":"2")") != std::string::npos);
    CHECK(text.ends_with(streamed ? "data: [DONE]\n\n" : "}"));
  }
  CHECK(mock.get(post(ask_json("m", sum(1)), "Accept-Encoding: gzip\r\n")).find("Content-Encoding") ==
        std::string::npos);
}

TEST_CASE("what is compressed comes when the last token does") {
  Reply reply;
  append_head(reply.bytes, {1, 0, true}, 200, "text/event-stream", "Transfer-Encoding: chunked\r\n");
  reply.bytes += "\r\n";
  add_piece(reply, {}, 0);
  reply.bytes += "3\r\nabc\r\n";
  add_piece(reply, milliseconds(5), 1);
  reply.bytes += "1\r\nd\r\n0\r\n\r\n";
  add_piece(reply, milliseconds(9), 2);
  compress(reply);
  REQUIRE(reply.pieces.size() == 1);
  CHECK(reply.pieces[0].after == milliseconds(9));
  CHECK(reply.pieces[0].tokens == 3);
  CHECK(reply.pieces[0].end == reply.bytes.size());
  CHECK(reply.bytes.find("\r\nContent-Length: 27\r\n\r\n") != std::string::npos);
  CHECK(stored(body(reply.bytes)) == "abcd");
}
