#include "providers/local/text_stream.h"

#include <doctest/doctest.h>

using costwar::local::take_characters;
using costwar::local::TextStream;

namespace {

std::string whole(std::string bytes) {
  std::string text;
  take_characters(bytes, text, true);
  return text;
}

}  // namespace

TEST_CASE("a character is shown when its last byte has come") {
  TextStream stream;
  CHECK(stream.push("a\xe2") == "a");
  CHECK(stream.push("\x82") == "");
  CHECK(stream.push("\xac!") == "\xe2\x82\xac!");
  CHECK(stream.push("\xf0\x9f") == "");
  CHECK(stream.finish() == "\xef\xbf\xbd");
}

TEST_CASE("bytes that cannot be a character become one replacement for each broken part") {
  CHECK(whole("a\xff"
              "b") ==
        "a\xef\xbf\xbd"
        "b");
  CHECK(whole("\xc0\x80") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(whole("\xe2\x82"
              "x") ==
        "\xef\xbf\xbd"
        "x");
  CHECK(whole("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // a surrogate
  CHECK(whole("\xf4\x90\x80\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(whole("\xf4\x8f\xbf\xbf") == "\xf4\x8f\xbf\xbf");
  CHECK(whole("\xf1\x80\x80") == "\xef\xbf\xbd");
}

TEST_CASE("text ends before a stop sequence, wherever its parts fall") {
  TextStream stream({"STOP", "\n\n"});
  CHECK(stream.push("one S") == "one ");
  CHECK(stream.push("o\n") == "So");
  CHECK(stream.push("x ST") == "\nx ");
  CHECK(stream.push("OP more") == "");
  CHECK(stream.stopped());
  CHECK(stream.push("still more") == "");
  CHECK(stream.finish() == "");
}

TEST_CASE("the earliest stop sequence counts and an empty one never does") {
  TextStream stream({"", "bc", "b"});
  CHECK(stream.push("abcd") == "a");
  CHECK(stream.stopped());
}

TEST_CASE("what was held back comes at the end") {
  TextStream stream({"STOP"});
  CHECK(stream.push("a STO") == "a ");
  CHECK(stream.finish() == "STO");
  CHECK_FALSE(stream.stopped());
}
