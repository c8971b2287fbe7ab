#include "system/http.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "system/loopback.h"
#include "tests/support/loopback_server.h"
#include "tests/system/http_recorder.h"

using namespace costwar;
using Step = ServerStep::Kind;

TEST_CASE("a request and its answer") {
  LoopbackServer server({{{Step::read_request},
                          {Step::send, http_answer("{\"ok\":true}", "application/json", "200 OK",
                                                   "X-Request-ID:  abc \r\nEmpty:\r\n")}}});
  World world;
  const Recorder sink = world.run(post(server.url("/v1/chat/completions"), "{\"a\":1}"));
  CHECK(sink.calls == "shbe");
  CHECK(std::is_sorted(sink.stamps.begin(), sink.stamps.end()));
  CHECK(sink.got_head.status == 200);
  CHECK(sink.got_head.find("x-request-id") == "abc");
  CHECK(sink.got_head.find("empty") == "");
  CHECK_FALSE(sink.got_head.find("none"));
  CHECK(sink.body == "{\"ok\":true}");
  CHECK(sink.ended->kind == HttpEnd::Kind::ok);
  CHECK(sink.ended->message.empty());
  CHECK_FALSE(sink.ended->connection_reused);
  REQUIRE(sink.ended->connect);
  CHECK(*sink.ended->connect > nanoseconds(0));
  CHECK(*sink.ended->connect < sink.stamps.back() - sink.began);

  const std::string request = server.requests().at(0);
  CHECK(sink.ended->bytes_sent == request.size());
  CHECK(request.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"));
  CHECK(request.ends_with("\r\n\r\n{\"a\":1}"));
  CHECK(request.find("Authorization: Bearer secret-key\r\n") != std::string::npos);
  CHECK(request.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(request.find("User-Agent: costwar\r\n") != std::string::npos);
  CHECK(request.find("Accept-Encoding") == std::string::npos);
  CHECK(request.find("Expect") == std::string::npos);
}

TEST_CASE("a request without a body, an answer that ends with the connection") {
  LoopbackServer server({{{Step::read_request}, {Step::send, "HTTP/1.0 404 Not Found\r\n\r\nno"}}});
  World world;
  const Recorder sink = world.run(get(server.url("/v1/models")));
  CHECK(sink.calls == "shbe");
  CHECK(sink.got_head.status == 404);
  CHECK(sink.body == "no");
  CHECK(sink.ended->kind == HttpEnd::Kind::ok);
  CHECK(server.requests().at(0).starts_with("GET /v1/models HTTP/1.1\r\n"));
  CHECK(server.requests().at(0).find("Content-Type") == std::string::npos);
}

TEST_CASE("redirects are answers, not orders; interim answers and trailers are skipped") {
  LoopbackServer server(
      {{{Step::read_request},
        {Step::send,
         http_answer("", "text/html", "302 Found", "Location: /elsewhere\r\nConnection: close\r\n")}},
       {{Step::read_request},
        {Step::send_bytewise,
         "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
         "2\r\nab\r\n1\r\nc\r\n0\r\nX-Checksum: 1\r\n\r\n"}}});
  World world;
  CHECK(world.run(post(server.url("/"))).got_head.status == 302);
  const Recorder sink = world.run(post(server.url("/")));
  CHECK(sink.calls == "shbe");
  CHECK(sink.got_head.status == 200);
  CHECK_FALSE(sink.got_head.find("link"));
  CHECK(sink.body == "abc");
  CHECK(sink.ended->kind == HttpEnd::Kind::ok);
}

TEST_CASE("connections are kept and reused") {
  LoopbackServer server({{{Step::read_request},
                          {Step::send, http_answer("1")},
                          {Step::read_request},
                          {Step::send, http_answer("2")},
                          {Step::wait_close}}});
  World world;
  CHECK_FALSE(world.run(post(server.url("/"))).ended->connection_reused);
  const Recorder second = world.run(post(server.url("/")));
  CHECK(second.body == "2");
  CHECK(second.ended->connection_reused);
  CHECK_FALSE(second.ended->connect);
  CHECK(server.connections() == 1);
  world.transport.reset();
}

TEST_CASE("requests after one another: nothing of the one before is left, whatever it was") {
  ServerScript answers;
  for (const char* body : {"1", "2", "3", "4", "5"}) {
    answers.push_back({Step::read_request});
    answers.push_back({Step::send, http_answer(body)});
  }
  answers.push_back({Step::wait_close});
  LoopbackServer server({answers});
  World world;
  HttpRequest put = post(server.url("/put"), "put body");
  put.method = "PUT";
  HttpRequest with_key = post(server.url("/a"), "first body, the longer one");
  with_key.headers.emplace_back("X-First", "1");
  CHECK(world.run(std::move(with_key)).body == "1");
  CHECK(world.run(post(server.url("/a"), "second")).body == "2");
  CHECK(world.run(get(server.url("/b"))).body == "3");
  CHECK(world.run(std::move(put)).body == "4");
  CHECK(world.run(post(server.url("/a"), "")).body == "5");
  CHECK(server.connections() == 1);
  world.transport.reset();

  const std::vector<std::string> requests = server.requests();
  REQUIRE(requests.size() == 5);
  CHECK(requests[0].find("X-First: 1\r\n") != std::string::npos);
  CHECK(requests[1].starts_with("POST /a HTTP/1.1\r\n"));
  CHECK(requests[1].ends_with("\r\n\r\nsecond"));
  CHECK(requests[1].find("X-First") == std::string::npos);
  CHECK(requests[2].starts_with("GET /b HTTP/1.1\r\n"));
  CHECK(requests[2].ends_with("\r\n\r\n"));
  CHECK(requests[2].find("secret-key") == std::string::npos);
  CHECK(requests[3].starts_with("PUT /put HTTP/1.1\r\n"));
  CHECK(requests[3].ends_with("\r\n\r\nput body"));
  CHECK(requests[4].starts_with("POST /a HTTP/1.1\r\n"));
  CHECK(requests[4].find("Content-Length: 0\r\n") != std::string::npos);
  CHECK(requests[4].ends_with("\r\n\r\n"));
}

TEST_CASE("a kept connection on which something comes between two requests wakes the loop once") {
  LoopbackServer server({{{Step::read_request},
                          {Step::send, http_answer("1")},
                          {Step::pause, {}, 20},
                          {Step::send, "HTTP/1.1 408 Request Timeout\r\n\r\n"},
                          {Step::wait_close}},
                         {{Step::read_request}, {Step::send, http_answer("2")}, {Step::wait_close}}});
  World world;
  CHECK(world.run(post(server.url("/"))).body == "1");
  const LoopStats before = world.loop->stats();
  bool late = false;
  world.loop->at(world.loop->clock().mono() + milliseconds(60), [&] { late = true; });
  world.loop->run([&] { return late; });
  CHECK(world.loop->stats().wakeups - before.wakeups <= 4);  // not at every turn until the next request
  const Recorder second = world.run(post(server.url("/")));
  CHECK(second.body == "2");
  CHECK_FALSE(second.ended->connection_reused);
  world.transport.reset();
}

TEST_CASE("a reused connection that dies as the request leaves: nothing is sent twice") {
  ServerScript dying{{Step::read_request}, {Step::send, http_answer("1")}, {Step::read_request}};
  HttpRequest request;
  SUBCASE("reset") {
    dying.push_back({Step::reset});
  }
  SUBCASE("closed") {}
  SUBCASE("without a body") {
    request.method = "GET";
  }
  SUBCASE("and the server is gone") {
    dying.push_back({Step::stop_listening});
    dying.push_back({Step::reset});
  }
  LoopbackServer server({dying, {{Step::read_request}, {Step::send, http_answer("billed twice")}}});
  World world;
  CHECK(world.run(post(server.url("/"))).body == "1");
  request.url = server.url("/");
  request.body = request.method == "GET" ? "" : "{}";
  const Recorder sink = world.run(std::move(request));
  CHECK(sink.calls == "se");
  CHECK(sink.ended->kind == HttpEnd::Kind::connection_lost);
  CHECK(sink.ended->message ==
        "the server closed a reused connection as the request left; it was not sent again");
  CHECK(sink.ended->connection_reused);
  CHECK(sink.ended->bytes_sent > 0);
  CHECK(server.requests().size() == 2);
}

TEST_CASE("broken answers") {
  World world;
  const auto end_of = [&](ServerScript script, HttpRequest request = {}) {
    LoopbackServer server({std::move(script)});
    request.url = server.url("/");
    request.body = "{}";
    return world.run(std::move(request));
  };
  const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";

  SUBCASE("reset in the middle") {
    const Recorder sink =
        end_of({{Step::read_request}, {Step::send, half}, {Step::pause, {}, 20}, {Step::reset}});
    CHECK(sink.calls == "shbe");
    CHECK(sink.body == "half");
    CHECK(sink.ended->kind == HttpEnd::Kind::connection_lost);
    CHECK_FALSE(sink.ended->message.empty());
  }
  SUBCASE("closed before the announced length") {
    CHECK(end_of({{Step::read_request}, {Step::send, half}}).ended->kind == HttpEnd::Kind::connection_lost);
    CHECK(end_of({{Step::read_request}, {Step::send, half}, {Step::half_close}, {Step::wait_close}})
              .ended->kind == HttpEnd::Kind::connection_lost);
  }
  SUBCASE("closed in the middle of chunks") {
    CHECK(end_of({{Step::read_request},
                  {Step::send, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}})
              .ended->kind == HttpEnd::Kind::connection_lost);
  }
  SUBCASE("closed without an answer") {
    const Recorder sink = end_of({{Step::read_request}});
    CHECK(sink.calls == "se");
    CHECK(sink.ended->kind == HttpEnd::Kind::connection_lost);
  }
  SUBCASE("no HTTP at all") {
    CHECK(end_of({{Step::read_request}, {Step::send, "SSH-2.0-OpenSSH_9.2\r\n"}}).ended->kind ==
          HttpEnd::Kind::failed);
  }
  SUBCASE("headers without end") {
    std::string flood = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 300; ++i) flood += "X-Flood: " + std::string(1000, 'x') + "\r\n";
    const Recorder sink = end_of({{Step::read_request}, {Step::send, flood}});
    CHECK(sink.ended->kind == HttpEnd::Kind::too_long);
  }
  SUBCASE("silence: idle timeout, counted from the last byte") {
    HttpRequest request;
    request.idle_timeout = milliseconds(60);
    const Recorder sink = end_of(
        {{Step::read_request}, {Step::pause, {}, 30}, {Step::send, half}, {Step::wait_close}}, request);
    CHECK(sink.body == "half");
    CHECK(sink.ended->kind == HttpEnd::Kind::timed_out);
    CHECK(sink.ended->message == "no byte for 0.06 s");
    CHECK(sink.stamps.back() - sink.stamps.front() >= milliseconds(80));
  }
  SUBCASE("too long altogether") {
    HttpRequest request;
    request.total_timeout = milliseconds(50);
    const Recorder sink = end_of({{Step::read_request}, {Step::send, half}, {Step::wait_close}}, request);
    CHECK(sink.ended->kind == HttpEnd::Kind::timed_out);
    CHECK(sink.ended->message == "not over after 0.05 s; 4 bytes of the answer had come");
    CHECK(sink.stamps.back() - sink.began >= milliseconds(50));
    CHECK(sink.ended->connect);
  }
  SUBCASE("too long altogether, however often something comes") {
    HttpRequest request;
    request.total_timeout = milliseconds(150);
    ServerScript drips{{Step::read_request}, {Step::send, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"}};
    for (int i = 0; i < 40; ++i) {
      drips.push_back({Step::pause, {}, 10});
      drips.push_back({Step::send, "x"});
    }
    const Recorder sink = end_of(drips, request);
    CHECK(sink.ended->kind == HttpEnd::Kind::timed_out);
    CHECK(sink.ended->message.starts_with("not over after 0.15 s"));
  }
  SUBCASE("no TLS on the other side: nothing was sent") {
    LoopbackServer server({{{Step::send, "220 mail ready\r\n"}, {Step::wait_close}}});
    const Recorder sink = world.run(post("https" + server.url("/").substr(4)));
    CHECK(sink.calls == "e");
    CHECK(sink.ended->kind == HttpEnd::Kind::tls_failed);
    CHECK(sink.ended->bytes_sent == 0);
  }
}

TEST_CASE("an answer before the whole body was written: sent is not claimed") {
  LoopbackServer server(
      {{{Step::read_head},
        {Step::send, http_answer("too large", "text/plain", "413 Too Large", "Connection: close\r\n")},
        {Step::half_close},
        {Step::wait_close}}});
  World world;
  const Recorder sink = world.run(post(server.url("/"), std::string(64'000'000, 'x')));
  CHECK(sink.calls == "hbe");
  CHECK(sink.got_head.status == 413);
  CHECK(sink.ended->bytes_sent < 64'000'000);
}

TEST_CASE("nobody listens") {
  std::string url;
  {
    const LoopbackServer gone({});
    url = gone.url("/");
  }
  World world;
  const Recorder sink = world.run(post(url));
  CHECK(sink.calls == "e");
  CHECK(sink.ended->kind == HttpEnd::Kind::connect_failed);
  CHECK(sink.ended->bytes_sent == 0);
}

TEST_CASE("what is refused before anything leaves") {
  World world;
  const auto why = [&](HttpRequest request) {
    const Recorder sink = world.run(std::move(request));
    CHECK(sink.calls == "e");
    CHECK(sink.ended->kind == HttpEnd::Kind::refused);
    return sink.ended->message;
  };
  const std::string plain =
      "plain http is only allowed to this machine (127.0.0.0/8, ::1, localhost): use https";
  for (const char* url :
       {"http://example.com/v1", "http://10.0.0.1/", "http://128.0.0.1/", "http://[::2]/",
        "http://localhost.example.com/", "http://127.0.0.1.example.com/", "http://0.0.0.0/"})
    CHECK(why(post(url)) == plain);
  CHECK(why(post("http://127.0.0.1@example.com/")) == "the address holds a user name or a password");
  CHECK(why(post("https://user:pass@127.0.0.1/")) == "the address holds a user name or a password");
  CHECK(why(post("ftp://127.0.0.1/")) == "only http and https addresses can be used");
  CHECK(why(post("file:///etc/passwd")) == "only http and https addresses can be used");
  CHECK(why(post("127.0.0.1:80")) == "this is no address");
  HttpRequest broken = post("http://127.0.0.1:1/");
  broken.headers.emplace_back("Authorization", "Bearer key\nX-Other: 1");
  CHECK(why(broken) == "the header Authorization cannot be sent: it holds a line break");
}

TEST_CASE("loopback has many names") {
  for (const char* name : {"localhost", "LocalHost", "127.1"}) {
    CAPTURE(name);
    LoopbackServer server({{{Step::read_request}, {Step::send, http_answer("x")}}});
    World world;
    CHECK(world.run(post("http://" + std::string(name) + ":" + std::to_string(server.port()) + "/")).body ==
          "x");
  }
}

TEST_CASE("addresses of this machine") {
  for (const char* host : {"127.0.0.1", "127.255.255.254", "[::1]", "localhost", "LOCALHOST"})
    CHECK(is_loopback_host(host));
  for (const char* host :
       {"", "128.0.0.1", "126.255.255.255", "0.0.0.0", "::1", "[::2]", "[::ffff:10.0.0.1]", "localhost.",
        "localhost.example.com", "127.0.0.1.example.com", "127.evil.example", "[127.0.0.1]"})
    CHECK_FALSE(is_loopback_host(host));
}

TEST_CASE("https goes through the proxy that was named, plain http never does") {
  LoopbackServer proxy(
      {{{Step::read_head}, {Step::send, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"}}});
  LoopbackServer server({{{Step::read_request}, {Step::send, http_answer("direct")}}});
  World world;
  world.transport = make_http_transport(*world.loop, HttpOptions{16, "costwar", proxy.url("")});
  const Recorder tunnelled = world.run(post("https://model.invalid/v1"));
  CHECK(tunnelled.ended->kind != HttpEnd::Kind::ok);
  CHECK(tunnelled.ended->bytes_sent == 0);
  CHECK(proxy.requests().at(0).starts_with("CONNECT model.invalid:443 HTTP/1.1\r\n"));
  CHECK(proxy.requests().at(0).find("secret-key") == std::string::npos);
  CHECK(world.run(post(server.url("/"))).body == "direct");
}

TEST_CASE("cancel") {
  LoopbackServer server({{{Step::read_request},
                          {Step::send, "HTTP/1.1 200 OK\r\n\r\none"},
                          {Step::pause, {}, 20},
                          {Step::send, "two"},
                          {Step::wait_close}}});
  World world;
  Recorder sink;

  SUBCASE("before it began: nothing but end") {
    const HttpId id = world.transport->start(post(server.url("/")), sink);
    world.transport->cancel(id);
    CHECK(sink.calls.empty());
    world.loop->run([&] { return sink.ended.has_value(); });
    CHECK(sink.calls == "e");
  }
  SUBCASE("from inside a callback, twice") {
    HttpId id = 0;
    sink.on_bytes = [&] {
      world.transport->cancel(id);
      world.transport->cancel(id);
    };
    id = world.transport->start(post(server.url("/")), sink);
    world.loop->run([&] { return sink.ended.has_value(); });
    CHECK(sink.calls == "shbe");
    CHECK(sink.body == "one");
    CHECK(sink.ended->bytes_sent > 0);
  }
  CHECK(sink.ended->kind == HttpEnd::Kind::cancelled);
  world.transport->cancel(1);
  world.transport->cancel(99);
  world.transport.reset();
}

TEST_CASE("an exception of a sink reaches the caller of run, not libcurl") {
  LoopbackServer server({{{Step::read_request}, {Step::send, http_answer("1")}, {Step::wait_close}}});
  World world;
  Recorder sink;
  sink.on_bytes = [] { throw std::runtime_error("disk full"); };
  world.transport->start(post(server.url("/")), sink);
  CHECK_THROWS_WITH(world.loop->run([&] { return sink.ended.has_value(); }), "disk full");
  world.transport.reset();
}

TEST_CASE("many at once over few connections") {
  constexpr std::size_t kRequests = 60;
  ServerScript busy;
  for (std::size_t i = 0; i < kRequests; ++i) {
    busy.push_back({Step::read_request});
    busy.push_back({Step::send, http_answer("x")});
  }
  LoopbackServer server({busy, busy, busy});
  World world;
  world.transport = make_http_transport(*world.loop, HttpOptions{3, "costwar", {}});
  std::vector<std::unique_ptr<Recorder>> sinks;
  for (std::size_t i = 0; i < kRequests; ++i) {
    sinks.push_back(std::make_unique<Recorder>());
    world.transport->start(post(server.url("/")), *sinks.back());
  }
  world.loop->run([&] {
    return std::all_of(sinks.begin(), sinks.end(), [](const auto& sink) { return sink->ended.has_value(); });
  });
  CHECK(std::all_of(sinks.begin(), sinks.end(), [](const auto& sink) { return sink->body == "x"; }));
  CHECK(server.connections() <= 3);
  world.transport.reset();
}
