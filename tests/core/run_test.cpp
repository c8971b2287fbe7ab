#include "core/run.h"

#include <doctest/doctest.h>

#include "core/columns.h"
#include "core/error.h"
#include "core/run_json.h"

using namespace costwar;

namespace {

RunHeader sample_header() {
  RunHeader header;
  header.id = "20261123T194500Z-4f21c0";
  header.label = "nightly";
  header.plan = "abc";
  header.created = parse_wall("2026-11-23T19:45:00.250Z");
  header.costwar_version = "0.1.0";
  header.seed = 18'446'744'073'709'551'615U;
  header.items_per_task = 2;
  ModelCard local{"local/tiny-moe", "local", "tiny-moe", "Tiny MoE", "MIT", "", "", true, ModelFacts{}};
  local.shape->architecture = "deepseek2";
  local.shape->total_parameters = 3'500'000;
  local.shape->experts = 16;
  local.server = R"({"software":"llama-server","slots":2})";
  header.models = {local, {"openai/gpt-5.5", "openai", "gpt-5.5", "", "", "gpt-5.5", "openai", false, {}}};
  header.tasks = {{"arithmetic", "numeric", 1, "Add"}};
  header.machine = R"({"logical_cpus":2})";
  header.settings = R"({"efforts":{"openai/gpt-5.5":"high"},"temperature":0.5})";
  return header;
}

AttemptRow sample_attempt(std::int64_t trial, std::uint32_t number, Outcome outcome) {
  AttemptRow row;
  row.trial = trial;
  row.number = number;
  row.ended = true;
  Attempt& attempt = row.attempt;
  attempt.outcome = outcome;
  attempt.finish_reason = "stop";
  attempt.text = "85 \xE2\x80\xA8 \"quoted\"";
  attempt.http_status = 200;
  attempt.usage.set(Meter::fresh_input, 12, Provenance::reported);
  attempt.usage.set(Meter::visible_output, 3, Provenance::estimated);
  attempt.raw_usage = R"({"prompt_tokens":12})";
  attempt.billing = {"gpt-5.5-2026-04-23", "standard", "", parse_wall("2026-11-23T19:45:01Z"),
                     parse_wall("2026-11-23T19:45:02Z")};
  attempt.timeline.due = attempt.timeline.issued = Mono{1'000'000};
  attempt.timeline.first_any = Mono{3'500'999};
  attempt.timeline.end = Mono{9'000'000};
  append_event(attempt.timeline, Mono{3'500'999}, attempt.timeline.issued);
  append_event(attempt.timeline, Mono{8'000'001}, Mono{3'500'999});
  attempt.advice = {milliseconds(1500), true, false};
  attempt.notes = {"3 malformed frames skipped"};
  attempt.extra = R"({"timings":{"prompt_n":12}})";
  return row;
}

}  // namespace

TEST_CASE("a header survives the way to JSON Lines and back, field by field") {
  const std::string line = to_json_line(sample_header());
  CHECK(line.find('\n') == std::string::npos);
  CHECK(to_json_line(parse_run_header(line, "run.jsonl:1")) == line);
  const RunHeader back = parse_run_header(line, "run.jsonl:1");
  CHECK(back.models == sample_header().models);
  CHECK(back.tasks == sample_header().tasks);
  CHECK(back.seed == sample_header().seed);
  CHECK(back.created == sample_header().created);
}

