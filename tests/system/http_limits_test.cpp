// What the transport does not do, whoever asks: take more than it was told, follow, go through a proxy of the
// environment, send twice.

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "system/http.h"
#include "tests/support/loopback_server.h"
#include "tests/system/http_recorder.h"

using namespace costwar;
using Step = ServerStep::Kind;

namespace {

// Variables of the environment for the time of a test.
class Variables {
 public:
  explicit Variables(std::vector<std::pair<std::string, std::string>> variables)
      : variables_(std::move(variables)) {
    for (const auto& [name, value] : variables_) ::setenv(name.c_str(), value.c_str(), 1);
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;
  ~Variables() {
    for (const auto& [name, value] : variables_) ::unsetenv(name.c_str());
  }

 private:
  std::vector<std::pair<std::string, std::string>> variables_;
};

ServerScript answering(const std::string& bytes) {
  return {{Step::read_request}, {Step::send, bytes}, {Step::wait_close}};
}

HttpOptions through(const LoopbackServer& proxy) {
  HttpOptions options;
  options.https_proxy = proxy.url("");
  return options;
}

}  // namespace

TEST_CASE("an answer is as long as it may be, and not a byte longer") {
  World world;
  const auto limited = [&](const std::string& answer, std::uint64_t limit) {
    LoopbackServer server({answering(answer)});
    HttpRequest request = post(server.url("/"));
    request.max_answer_bytes = limit;
    return world.run(std::move(request));
  };
  const std::string body(100'000, 'x');
  const Recorder whole = limited(http_answer(body), 100'000);
  CHECK(whole.ended->kind == HttpEnd::Kind::ok);
  CHECK(whole.body.size() == 100'000);

  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + body +
                              "\r\n0\r\n\r\n";  // 100,000 in hexadecimal
  for (const std::string& answer : {http_answer(body), chunked}) {
    const Recorder cut = limited(answer, 99'999);
    CHECK(cut.ended->kind == HttpEnd::Kind::too_long);
    CHECK(cut.ended->message == "the answer is longer than the limit of 99999 bytes");
    CHECK(cut.body.size() == 99'999);
    CHECK(cut.calls == "shbe");
  }
}

TEST_CASE("a redirect is not followed, with a key or without: the other server hears nothing") {
  LoopbackServer other({answering(http_answer("stolen"))});
  for (const char* status : {"301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect",
                             "308 Permanent Redirect"}) {
    CAPTURE(status);
    LoopbackServer server({answering(
        http_answer("", "text/html", status, "Location: " + other.url("/v1/chat/completions") + "\r\n"))});
    World world;
    const Recorder sink = world.run(post(server.url("/v1/chat/completions")));
    CHECK(sink.got_head.find("location") == other.url("/v1/chat/completions"));
    CHECK(sink.ended->kind == HttpEnd::Kind::ok);
    world.transport.reset();
  }
  CHECK(other.connections() == 0);
}

TEST_CASE("proxies come from the options alone") {
  LoopbackServer proxy(
      {{{Step::read_head}, {Step::send, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"}}});
  World world;

  SUBCASE("those of the environment are not asked") {
    std::vector<std::pair<std::string, std::string>> all;
    for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
      all.emplace_back(name, proxy.url(""));
    const Variables variables(all);
    LoopbackServer server({answering(http_answer("direct"))});
    CHECK(world.run(post(server.url("/"))).body == "direct");
    CHECK(world.run(post("https://model.invalid/v1")).ended->kind == HttpEnd::Kind::connect_failed);
    CHECK(proxy.connections() == 0);
    world.transport.reset();
  }
  SUBCASE("no_proxy of the environment does not switch it off") {
    const Variables variables({{"no_proxy", "*"}, {"NO_PROXY", "*"}});
    world.transport = make_http_transport(*world.loop, through(proxy));
    world.run(post("https://model.invalid/v1"));
    CHECK(proxy.requests().at(0).starts_with("CONNECT model.invalid:443 HTTP/1.1\r\n"));
  }
  SUBCASE("a proxy's password is not shown, whatever is wrong with its address") {
    HttpOptions options;
    options.https_proxy = "http://user:top-secret@127.0.0.1:99999";
    world.transport = make_http_transport(*world.loop, options);
    const Recorder sink = world.run(post("https://model.invalid/v1"));
    CHECK(sink.ended->message.find("the proxy") != std::string::npos);
    CHECK(sink.ended->message.find("top-secret") == std::string::npos);
  }
  SUBCASE("this machine is asked directly") {
    world.transport = make_http_transport(*world.loop, through(proxy));
    LoopbackServer server({{{Step::send, "220 mail ready\r\n"}, {Step::wait_close}}});
    CHECK(world.run(post("https" + server.url("/").substr(4))).ended->kind == HttpEnd::Kind::tls_failed);
    CHECK(proxy.connections() == 0);
    world.transport.reset();
  }
}

// 0.0.0.0 is no loopback address by name, and yet leads here.
TEST_CASE("plain http beyond this machine has to be allowed") {
  LoopbackServer server({answering(http_answer("in the clear"))});
  const std::string url = "http://0.0.0.0:" + std::to_string(server.port()) + "/";
  World world;
  CHECK(world.run(post(url)).ended->kind == HttpEnd::Kind::refused);
  CHECK(server.connections() == 0);
  HttpOptions options;
  options.allow_plain_http = true;
  world.transport = make_http_transport(*world.loop, options);
  CHECK(world.run(post(url)).body == "in the clear");
  world.transport.reset();
}

TEST_CASE("a kept connection that was closed in the meantime is replaced: nothing was sent on it") {
  LoopbackServer server({{{Step::read_request}, {Step::send, http_answer("1")}},
                         {{Step::read_request}, {Step::send, http_answer("2")}, {Step::wait_close}}});
  World world;
  CHECK(world.run(post(server.url("/"))).body == "1");
  for (int i = 0; i < 500 && server.ended() == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  REQUIRE(server.ended() == 1);
  const Recorder second = world.run(post(server.url("/")));
  CHECK(second.body == "2");
  CHECK(second.ended->kind == HttpEnd::Kind::ok);
  CHECK_FALSE(second.ended->connection_reused);
  CHECK(server.requests().size() == 2);
  CHECK(server.connections() == 2);
  world.transport.reset();
}
