// Every field of every row comes back exactly.

#include <span>
#include <tuple>

#include "core/columns.h"
#include "tests/harness/store/store_fixture.h"

namespace costwar::harness::store_test {
namespace {

const std::string kBytes("a\0b \xff\xfe \xe2\x82\xac\n",
                         11);  // a zero byte, no UTF-8, a euro sign, a line end

AttemptRow everything_set() {
  AttemptRow row;
  row.trial = 1;
  row.role = CallRole::judge;
  row.turn = 4'000'000'000;
  row.number = 3;
  row.ended = true;
  Attempt& attempt = row.attempt;
  attempt.outcome = Outcome::truncated;
  attempt.finish_reason = "length";
  attempt.text = kBytes;
  attempt.reasoning_text = std::string(100'000, 'r');
  attempt.error_code = "overloaded";
  attempt.error_message = "try later";
  attempt.http_status = 529;
  attempt.request_id = "req_1";
  attempt.system_fingerprint = "fp_1";
  attempt.endpoint = "https://host/v1/chat/completions";
  attempt.served_provider = "Somebody";
  attempt.tool_calls = {{"call_1", "look_up", R"({"a":)"}, {"", "again", ""}};
  for (std::size_t m = 0; m < kMeterCount; ++m)
    attempt.usage.set(static_cast<Meter>(m),
                      std::numeric_limits<std::int64_t>::max() - static_cast<std::int64_t>(m),
                      static_cast<Provenance>(m % 4));
  attempt.raw_usage = R"({"prompt_tokens": 1})";
  attempt.billing = {"good-2026", "priority", "eu", Wall{1}, Wall{-2}};
  attempt.timeline = {
      Mono{-1}, Mono{2}, Mono{3}, Mono{4}, Mono{5}, Mono{6}, Mono{7}, std::string("\x80\x01\x00", 3), 2};
  attempt.advice = {milliseconds(1500), false, true};
  attempt.notes = {"not streaming", "", "3 \"malformed\" frames\nskipped"};
  attempt.extra = R"({"experts": [1, 2]})";
  attempt.reported_cost = Money::parse(Currency("EUR"), "0.000000000000000001");
  return row;
}

void check_same(const AttemptRow& a, const AttemptRow& b) {
  CHECK(std::tie(a.trial, a.role, a.turn, a.number, a.ended) ==
        std::tie(b.trial, b.role, b.turn, b.number, b.ended));
  const Attempt& x = a.attempt;
  const Attempt& y = b.attempt;
  CHECK(std::tie(x.outcome, x.finish_reason, x.text, x.reasoning_text, x.error_code, x.error_message) ==
        std::tie(y.outcome, y.finish_reason, y.text, y.reasoning_text, y.error_code, y.error_message));
  CHECK(std::tie(x.endpoint, x.served_provider, x.tool_calls, x.reported_cost) ==
        std::tie(y.endpoint, y.served_provider, y.tool_calls, y.reported_cost));
  CHECK(std::tie(x.http_status, x.request_id, x.system_fingerprint, x.usage, x.raw_usage, x.notes, x.extra) ==
        std::tie(y.http_status, y.request_id, y.system_fingerprint, y.usage, y.raw_usage, y.notes, y.extra));
  CHECK(std::tie(x.billing.served_model, x.billing.service_class, x.billing.region, x.billing.requested,
                 x.billing.completed) == std::tie(y.billing.served_model, y.billing.service_class,
                                                  y.billing.region, y.billing.requested,
                                                  y.billing.completed));
  const Timeline& s = x.timeline;
  const Timeline& t = y.timeline;
  CHECK(std::tie(s.due, s.issued, s.sent, s.headers, s.first_any, s.first_visible, s.end, s.events,
                 s.event_count) == std::tie(t.due, t.issued, t.sent, t.headers, t.first_any, t.first_visible,
                                            t.end, t.events, t.event_count));
  CHECK(std::tie(x.advice.wait, x.advice.should_retry, x.advice.quota_gone) ==
        std::tie(y.advice.wait, y.advice.should_retry, y.advice.quota_gone));
}

TEST_CASE("store: every field of every row comes back exactly") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  TrialRow full{1, 1, 0, "00112233445566ff", 4'000'000'000, "passage-7", kBytes, "42"};
  const std::vector<TrialRow> two = {a_trial(0), full};
  const RunHeader header = a_header();
  store->create_run(header, two);
  const auto sink = store->sink(header.id);

  SUBCASE("trials and the header") {
    const auto rows = rows_of(*store, header.id);
    REQUIRE(rows.size() == 2);
    CHECK(std::get<TrialRow>(rows[0]) == two[0]);
    CHECK(std::get<TrialRow>(rows[1]) == full);
    CHECK(to_json_line(*store->find_run(header.id)) == to_json_line(header));
  }

  SUBCASE("an attempt with everything, and one with nothing") {
    const AttemptRow full_attempt = everything_set();
    sink->left(leaving(1), [] {});
    sink->ended(full_attempt, std::nullopt, [] {});
    store->flush();
    AttemptRow nothing = leaving(1, 1);
    nothing.ended = true;
    sink->ended(nothing, std::nullopt, [] {});
    store->flush();
    const TrialRecord record = store->read_trial(header.id, 1);
    REQUIRE(record.attempts.size() == 3);
    check_same(record.attempts[0], leaving(1));  // they come in the order they left
    check_same(record.attempts[1], full_attempt);
    check_same(record.attempts[2], nothing);
    for (std::size_t m = 0; m < kMeterCount; ++m)
      CHECK(!record.attempts[2].attempt.usage[static_cast<Meter>(m)]);
  }

  SUBCASE("a meter that nobody reported is not zero") {
    AttemptRow row = ended(0);
    row.attempt.usage.set(Meter::reasoning, 0, Provenance::estimated);
    sink->ended(row, std::nullopt, [] {});
    store->flush();
    const Usage usage = store->read_trial(header.id, 0).attempts.at(0).attempt.usage;
    CHECK(usage == row.attempt.usage);
    CHECK(usage[Meter::reasoning] == Count{0, Provenance::estimated});
    CHECK(!usage[Meter::cache_read]);
  }

  SUBCASE("scores, the later version last") {
    ScoreRow second{0, "numeric", 3, 0.1, false, kBytes};
    sink->ended(ended(0), second, [] {});
    sink->ended(ended(0, 1), a_score(0), [] {});
    store->flush();
    const auto scores = store->read_trial(header.id, 0).scores;
    CHECK(scores == std::vector{a_score(0), second});
  }
}

TEST_CASE("store: columns are those of the rows") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  const RunHeader header = a_header();
  store->create_run(header, trials(3));
  const auto sink = store->sink(header.id);
  sink->left(leaving(2), [] {});
  sink->left(leaving(0), [] {});
  sink->ended(ended(2, 0, Outcome::capacity), std::nullopt, [] {});
  sink->ended(ended(2, 1), a_score(2), [] {});
  store->flush();

  const RunColumns columns = store->read_columns(header.id);
  CHECK(columns.header.id == header.id);
  CHECK(columns.items == 3);
  CHECK(columns.trials.complete == std::vector<std::uint8_t>{0, 0, 1});
  CHECK(columns.trials.solved == std::vector<std::uint8_t>{0, 0, 1});
  CHECK(columns.attempts.trial == std::vector<std::uint32_t>{0, 2, 2});
  CHECK(columns.attempts.outcome == std::vector{Outcome::in_doubt, Outcome::capacity, Outcome::ok});
  CHECK(columns.attempts.total_ns[2] == 250'000'000);
  CHECK(columns.attempts.usage[1] == ended(2).attempt.usage);
  CHECK(!columns.attempts.usage[0][Meter::fresh_input]);
}

TEST_CASE("store: one question asked often is kept once") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  std::vector<TrialRow> many = trials(64);
  for (TrialRow& row : many) {
    row.prompt = std::string(1'000'000, 'p');
    row.expected = row.trial == 63 ? "other" : "same";
  }
  store->create_run(a_header(), many);
  CHECK(std::filesystem::file_size(folder.store()) < 4'000'000);
  CHECK(store->read_trial(a_header().id, 0).trial == many[0]);
  CHECK(store->read_trial(a_header().id, 62).trial == many[62]);
  CHECK(store->read_trial(a_header().id, 63).trial == many[63]);
}

}  // namespace
}  // namespace costwar::harness::store_test
