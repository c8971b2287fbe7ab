#include "harness/wire_faults.h"

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"

using namespace costwar;
using namespace costwar::harness;

namespace {

const std::string kOne =
    R"({"schema_version":1,"faults":[{"row":1,"title":"a title","wire":"bytes","victims":[{"name":"a client",)"
    R"("source":"owner/name#7"},{"name":"another","source":null}],"required":"survive","modes":[{"name":"cut",)"
    R"("outcome":"truncated","text_complete":false,"usage_known":false,"note":"half","ttft":"reasoning_first",)"
    R"("error_code":"e","wait_ms":[250,2000],"next":{"outcome":"network","note":"billed"}},{"name":"plain",)"
    R"("outcome":"ok","text_complete":true,"usage_known":true,"note":null,"ttft":"any"}]}]})";

std::string faults_with(std::string_view old_part, std::string_view new_part) {
  std::string text = kOne;
  const std::size_t place = text.find(old_part);
  REQUIRE(place != std::string::npos);
  return text.replace(place, old_part.size(), new_part);
}

std::string faults_complaint(const std::string& json) {
  try {
    parse_wire_faults(json, "f.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a record of a fault is read whole") {
  const auto faults = parse_wire_faults(kOne, "f.json");
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].row == 1);
  CHECK(faults[0].title == "a title");
  CHECK(faults[0].wire == "bytes");
  CHECK(faults[0].required == "survive");
  REQUIRE(faults[0].victims.size() == 2);
  CHECK(faults[0].victims[0].source == "owner/name#7");
  CHECK(faults[0].victims[1].source.empty());
  REQUIRE(faults[0].modes.size() == 2);
  const WireMode& cut = faults[0].modes[0];
  CHECK(cut.name == "cut");
  CHECK(cut.outcome == Outcome::truncated);
  CHECK_FALSE(cut.text_complete);
  CHECK_FALSE(cut.usage_known);
  CHECK(cut.note == "half");
  CHECK(cut.ttft == TtftRule::reasoning_first);
  CHECK(cut.error_code == "e");
  CHECK(cut.wait == WireWait{milliseconds(250), milliseconds(2000)});
  REQUIRE(cut.next);
  CHECK(cut.next->outcome == Outcome::network);
  CHECK(cut.next->note == "billed");
  const WireMode& plain = faults[0].modes[1];
  CHECK(plain.outcome == Outcome::ok);
  CHECK(plain.text_complete);
  CHECK(plain.note.empty());
  CHECK_FALSE(plain.wait);
  CHECK_FALSE(plain.next);
}

TEST_CASE("what another API shows in other words is required in those") {
  const std::string json = faults_with(
      R"("next":)",
      R"("elsewhere":[{"api":"messages","outcome":"network","usage_known":true,"note":"other","error_code":null},)"
      R"({"api":"ollama","error_code":"f"}],"next":)");
  const WireMode cut = parse_wire_faults(json, "f.json")[0].modes[0];
  const WireMode chat = mode_in(cut, "chat");
  CHECK(chat.outcome == Outcome::truncated);
  CHECK_FALSE(chat.usage_known);
  CHECK(chat.note == "half");
  CHECK(chat.error_code == "e");
  const WireMode messages = mode_in(cut, "messages");
  CHECK(messages.outcome == Outcome::network);
  CHECK(messages.usage_known);
  CHECK(messages.note == "other");
  CHECK(messages.error_code.empty());
  const WireMode ollama = mode_in(cut, "ollama");
  CHECK(ollama.outcome == Outcome::truncated);
  CHECK(ollama.note == "half");
  CHECK(ollama.error_code == "f");
  CHECK(faults_complaint(faults_with(R"("next":)", R"("elsewhere":[{"api":"chat"}],"next":)"))
            .find("'chat' is no other API") != std::string::npos);
}

TEST_CASE("what is no record of a fault is refused by name") {
  CHECK(faults_complaint(kOne) == "no error");
  CHECK(faults_complaint("[]") != "no error");
  CHECK(faults_complaint(R"({"schema_version":1,"faults":[]})").find("/faults: must not be empty") !=
        std::string::npos);
  CHECK(faults_complaint(faults_with(R"("row":1)", R"("row":2)")) ==
        "f.json: /faults/0/row: 2 is outside 1..1");
  CHECK(faults_complaint(faults_with("truncated", "truncatd")).find("'truncatd' is no outcome") !=
        std::string::npos);
  CHECK(faults_complaint(faults_with("reasoning_first", "late")).find("'late' is no rule") !=
        std::string::npos);
  CHECK(faults_complaint(faults_with(R"("plain")", R"("cut")"))
            .find("/faults/0/modes/1: the mode cut is named twice") != std::string::npos);
  CHECK(faults_complaint(faults_with("[250,2000]", "[2000,250]")).find("/wait_ms/1: 250 is outside") !=
        std::string::npos);
  CHECK(faults_complaint(faults_with("[250,2000]", "[250]")) != "no error");
  CHECK(faults_complaint(faults_with(R"("usage_known":false,)", "")) != "no error");
  CHECK(faults_complaint(faults_with(R"("title":"a title")", R"("title":"")")) != "no error");
  CHECK(faults_complaint(faults_with(R"("ttft":"any")", R"("ttft":"any","speed":1)")) != "no error");
}
