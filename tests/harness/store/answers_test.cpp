// Answers that are not paid for again: of an interrupted run for itself, and of other runs by their request.

#include "harness/store/earlier_answers.h"
#include "harness/store/kept_answers.h"
#include "tests/harness/store/store_fixture.h"

namespace costwar::harness::store_test {
namespace {

AttemptRow answered(std::int64_t trial, std::string text, std::string key, CallRole role = CallRole::subject,
                    std::uint32_t turn = 0) {
  AttemptRow row = ended(trial);
  row.role = role;
  row.turn = turn;
  row.number = 0;
  row.attempt.outcome = Outcome::ok;
  row.attempt.text = std::move(text);
  row.request_key = std::move(key);
  return row;
}

// A run of four trials with these rows; those that end are not written as leaving before.
void write_run(const std::filesystem::path& path, const RunHeader& header,
               const std::vector<AttemptRow>& rows, const std::vector<std::int64_t>& scored) {
  const auto loop = make_event_loop();
  const auto store = Store::open(path, *loop);
  store->create_run(header, trials(4));
  const auto sink = store->sink(header.id);
  for (const AttemptRow& row : rows) sink->ended(row, std::nullopt, [] {});
  for (const std::int64_t trial : scored) sink->scored(a_score(trial), [] {});
  store->flush();
}

const std::string kKey(32, 'a');
const std::string kOther(32, 'b');

}  // namespace

TEST_CASE("store: what is left of a run comes with the answers of its undecided trials") {
  const TempFolder folder;
  AttemptRow failed = answered(2, "", "");
  failed.attempt.outcome = Outcome::server_error;
  AttemptRow second = answered(2, "second try", "");
  second.number = 1;
  write_run(folder.store(), a_header(),
            {answered(0, "first", ""), answered(1, "said", ""), answered(1, "good", "", CallRole::judge),
             answered(1, "more", "", CallRole::subject, 1), failed, second},
            {0});
  const auto store = Store::open_existing(folder.store());
  const std::vector<TrialWork> work = work_left(*store, a_header().id);
  REQUIRE(work.size() == 3);
  CHECK(work[0].trial == 1);
  CHECK(work[0].first_number == 1);
  REQUIRE(work[0].earlier);
  REQUIRE(work[0].earlier->answers.size() == 3);
  CHECK(work[0].earlier->answer(CallRole::subject, 0)->attempt.text == "said");
  CHECK(work[0].earlier->answer(CallRole::subject, 1)->attempt.text == "more");
  CHECK(work[0].earlier->answer(CallRole::judge, 0)->attempt.text == "good");
  CHECK(work[0].earlier->answer(CallRole::judge, 1) == nullptr);
  CHECK(work[0].earlier->find(CallRole::judge, 0)->left == 1);
  CHECK(work[1].trial == 2);
  CHECK(work[1].first_number == 2);
  REQUIRE(work[1].earlier);
  REQUIRE(work[1].earlier->answers.size() == 1);
  CHECK(work[1].earlier->answers[0].attempt.text == "second try");
  CHECK(work[2].trial == 3);
  CHECK_FALSE(work[2].earlier);
}

TEST_CASE("store: an answer of another run is found by its request, whole; one's own is not") {
  const TempFolder folder;
  CHECK_THROWS_AS(open_kept_answers(folder.store(), "none"), Error);  // there is no store
  write_run(folder.store(), a_header("20260101T000000Z-000001"), {answered(0, "no key", "")}, {});
  CHECK(open_kept_answers(folder.store(), "none") == nullptr);  // and here nothing to find

  AttemptRow refused = answered(1, "", kOther);
  refused.attempt.outcome = Outcome::refused;
  write_run(folder.store(), a_header("20260101T000000Z-000002"),
            {answered(0, "the first", kKey), answered(2, "the second", kKey), refused}, {0});
  CHECK(open_kept_answers(folder.store(), "20260101T000000Z-000002") == nullptr);
  const auto kept = open_kept_answers(folder.store(), "20260101T000000Z-000001");
  REQUIRE(kept);
  const auto found = kept->find(kKey);
  REQUIRE(found);
  CHECK(found->run == "20260101T000000Z-000002");
  CHECK(found->attempt.text == "the first");
  CHECK(found->attempt.usage == answered(0, "", "").attempt.usage);
  CHECK(found->attempt.billing.requested == answered(0, "", "").attempt.billing.requested);
  CHECK_FALSE(kept->find(kOther));
  CHECK_FALSE(kept->find(std::string(32, 'c')));
  {
    const auto store = Store::open_existing(folder.store());
    store->delete_run("20260101T000000Z-000002");
  }
  CHECK_FALSE(kept->find(kKey));
}

TEST_CASE("store: what answered a run, each once, by model") {
  const TempFolder folder;
  const auto served = [](std::int64_t trial, const std::string& model, const std::string& fingerprint,
                         Outcome outcome = Outcome::ok, CallRole role = CallRole::subject) {
    AttemptRow row = answered(trial, "", "", role);
    row.attempt.outcome = outcome;
    row.attempt.billing.served_model = model;
    row.attempt.system_fingerprint = fingerprint;
    return row;
  };
  write_run(folder.store(), a_header(),
            {served(0, "good-1", "fp_1"), served(1, "good-1", "fp_1"), served(2, "good-1", ""),
             served(3, "good-2", "fp_2", Outcome::server_error),
             served(0, "judge-1", "fp_3", Outcome::ok, CallRole::judge)},
            {});
  const auto store = Store::open_existing(folder.store());
  const std::vector<ServedAnswer> found = store->served_answers(a_header().id);
  REQUIRE(found.size() == 2);
  CHECK(found[0].model == 0);
  CHECK(found[0].served_model == "good-1");
  CHECK(found[0].fingerprint.empty());
  CHECK(found[1].fingerprint == "fp_1");
}

}  // namespace costwar::harness::store_test
