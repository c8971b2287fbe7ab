#include "providers/wire/retry_advice.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "providers/wire/redact.h"

using namespace costwar;

namespace {
const Wall kAnswered = parse_wall("1994-11-06T08:49:00Z");

std::optional<Nanos> wait_of(std::vector<std::pair<std::string, std::string>> headers) {
  return read_retry_advice(HttpHead{429, std::move(headers)}, kAnswered).wait;
}
}  // namespace

TEST_CASE("waits") {
  CHECK(wait_of({{"retry-after", "7"}}) == seconds(7));
  CHECK(wait_of({{"retry-after", "0.25"}}) == milliseconds(250));
  CHECK(wait_of({{"retry-after-ms", "1500"}, {"retry-after", "7"}}) == milliseconds(1500));
  CHECK(wait_of({{"retry-after-ms", "soon"}, {"retry-after", "7"}}) == seconds(7));
  CHECK(wait_of({{"retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"}}) == seconds(37));
  CHECK(wait_of({{"retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"},
                 {"date", "Sun, 06 Nov 1994 08:49:30 GMT"}}) == seconds(7));
  CHECK(wait_of({{"retry-after", "Sun, 06 Nov 1994 08:48:00 GMT"}}) == seconds(0));
  CHECK_FALSE(wait_of({}));
  for (const char* nonsense :
       {"-1", "1e9", "nan", "inf", "7 s", "", "Sun, 06 Nov 1994", "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 28:49:37 GMT", "Sun, 0x Nov 1994 08:49:37 GMT"}) {
    CAPTURE(nonsense);
    CHECK_FALSE(wait_of({{"retry-after", nonsense}}));
  }
}

TEST_CASE("a server's explicit word") {
  const auto word = [](const char* value) {
    return read_retry_advice(HttpHead{500, {{"x-should-retry", value}}}, kAnswered).should_retry;
  };
  CHECK(word("true") == true);
  CHECK(word("false") == false);
  CHECK_FALSE(word("maybe"));
}

TEST_CASE("secrets are taken out") {
  CHECK(redact("key abcdef refused", "abcdef") == "key [redacted] refused");
  CHECK(redact("abcdefabcdef", "abcdef") == "[redacted][redacted]");
  CHECK(redact("Incorrect API key provided: sk-proj-****************abcd.", "other-key") ==
        "Incorrect API key provided: [redacted]");
  CHECK(redact("Authorization: Bearer eyJhbGciOi.x-y_z, next", "") ==
        "Authorization: Bearer [redacted], next");
  CHECK(redact("a task-oriented ask-me-anything", "") == "a task-oriented ask-me-anything");
  CHECK(redact("ordinary text", "") == "ordinary text");
  CHECK(redact("aaa", "a") == "aaa");  // too short to be a key

  Attempt attempt;
  attempt.error_message = "you sent topsecret";
  attempt.text = "echo topsecret; sk-learn-is-a-library";
  attempt.notes = {"topsecret"};
  redact(attempt, "topsecret");
  CHECK(attempt.error_message == "you sent [redacted]");
  CHECK(attempt.text == "echo [redacted]; sk-learn-is-a-library");  // only the key itself leaves an answer
  CHECK(attempt.notes.at(0) == "[redacted]");
}

TEST_CASE("one line") {
  CHECK(one_line("a\r\nb\tc\n") == "a  b c");
  CHECK(one_line(std::string(3000, 'x')).size() == 2048);
  CHECK(one_line("a\xC3\xA9", 2) == "a");
  CHECK(one_line("a\xC3\xA9", 3) == "a\xC3\xA9");
}
