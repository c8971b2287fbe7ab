#include "harness/load/saved_schedule.h"

#include <doctest/doctest.h>

#include "harness/load/schedule_json.h"
#include "harness/load/synthetic_schedule.h"
#include "tests/harness/load/load_text.h"

using namespace costwar;
using namespace costwar::harness;
using costwar::harness::test::bytes_of;
using costwar::harness::test::complaint_of;

namespace {

LoadStage gamma_stage() {
  LoadStage stage;
  stage.arrivals = Arrivals::gamma;
  stage.concurrency = 64;
  stage.rate_from = 2.5;
  stage.rate = 7;
  stage.burstiness = 0.3;
  stage.duration = seconds(4);
  return stage;
}

SyntheticSettings rich_settings() {
  SyntheticSettings settings;
  settings.input = Drawn::fixed(24);
  settings.output = Drawn::fixed(8);
  settings.turns = Drawn::parse("1..3", "--turns", DrawUnit::count, kTurnBounds);
  settings.think = Drawn::fixed(1'500'000, DrawUnit::time);
  settings.prefixes = 2;
  settings.prefix_tokens = 30;
  settings.cancel_share = 0.5;
  settings.cancel_after = Drawn::fixed(7, DrawUnit::time);
  return settings;
}

void check_equal(const LoadSchedule& a, const LoadSchedule& b, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    REQUIRE(a.session(i) == b.session(i));
    for (std::uint32_t turn = 0; turn < a.session(i).turns.size(); ++turn)
      CHECK(a.messages(i, turn) == b.messages(i, turn));
  }
}

constexpr const char* kHeader = "{\"kind\":\"load_schedule\",\"schema_version\":1,\"seed\":\"7\"}\n";
constexpr const char* kStage =
    "{\"stage\":0,\"asked\":{\"arrivals\":\"poisson\",\"duration_ns\":1000000000,\"rate\":5}}\n";
constexpr const char* kSession =
    "{\"session\":0,\"due_ns\":5,\"turns\":[{\"input_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":"
    "\"a "
    "b\"}]}]}\n";
constexpr const char* kEnd = "{\"end\":true,\"stages\":1,\"sessions\":1}\n";

std::string schedule_complaint(const std::string& text) {
  return complaint_of([&] { (void)read_schedule(bytes_of(text), "s"); }, ErrorKind::input);
}

}  // namespace

TEST_CASE("what was saved asks exactly the same, texts included") {
  const auto open = synthetic_schedule(gamma_stage(), 0, 9, rich_settings());
  LoadStage closed;
  closed.concurrency = 5;
  closed.concurrency_from = 2;
  const auto unbounded = synthetic_schedule(closed, 1, 9, rich_settings());
  std::string text;
  ScheduleWriter writer([&](std::string_view line) { text += line; },
                        {18'446'744'073'709'551'615U, "local/m", settings_json(rich_settings()).dump()});
  writer.stage(*open, open->sessions().value_or(0));
  writer.stage(*unbounded, 12);
  writer.end();

  CHECK(is_saved_schedule(text));
  const SavedSchedule saved = read_schedule(bytes_of(text), "s");
  CHECK(saved.header.seed == 18'446'744'073'709'551'615U);
  CHECK(saved.header.model == "local/m");
  CHECK(saved.header.settings == settings_json(rich_settings()).dump());
  REQUIRE(saved.stages.size() == 2);
  CHECK(saved.stages[0]->stage() == gamma_stage());
  REQUIRE(saved.stages[0]->sessions() == open->sessions());
  check_equal(*open, *saved.stages[0], open->sessions().value_or(0));
  closed.sessions = 12;
  CHECK(saved.stages[1]->stage() == closed);
  CHECK(saved.stages[1]->sessions() == 12U);
  check_equal(*unbounded, *saved.stages[1], 12);
  CHECK_THROWS_AS((void)saved.stages[1]->session(12), Error);

  SUBCASE("and saved again it is the same file") {
    std::string again;
    ScheduleWriter second([&](std::string_view line) { again += line; }, saved.header);
    for (const auto& stage : saved.stages) second.stage(*stage, stage->sessions().value_or(0));
    second.end();
    CHECK(again == text);
  }
  SUBCASE("shared texts stand in it once") {
    const std::string prefix = open->messages(0, 0)[0].content;
    CHECK(text.find(prefix) == text.rfind(prefix));
  }
}