TEST_CASE("rows survive the way to JSON Lines and back") {
  const TrialRow trial{3, 1, 0, "00ff00ff00ff00ff", 2, "c1", "What is 40 + 45?", "85"};
  const ScoreRow score{3, "numeric", 1, 0.5, false, "84 is not 85"};
  for (const RunRow& row : {RunRow(trial), RunRow(sample_attempt(3, 1, Outcome::ok)), RunRow(score)}) {
    const std::string line = to_json_line(row);
    CHECK(to_json_line(parse_run_row(line, "run.jsonl:2")) == line);
  }
  CHECK(std::get<TrialRow>(parse_run_row(to_json_line(RunRow(trial)), "x")) == trial);
  const auto attempt =
      std::get<AttemptRow>(parse_run_row(to_json_line(RunRow(sample_attempt(3, 1, Outcome::ok))), "x"))
          .attempt;
  CHECK(attempt.text == sample_attempt(3, 1, Outcome::ok).attempt.text);
  CHECK(attempt.usage == sample_attempt(3, 1, Outcome::ok).attempt.usage);
  CHECK(attempt.advice.wait->count == 1'500'000'000);
}

TEST_CASE("event stamps are kept to the microsecond, without drift") {
  const AttemptRow row = sample_attempt(0, 0, Outcome::ok);
  const std::vector<Mono> stamps = decode_events(row.attempt.timeline);
  REQUIRE(stamps.size() == 2);
  CHECK(stamps[0].ns == 3'500'000);
  CHECK(stamps[1].ns == 8'000'000);
}

TEST_CASE("event blobs that no attempt can have are refused") {
  Timeline broken;
  broken.events = std::string(10, '\xff');  // a number without an end
  CHECK_THROWS_AS(decode_events(broken), Error);
  broken.events = std::string(8, '\xff') + '\x7f';  // 63 bits of microseconds
  CHECK_THROWS_AS(decode_events(broken), Error);
}

TEST_CASE("bad lines name the line and the pointer") {
  const auto message = [](const char* line) {
    try {
      (void)parse_run_row(line, "run.jsonl:7");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(message(R"({"row":"tiral"})") == "run.jsonl:7: /row: \"tiral\" is not a kind of row");
  CHECK(message(R"({"row":"score","trial":0,"scorer":"x","version":1,"value":1.5,"solved":true})") ==
        "run.jsonl:7: /value: expected a score from 0 to 1");
  CHECK(message(R"({"row":"attempt","trial":0,"number":0,"ended":true,"outcome":"fine"})") ==
        "run.jsonl:7: /outcome: \"fine\" is not one of the known names");
}

TEST_CASE("columns gather trials, attempts and scores, in whatever order attempts come") {
  RunColumnsBuilder builder(sample_header());
  builder.add(TrialRow{0, 0, 0, "item-a", 0, "", "", ""});
  builder.add(TrialRow{1, 1, 0, "item-a", 0, "", "", ""});
  builder.add(sample_attempt(1, 0, Outcome::capacity));
  builder.add(sample_attempt(0, 0, Outcome::ok));
  AttemptRow out = sample_attempt(1, 1, Outcome::ok);
  out.ended = false;
  builder.add(out);
  builder.add(ScoreRow{0, "numeric", 1, 1.0, true, ""});
  const RunColumns columns = builder.finish();
  CHECK(columns.items == 1);
  CHECK(columns.trials.complete == std::vector<std::uint8_t>{1, 0});
  CHECK(columns.trials.solved == std::vector<std::uint8_t>{1, 0});
  CHECK(columns.attempts.trial == std::vector<std::uint32_t>{0, 1, 1});
  CHECK(columns.attempts.outcome == std::vector<Outcome>{Outcome::ok, Outcome::capacity, Outcome::in_doubt});
  CHECK(columns.attempts.unsent == std::vector<std::uint8_t>{1, 1, 0});  // what is in doubt may have left
  CHECK(columns.attempts.usage[1] == sample_attempt(0, 0, Outcome::ok).attempt.usage);
  CHECK(columns.attempts.ttft_any_ns[0] == 2'500'999);
  CHECK(columns.attempts.ttft_visible_ns[0] == kUnknown);
  CHECK(columns.billing_facts(0).served_model == "gpt-5.5-2026-04-23");
}

TEST_CASE("a cluster is a name within a task, and an item of none has its id for a name") {
  RunHeader header = sample_header();
  header.tasks.resize(2, header.tasks.at(0));
  RunColumnsBuilder builder(header);
  auto add = [&, trial = std::int64_t{0}](std::uint32_t task, const char* item, const char* cluster) mutable {
    builder.add(TrialRow{trial++, 0, task, item, 0, cluster, "", ""});
  };
  add(0, "a", "");   // 0
  add(0, "b", "a");  // 0: the cluster is called as item a is
  add(0, "c", "d");  // 1
  add(0, "d", "");   // 1: and the item as the cluster is
  add(1, "a", "");   // 2: another task
  add(1, "d", "");   // 3
  add(0, "e", "d");  // 1
  add(1, "f", "a");  // 2
  const RunColumns columns = builder.finish();
  CHECK(columns.items == 6);
  CHECK(columns.trials.item == std::vector<std::uint32_t>{0, 1, 2, 3, 0, 3, 4, 5});
  CHECK(columns.trials.cluster == std::vector<std::uint32_t>{0, 0, 1, 1, 2, 3, 1, 2});
}

TEST_CASE("usage columns keep unknown apart from zero when meters appear late") {
  UsageColumns columns;
  Usage none;
  Usage some;
  some.set(Meter::tool_calls, 0, Provenance::estimated);
  columns.push_back(none);
  columns.push_back(some);
  columns.push_back(none);
  columns.permute({1, 2, 0});
  CHECK(columns[0] == some);
  CHECK(columns[1] == none);
  CHECK(columns[2] == none);
}

TEST_CASE("a row of a trial that is not there is refused") {
  RunColumnsBuilder builder(sample_header());
  CHECK_THROWS_WITH_AS(builder.add(ScoreRow{4, "numeric", 1, 1.0, true, ""}),
                       "run 20261123T194500Z-4f21c0: a row belongs to trial 4, which is not there", Error);
  CHECK_THROWS_AS(builder.add(TrialRow{0, 9, 0, "x", 0, "", "", ""}), Error);
}

TEST_CASE("every outcome is found by its name") {
  for (const OutcomeRow& row : outcomes()) {
    CHECK(outcome_by_name(row.name) == row.outcome);
    CHECK(&outcome_row(row.outcome) == &row);
  }
}

TEST_CASE("a run's header says its versions: a newer minor is read, another major is not") {
  const std::string line = to_json_line(sample_header());
  CHECK(line.find(R"("schema_version":1,"schema_minor":2)") != std::string::npos);
  const auto with = [&](const std::string& versions) {
    std::string text = line;
    const std::string own = R"("schema_version":1,"schema_minor":2)";
    return text.replace(text.find(own), own.size(), versions);
  };
  for (const char* versions : {R"("schema_version":1)", R"("schema_version":1,"schema_minor":0)",
                               R"("schema_version":1,"schema_minor":999,"member_of_later":{"a":[1]})"})
    CHECK(parse_run_header(with(versions), "f:1").id == sample_header().id);
  for (const char* versions :
       {R"("schema_version":2)", R"("schema_version":0,"schema_minor":1)", R"("schema_version":"1")",
        R"("schema_minor":1)", R"("schema_version":1,"schema_minor":-1)"})
    CHECK_THROWS_AS(parse_run_header(with(versions), "f:1"), Error);
  CHECK_THROWS_WITH(parse_run_header(with(R"("schema_version":2)"), "f:1"),
                    "f:1: /schema_version: version 2 is not known to this costwar, which reads version 1");
}

TEST_CASE("a route's card has the cards of its two models, and no deeper ones") {
  ModelCard weak, strong, route;
  weak.name = "a/weak";
  strong.name = "a/strong";
  route.name = "route/policy.json";
  route.members = {weak, strong};
  route.cheap_calls = 3;
  const Json json = model_card_to_json(route);
  const auto read = [](const Json& text) { return model_card_from_json(JsonIn(text, "f:1")); };
  CHECK(read(json) == route);
  CHECK(&route.asked_in(2) == &route.members[0]);
  CHECK(&route.asked_in(3) == &route.members[1]);
  CHECK(&weak.asked_in(7) == &weak);
  const auto refused = [&](const char* member, const Json& value, const char* what) {
    Json wrong = json;
    wrong[member] = value;
    CHECK_THROWS_WITH_AS(read(wrong), doctest::Contains(what), Error);
  };
  refused("members", Json::array({json["members"][0]}), "a route has two models, cheap and strong");
  refused("members", Json::array({json["members"][0], json}), "a route's models are no routes");
  refused("members", 3, "expected an array");
  refused("cheap_calls", 0, "/cheap_calls");
  refused("cheap_calls", 1001, "/cheap_calls");
  refused("cheap_calls", "1", "/cheap_calls");
  Json without = json;
  without.erase("cheap_calls");
  CHECK_THROWS_WITH_AS(read(without), doctest::Contains("\"cheap_calls\" is missing"), Error);
}

TEST_CASE(
    "what an imported attempt cost by its source goes through lines and columns, and costs nothing else") {
  RunColumnsBuilder builder(sample_header());
  TrialRow trial;
  trial.item = "a";
  builder.add(trial);
  AttemptRow told = sample_attempt(0, 1, Outcome::ok);
  told.attempt.reported_cost = Money::parse(Currency("EUR"), "0.0125");
  const std::string line = to_json_line(RunRow(told));
  CHECK(line.find(R"("reported_cost":{"amount":"0.0125","currency":"EUR"})") != std::string::npos);
  builder.add(sample_attempt(0, 0, Outcome::ok));
  builder.add(parse_run_row(line, "f:2"));
  builder.add(sample_attempt(0, 2, Outcome::ok));
  const RunColumns columns = builder.finish();
  CHECK(!columns.reported_cost(0));
  CHECK(columns.reported_cost(1) == Money::parse(Currency("EUR"), "0.0125"));
  CHECK(!columns.reported_cost(2));
  std::string bad = line;
  bad.replace(bad.find("0.0125"), 6, "1e-2  ");
  CHECK_THROWS_AS(parse_run_row(bad, "f:2"), Error);
}
