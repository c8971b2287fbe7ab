// Recordings in the store: lines as in a file, ordinals, redaction, and who may write them.

#include <csignal>

#include "core/recording.h"
#include "harness/store/sqlite.h"
#include "tests/harness/store/store_fixture.h"

namespace costwar::harness::store_test {
namespace {

RecordingHeader recording_of(const RunHeader& run) {
  RecordingHeader header{run.id, run.created, run.costwar_version, {}};
  for (const ModelCard& card : run.models) header.models.push_back({card, std::nullopt, ""});
  return header;
}

Exchange an_exchange(std::uint32_t model, const std::string& question, const std::string& answer) {
  Exchange exchange;
  exchange.model = model;
  exchange.request.model = "m";
  exchange.request.messages = {{Role::user, question}};
  exchange.attempt.outcome = Outcome::ok;
  exchange.attempt.text = answer;
  return exchange;
}

std::string lines_of(const Store& store, const std::string& run) {
  std::string lines;
  store.read_recording(run, [&](std::string_view line) { lines.append(line) += '\n'; });
  return lines;
}

const auto kAsItIs = [](Exchange&) {};

TEST_CASE("store: a recording is read back as the lines of a file, equal requests by ordinal") {
  const TempFolder folder;
  const RunHeader header = a_header();
  std::string lines;
  {
    const auto loop = make_event_loop();
    const auto store = Store::open(folder.store(), *loop);
    store->create_run(header, trials(2));
    CHECK_FALSE(store->has_recording(header.id));
    store->begin_recording(recording_of(header));
    CHECK(store->has_recording(header.id));
    const auto sink =
        store->recording_sink(header.id, [](Exchange& exchange) { remove_secret(exchange, "secret"); });
    sink->exchange(an_exchange(0, "a", "1"));
    sink->exchange(an_exchange(1, "a", "2"));
    sink->exchange(an_exchange(0, "b", "secret"));
    sink->exchange(an_exchange(0, "a", "3"));
    store->flush();
    lines = lines_of(*store, header.id);
  }
  const Recording recording = parse_recording(lines, "f");
  CHECK(recording.header.run == header.id);
  CHECK(recording.header.recorded == header.created);
  REQUIRE(recording.exchanges.size() == 4);
  const auto expect = [&](std::size_t i, std::uint32_t model, std::uint32_t ordinal,
                          const std::string& text) {
    CHECK(recording.exchanges[i].model == model);
    CHECK(recording.exchanges[i].ordinal == ordinal);
    CHECK(recording.exchanges[i].attempt.text == text);
  };
  expect(0, 0, 0, "1");
  expect(1, 1, 0, "2");
  expect(2, 0, 0, "[redacted]");
  expect(3, 0, 1, "3");

  // Another process goes on with the run: neither the header nor the ordinals begin anew.
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  store->resume_run(header.id);
  RecordingHeader later = recording_of(header);
  later.costwar_version = "9";
  store->begin_recording(later);
  store->recording_sink(header.id, kAsItIs)->exchange(an_exchange(0, "a", "4"));
  store->flush();
  const std::string more = lines_of(*store, header.id);
  CHECK(more.starts_with(lines));
  const Exchange last = parse_exchange(more.substr(lines.size()), "f");
  CHECK(last.ordinal == 2);
  CHECK(last.attempt.text == "4");
}

TEST_CASE("store: a run that was not recorded has no recording, and no sink") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  const RunHeader header = a_header();
  store->create_run(header, trials(1));
  const auto unread = error_of([&] { lines_of(*store, header.id); });
  REQUIRE(unread);
  CHECK(unread->kind() == ErrorKind::input);
  CHECK(std::string(unread->what()) == "run 20261123T194500Z-4f21c0 was not recorded");
  CHECK(error_of([&] { store->recording_sink(header.id, kAsItIs); })->kind() == ErrorKind::internal);
}

TEST_CASE("store: a recording goes with its run, and what is committed survives a crash") {
  const TempFolder folder;
  const RunHeader header = a_header();
  const int status = in_child([&] {
    const auto loop = make_event_loop();
    const auto store = Store::open(folder.store(), *loop);
    store->create_run(header, trials(1));
    store->begin_recording(recording_of(header));
    store->recording_sink(header.id, kAsItIs)->exchange(an_exchange(0, "a", "1"));
    store->flush();
    kill(getpid(), SIGKILL);
    return true;
  });
  CHECK(WIFSIGNALED(status));
  const auto store = Store::open_existing(folder.store());
  const std::string lines = lines_of(*store, header.id);
  CHECK(parse_recording(lines, "f").exchanges.size() == 1);
  store->delete_run(header.id);
  CHECK(Database(folder.store(), Database::Mode::existing).integer("SELECT count(*) FROM recordings") == 0);
}

}  // namespace
}  // namespace costwar::harness::store_test
