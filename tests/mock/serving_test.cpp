// When the server says it, and to how many: pace, slots, slow and vanished readers, many connections,
// threads.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/random.h"
#include "mock/server.h"
#include "tests/mock/client.h"

using namespace costwar;
using namespace costwar::mock;
using namespace costwar::mock_test;

TEST_CASE("pace, slots, stamps and the truth") {
  MockOptions given = options();
  given.unknown_tokens = 5;
  given.pace.ttft_base = milliseconds(20);
  given.pace.gap = milliseconds(5);
  given.pace.slots = 1;
  given.stamps = true;
  std::vector<TruthRecord> truth;
  given.truth = [&](TruthRecord&& record) { truth.push_back(std::move(record)); };
  Served mock(std::move(given));
  Client first(mock.server.port());
  Client second(mock.server.port());
  first.send(ask("m", "x"));
  second.send(ask("m", "x"));
  run_until(*mock.loop, [&] {
    first.poll();
    second.poll();
    return truth.size() == 2;
  });
  CHECK(truth[0].complete);
  CHECK(truth[0].completion_tokens == 5);
  REQUIRE(truth[0].pieces.size() == 10);  // head, role, five tokens, finish, usage, [DONE]
  CHECK(truth[0].pieces[1].due - truth[0].started == milliseconds(20));
  CHECK(truth[0].pieces.back().due - truth[0].started == milliseconds(40));
  CHECK(truth[1].started == truth[0].pieces.back().due);  // one slot: exactly when it was free
  for (const TruthRecord& each : truth)
    for (const SentPiece& piece : each.pieces) CHECK(piece.sent >= piece.due);
  const std::string events = body(first.received());
  CHECK(events.find(fmt::format(R"("mock":{{"due_ns":{:>20},"sent_ns":{:>20}}}}})", truth[0].pieces[6].due.ns,
                                truth[0].pieces[6].sent.ns)) != std::string::npos);
  CHECK(mock.server.stats().queued_max == 1);
  CHECK(mock.server.stats().paced_pieces == 18);
  CHECK(to_json_line(truth[0]).starts_with(
      R"({"request":1,"model":"m","fault":"","status":200,"stream":true,"known":false,)"));
  CHECK(to_json_line(truth[0]).find(fmt::format(R"("prompt_hash":"{:016x}")", fnv1a("x"))) !=
        std::string::npos);
}

TEST_CASE("a hiccup moves what is due after it begins") {
  MockOptions given = options();
  given.hiccup = MockHiccup{{}, milliseconds(80)};
  std::vector<TruthRecord> truth;
  given.truth = [&](TruthRecord&& record) { truth.push_back(std::move(record)); };
  Served mock(std::move(given));
  const Mono before = mock.loop->clock().mono();
  mock.get(ask("m", sum(1)));
  CHECK(mock.loop->clock().mono() - before >= milliseconds(70));
  const Mono after = mock.loop->clock().mono();
  mock.get(ask("m", sum(1)));
  CHECK(truth[1].pieces.back().due - after < milliseconds(60));
}

TEST_CASE("readers that are slow or gone") {
  MockOptions given = options();
  given.unknown_tokens = 20'000;  // some 5 MB a stream: more than a socket holds
  std::vector<TruthRecord> truth;
  given.truth = [&](TruthRecord&& record) { truth.push_back(std::move(record)); };
  given.stall_limit = milliseconds(100);
  SUBCASE("a slow reader gets every byte") {
    Served mock(std::move(given));
    Client client(mock.server.port(), 4096);
    client.send(ask("m", "x"));
    run_until(*mock.loop, [&] { return mock.server.stats().sends > 0; });
    CHECK(truth.empty());
    run_until(*mock.loop, [&] {
      client.poll();
      return whole(client.received());
    });
    CHECK(truth.at(0).complete);
    CHECK(content(client.received()).size() == 80'000);
  }
  SUBCASE("a stalled reader is given up, without spinning") {
    Served mock(std::move(given));
    Client client(mock.server.port(), 4096);
    client.send(ask("m", "x"));
    run_until(*mock.loop, [&] { return mock.server.stats().gone == 1; });
    CHECK(mock.server.stats().open == 0);
    CHECK_FALSE(truth.at(0).complete);
    CHECK(mock.server.stats().sends < 100);
  }
  SUBCASE("a reader that vanishes frees its slot") {
    given.pace.gap = seconds(1);
    given.pace.slots = 1;
    Served mock(std::move(given));
    Client gone(mock.server.port());
    gone.send(ask("m", "x"));
    run_until(*mock.loop, [&] { return mock.server.stats().sends > 0; });
    Client next(mock.server.port());
    next.send(ask("m", sum(1)));
    run_until(*mock.loop, [&] { return mock.server.stats().queued_max == 1; });
    gone.reset();
    run_until(*mock.loop, [&] {
      next.poll();
      return whole(next.received());
    });
    CHECK(mock.server.stats().gone == 1);
    CHECK(mock.server.stats().open == 1);
  }
}

TEST_CASE("1,000 connections at once, of which 600 are let in at a time") {
  MockOptions given = options();
  given.max_connections = 600;
  Served mock(std::move(given));
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(std::make_unique<Client>(mock.server.port()));
    clients.back()->send(post(ask_json("m", sum(i)), "Connection: close\r\n"));
  }
  std::uint64_t most = 0;
  std::size_t done = 0;
  run_until(*mock.loop, [&] {
    most = std::max(most, mock.server.stats().open);
    done = 0;
    for (auto& client : clients) {
      client->poll();
      done += client->ended() ? 1U : 0U;
      if (client->ended()) client->close();
    }
    return done == clients.size() && mock.server.stats().open == 0;
  });
  for (int i = 0; i < 1000; ++i)
    CHECK(content(clients[static_cast<std::size_t>(i)]->received()) == std::to_string(i + 1));
  CHECK(most <= 600);
  CHECK(mock.server.stats().connections == 1000);
}

TEST_CASE("on a thread of its own") {
  std::atomic<bool> stop{false};
  std::atomic<std::uint16_t> port{0};
  EventLoop* inside = nullptr;
  std::thread thread([&] {
    const auto loop = make_event_loop();
    const MockServer server(*loop, options());
    inside = loop.get();
    port = server.port();
    loop->run([&] { return stop.load(); });
  });
  while (port == 0) std::this_thread::yield();
  const auto loop = make_event_loop();
  Client client(port);
  for (int i = 0; i < 20; ++i)
    CHECK(content(exchange(*loop, client, ask("m", sum(i)))) == std::to_string(i + 1));
  stop = true;
  inside->post([] {});
  thread.join();
}