TEST_CASE("a schedule is told from a trace by its first line") {
  CHECK(is_saved_schedule(kHeader));
  CHECK_FALSE(is_saved_schedule("{\"timestamp\": 0}\n{\"kind\":\"load_schedule\"}"));
  CHECK_FALSE(is_saved_schedule(""));
}

TEST_CASE("files that are cut off, out of order or of others are refused with their line") {
  const std::string header = kHeader;
  const std::string stage = kStage;
  const std::string session = kSession;
  const std::string end = kEnd;
  CHECK(schedule_complaint(header + stage + session + end) == "no error");
  CHECK(
      schedule_complaint(
          "{\"kind\":\"load_schedule\",\"schema_version\":1,\"schema_minor\":3,\"new\":1,\"seed\":\"7\"}\n" +
          stage + session + end) == "no error");
  CHECK(schedule_complaint("") ==
        "s: the file is empty | save the schedule again: costwar load ... --save-schedule FILE");
  CHECK(schedule_complaint(header + stage + session).starts_with("s: the file is cut off"));
  CHECK(
      schedule_complaint(header + "{\"end\":true,\"stages\":0,\"sessions\":0}\n").starts_with("s: no stage"));
  CHECK(schedule_complaint("{\"kind\":\"run\"}\n").starts_with("s:1: the top level: not a saved schedule"));
  CHECK(schedule_complaint("{\"kind\":\"load_schedule\",\"schema_version\":2,\"seed\":\"7\"}\n")
            .starts_with("s:1: "));
  CHECK(schedule_complaint("{\"kind\":\"load_schedule\",\"schema_version\":1,\"seed\":\"-7\"}\n")
            .starts_with("s:1: /seed: expected a whole number"));
  CHECK(schedule_complaint(header + session)
            .starts_with("s:2: the top level: a session before the first stage"));
  CHECK(schedule_complaint(header + stage + session + session).starts_with("s:4: /session: expected 1"));
  CHECK(schedule_complaint(header + stage + stage).starts_with("s:3: /stage: expected 1"));
  CHECK(schedule_complaint(header + stage + end).starts_with("s:3: /sessions: expected 0"));
  CHECK(schedule_complaint(header + stage + session + end + end)
            .starts_with("s:5: the top level: a line after the last one"));
  CHECK(schedule_complaint(header + "{\"what\":1}\n").starts_with("s:2: the top level: neither a stage"));
  CHECK(schedule_complaint(header + "{\"stage\":0,\"asked\":{\"arrivals\":\"poisson\",\"duration_ns\":1}}\n")
            .starts_with("s:2: /asked: --rate: 0 is no rate"));
  CHECK(schedule_complaint(header + "{\"stage\":0,\"asked\":{\"arrivals\":\"often\",\"duration_ns\":1}}\n")
            .starts_with("s:2: /asked/arrivals: expected closed"));
  CHECK(schedule_complaint(header + stage + "{\"session\":0,\"due_ns\":5,\"turns\":[]}\n")
            .starts_with("s:3: /turns: 0 turns"));
  CHECK(schedule_complaint(header + stage +
                           "{\"session\":0,\"due_ns\":5,\"turns\":[{\"input_tokens\":3,\"messages\":[]}]}\n")
            .starts_with("s:3: /turns/0/messages: a turn without a message"));
  CHECK(
      schedule_complaint(header + stage +
                         "{\"session\":0,\"due_ns\":5,\"turns\":[{\"input_tokens\":3,\"messages\":[{\"role\":"
                         "\"system\",\"text\":0}]}]}\n")
          .starts_with("s:3: /turns/0/messages/0/text: there is no such text above"));
  const std::string earlier =
      "{\"session\":1,\"due_ns\":4,\"turns\":[{\"input_tokens\":3,\"messages\":[{\"role\":\"user\","
      "\"content\":\"a\"}]}]}\n";
  CHECK(schedule_complaint(header + stage + session + earlier)
            .starts_with("s:4: /due_ns: due before the session above it"));
}

TEST_CASE("a stage as JSON comes back as it was") {
  LoadStage closed;
  closed.concurrency = 64;
  closed.concurrency_from = 4;
  closed.sessions = 100;
  for (const LoadStage& stage : {gamma_stage(), closed, LoadStage{}}) {
    const Json json = stage_to_json(stage);
    CHECK(stage_from_json(JsonIn(json, "s")) == stage);
  }
}
