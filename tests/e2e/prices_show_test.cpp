// costwar prices show, explain, history, check, update and export, as a user meets them.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "complaint.h"
#include "core/json.h"

using namespace costwar::e2e;
using costwar::Json;
namespace fs = std::filesystem;

namespace {

using Variables = std::map<std::string, std::string>;

void complains(const Arguments& arguments, int code, const std::string& text,
               const Variables& variables = {}) {
  const TemporaryFolder folder;
  check_complaint(run(folder, arguments, variables), code, text);
}

Json json_of(Arguments arguments) {
  const TemporaryFolder folder;
  arguments.insert(arguments.end(), {"--format", "json"});
  const Result result = run(folder, arguments);
  REQUIRE_MESSAGE(result.code == 0, result.err);
  return costwar::parse_json(result.out, "output");
}

// Input, cache read and output of the row that holds.
std::string shown(const std::string& model, const std::string& at, Arguments more = {}) {
  Arguments arguments{"prices", "show", model, "--at", at};
  if (std::find(more.begin(), more.end(), "--known-at") == more.end())
    more.insert(more.end(), {"--known-at", "2026-11-23"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Json document = json_of(arguments);
  for (const Json& row : document["prices"])
    if (row["in_effect"] == true)
      return row["input"]["amount"].get<std::string>() + " " +
             row["cache_read"]["amount"].get<std::string>() + " " +
             row["output"]["amount"].get<std::string>();
  return "none";
}

std::string explained(const std::string& model, const std::string& usage, Arguments more = {}) {
  Arguments arguments{"prices", "explain", model, "--usage", usage, "--known-at", "2026-11-23"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return json_of(arguments)["total"]["amount"];
}

// Answers every request on a free port of the loopback with the same bytes, until it is destroyed.
class OneFileServer {
 public:
  explicit OneFileServer(std::string answer) : answer_(std::move(answer)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket_, 8) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~OneFileServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  OneFileServer(const OneFileServer&) = delete;
  OneFileServer& operator=(const OneFileServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/prices.json"; }

 private:
  void serve() const {
    for (;;) {
      const int peer = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) return;
      std::string request;
      char buffer[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t n = ::read(peer, buffer, sizeof buffer);
        if (n <= 0) break;
        request.append(buffer, static_cast<std::size_t>(n));
      }
      std::string_view rest = answer_;
      while (!rest.empty()) {
        const ssize_t n = ::send(peer, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (n <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(n));
      }
      ::close(peer);
    }
  }

  std::string answer_;
  int socket_ = -1;
  int port_ = 0;
  std::thread thread_;
};

std::string ok_answer(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

std::string sha256_of(const TemporaryFolder& folder, const std::string& name) {
  const std::string command =
      "sha256sum " + (folder.path() / name).string() + " > " + (folder.path() / "digest").string();
  REQUIRE(std::system(command.c_str()) == 0);
  return folder.read("digest").substr(0, 64);
}

std::string read_whole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Keeps whole books out of the report of a failure.
bool same(const std::string& a, const std::string& b) {
  return a == b;
}

// The first `from` that follows `after`.
std::string replaced(std::string text, const std::string& from, const std::string& to,
                     const std::string& after = "") {
  const std::size_t at = text.find(from, text.find(after));
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("show gives the published price at every golden instant") {
  CHECK(shown("deepseek/deepseek-v4-flash", "2026-04-26T12:14:59Z") == "0.14 0.028 0.28");
  CHECK(shown("deepseek/deepseek-v4-flash", "2026-04-26T12:15:00Z") == "0.14 0.0028 0.28");
  CHECK(shown("deepseek/deepseek-v4-pro", "2026-08-16T15:59:59Z") == "0.435 0.003625 0.87");
  CHECK(shown("deepseek/deepseek-v4-pro", "2026-08-16T16:00:00Z") == "0.66 0.022 1.98");
  for (const char* instant :
       {"2026-08-17T00:59:59Z", "2026-08-17T04:00:00Z", "2026-08-17T10:00:00Z", "2026-08-23T02:00:00Z",
        "2026-09-25T02:00:00Z", "2026-10-01T02:00:00Z", "2026-10-10T02:00:00Z"})
    CHECK(shown("deepseek/deepseek-v4-pro", instant) == "0.66 0.022 1.98");
  for (const char* instant :
       {"2026-08-17T01:00:00Z", "2026-08-17T06:00:00Z", "2026-08-22T02:00:00Z", "2026-10-08T02:00:00Z"})
    CHECK(shown("deepseek/deepseek-v4-pro", instant) == "1.32 0.044 3.96");
  CHECK(shown("deepseek/deepseek-v4-flash", "2026-09-10T03:59:59Z") == "0.44 0.014 1.32");
  CHECK(shown("deepseek/deepseek-v4-flash", "2026-09-10T04:00:00Z") == "0.15 0.003 0.6");
  CHECK(shown("deepseek/deepseek-v4-pro", "2026-09-15T12:00:00Z", {"--known-at", "2026-09-09T12:00:00Z"}) ==
        "0.15 0.003 0.6");
  CHECK(shown("deepseek/deepseek-v4-pro", "2026-09-15T12:00:00Z", {"--known-at", "2026-09-12T00:00:00Z"}) ==
        "0.66 0.022 1.98");
}

TEST_CASE("explain bills the golden requests to the last digit") {
  const std::string usage = "fresh_input=100000,cache_read=200000,visible_output=1000";
  CHECK(explained("openai/gpt-5.5", usage, {"--at", "2026-09-01"}) == "1.245");
  CHECK(explained("openai/gpt-5.5", "input=100000,cached=200000,output=1000", {"--at", "2026-09-01"}) ==
        "1.245");
  CHECK(explained("openai/gpt-5.5@high", usage, {"--at", "2026-09-01"}) == "1.245");
  CHECK(explained("openai/gpt-5.5", usage, {"--at", "2026-09-01", "--class", "batch"}) == "0.6225");
  CHECK(explained("openai/gpt-5.5", usage, {"--at", "2026-09-01", "--region", "data_residency"}) == "1.3695");
  CHECK(explained("openai/gpt-5.5", "input=300000,output=1000", {"--at", "2026-09-01"}) == "3.045");
  CHECK(explained("anthropic/claude-haiku-5-5", "input=60000,cached=30000,write5m=10001,output=1000",
                  {"--at", "2026-11-01"}) == "0.040250625");
  const Json million = json_of({"prices", "explain", "deepseek/deepseek-v4-pro", "--at",
                                "2026-09-15T12:00:00Z", "--known-at", "2026-09-12"});
  CHECK(million["total"]["amount"] == "2.662");
  CHECK(million["considered"].size() >= 1);
}

TEST_CASE("history draws in the terminal's width, and in every format") {
  const TemporaryFolder folder;
  const Arguments history{"prices", "history", "deepseek/deepseek-v4-flash", "--until", "2026-11-23"};
  const Result text = run(folder, history);
  CHECK(text.code == 0);
  CHECK(text.out.find("$0.0028–$0.003 ┤ └──") != std::string::npos);
  CHECK(text.out.find("━━ peak") != std::string::npos);
  Arguments markdown = history;
  markdown.insert(markdown.end(), {"--format", "markdown"});
  CHECK(run(folder, markdown).out.find("```text\n Input:  ── off-peak or all day   ━━ peak\n") !=
        std::string::npos);
  CHECK(json_of(history)["chart"].size() > 10);
}

TEST_CASE("wrong words about prices are answered with the right ones") {
  for (const std::string verb : {"show", "explain", "history"}) {
    complains({"prices", verb, "gpt-5.5"}, 2, "does not name provider and model");
    complains({"prices", verb, "opnai/gpt-5.5"}, 2, "did you mean \"openai\"?");
    complains({"prices", verb, "openai/gpt-5,5"}, 2, "did you mean \"gpt-5.5\"?");
    complains({"prices", verb, "openai/gpt-5.5", "--class", "bach"}, 2, "did you mean batch?");
    complains({"prices", verb, "openai/gpt-5.5", "--region", "mars"}, 2, "there is any, data_residency");
    complains({"prices", verb, "openai/gpt-5.5", "--currency", "CNY"}, 2, "there is USD");
    complains({"prices", verb, "openai/gpt-5.5", "--currency", "dollars"}, 2, "--currency: ");
    complains({"prices", verb, "openai/gpt-5.5", "--known-at", "soon"}, 3, "'soon' is not an instant");
    complains({"prices", verb, "openai/gpt-5.5", "--format", "jsn"}, 2, "json");
    complains({"prices", verb}, 2, "model");
  }
  complains({"prices", "show", "openai/gpt-5.5", "--at", "2026-01-01"}, 2,
            "a price is recorded from 2026-04-24T00:00:00Z");
  complains({"prices", "show", "openai/gpt-5.5", "--at", "noon"}, 3, "'noon' is not an instant");
  complains({"prices", "explain", "openai/gpt-5.5", "--usage", "inptu=1"}, 2, "did you mean input?");
  complains({"prices", "explain", "openai/gpt-5.5", "--usage", "input"}, 2, "does not end in a count");
  complains({"prices", "explain", "openai/gpt-5.5", "--usage", "input=-1"}, 2, "does not end in a count");
  complains({"prices", "explain", "openai/gpt-5.5", "--usage", "input=1,fresh_input=2"}, 2, "given twice");
  complains({"prices", "history", "openai/gpt-5.5", "--from", "2026-06-01", "--until", "2026-05-01"}, 2,
            "is empty");
}

TEST_CASE("check counts the vectors that agree, and names those that do not") {
  const TemporaryFolder folder;
  const fs::path root = fs::current_path();
  const Result all = run(folder, {"prices", "check", (root / "examples/price-vectors.json").string()});
  CHECK(all.code == 0);
  CHECK(all.out == "26 of 26 vectors agree with the price book, to the last digit.\n");

  folder.write("wrong.json", R"([
    {"provider": "deepseek", "model": "deepseek-v4-pro", "instant": "2026-08-17T01:00:00Z", "currency": "USD",
     "known_at": "2026-11-23", "expect": {"input": "1.32", "output": "3.95"}, "source": "a typo"},
    {"provider": "openai", "model": "gpt-5.5", "instant": "2026-09-01", "class": "batch", "prompt_tokens": 272000,
     "expect": {"input": "5", "cache_write_5m": null}},
    {"provider": "openai", "model": "gpt-5.5", "instant": "2026-09-01", "class": "priority",
     "prompt_tokens": 272000, "expect": {"input": "25"}}])");
  const Result wrong = run(folder, {"prices", "check", "wrong.json"});
  CHECK(wrong.code == 1);
  CHECK(wrong.err == "costwar: 2 of 3 vectors differ from the price book\n");
  CHECK(wrong.out.starts_with("1 of 3 vectors agree with the price book; 2 do not.\n"));
  const Json json =
      costwar::parse_json(run(folder, {"prices", "check", "wrong.json", "--format", "json"}).out, "");
  REQUIRE(json["mismatches"].size() == 2);
  CHECK(json["mismatches"][0]["model"] == "deepseek/deepseek-v4-pro");
  CHECK(json["mismatches"][0]["instant"] == "2026-08-17T01:00:00Z");
  CHECK(json["mismatches"][0]["meter"] == "output");
  CHECK(json["mismatches"][0]["expected"]["amount"] == "3.95");
  CHECK(json["mismatches"][0]["got"]["amount"] == "3.96");
  CHECK(json["mismatches"][1]["got"].is_null());
  CHECK(json["mismatches"][1]["reason"].get<std::string>().find("not sold as priority") != std::string::npos);
}

TEST_CASE("the vectors of the project's facts agree, where they are at hand") {
  const fs::path facts = fs::current_path() / "../shared/facts/pricing_vectors.json";
  if (!fs::exists(facts)) {
    MESSAGE("skipped: " << facts.string() << " is not there");
    return;
  }
  const TemporaryFolder folder;
  const Result result = run(folder, {"prices", "check", facts.string()});
  CHECK_MESSAGE(result.code == 0, result.out);
}

TEST_CASE("a bad file of vectors is named with the place in it") {
  const TemporaryFolder folder;
  const auto check = [&](const std::string& content, const std::string& text) {
    folder.write("vectors.json", content);
    const Result result = run(folder, {"prices", "check", "vectors.json"});
    CAPTURE(result.err);
    CHECK(result.code == 3);
    CHECK(result.out.empty());
    CHECK(result.err.find(text) != std::string::npos);
  };
  const std::string head = R"([{"provider": "openai", "model": "gpt-5.5", "instant": )";
  check("[", "vectors.json");
  check("{}", "expected an array");
  check("[]", "holds no vector");
  check(head + R"("noon", "expect": {"input": "5"}}])", "/0/instant");
  check(head + R"("2026-09-01", "expect": {"inptu": "5"}}])", "/0/expect");
  check(head + R"("2026-09-01", "expect": {"input": 5}}])", "/0/expect/input");
  check(head + R"("2026-09-01", "expect": {"input": "5e3"}}])", "/0/expect/input");
  check(head + R"("2026-09-01", "expect": {}}])", "/0/expect");
  check(head + R"("2026-09-01", "currency": "dollar", "expect": {"input": "5"}}])", "/0/currency");
  check(head + R"("2026-09-01", "prompt_tokens": -1, "expect": {"input": "5"}}])", "/0/prompt_tokens");
  check(head + R"("2026-09-01", "exepct": {"input": "5"}}])", "exepct");
  complains({"prices", "check", "nothing.json"}, 3, "nothing.json");
  complains({"prices", "check"}, 2, "file");
}

TEST_CASE("an update takes the place of the built-in book, and can be undone") {
  const TemporaryFolder folder;
  const Variables variables{{"XDG_DATA_HOME", (folder.path() / "data").string()}};
  const fs::path installed = folder.path() / "data/costwar/prices.json";
  const auto costwar = [&](Arguments arguments) { return run(folder, arguments, variables); };
  const auto input_price = [&] {
    const Result result =
        costwar({"prices", "show", "openai/gpt-5.5", "--at", "2026-09-01", "--format", "json"});
    REQUIRE_MESSAGE(result.code == 0, result.err);
    return costwar::parse_json(result.out, "")["prices"][0]["input"]["amount"].get<std::string>();
  };
  REQUIRE(costwar({"prices", "export", "--output", "book.json"}).code == 0);
  const std::string built_in = folder.read("book.json");
  CHECK(costwar({"prices", "update"}).out.find(sha256_of(folder, "book.json")) != std::string::npos);

  const std::string newer = replaced(built_in, R"("as_of": "2026-11-23")", R"("as_of": "2026-11-24")");
  folder.write("dearer.json", replaced(newer, R"("input":"5")", R"("input":"7")",
                                       "\"openai/gpt-5.5/usd/standard/lt272000/2026-04-24\""));
  const std::string digest = sha256_of(folder, "dearer.json");
  const Result updated = costwar({"prices", "update", "--from", "dearer.json", "--sha256", digest});
  CHECK_MESSAGE(updated.code == 0, updated.err);
  CHECK(updated.out.starts_with("The price book was updated. An updated price book is in use: "));
  CHECK(input_price() == "7");
  CHECK(same(read_whole(installed), folder.read("dearer.json")));
  CHECK(same(costwar({"prices", "export"}).out, folder.read("dearer.json")));
  CHECK(same(costwar({"prices", "export", "--built-in"}).out, built_in));
  CHECK(costwar({"doctor"}).out.find("as of 2026-11-24") != std::string::npos);
  CHECK(costwar({"prices", "list", "--at", "2026-09-01", "--model", "gpt-5.5"}).out.find("$7.00") !=
        std::string::npos);

  SUBCASE("an older book is refused unless it is allowed, and undo goes back one step at a time") {
    const std::string older = sha256_of(folder, "book.json");
    const Result refused = costwar({"prices", "update", "--from", "book.json", "--sha256", older});
    CHECK(refused.code == 3);
    CHECK(refused.err.find("older than the book in use, which is as of 2026-11-24") != std::string::npos);
    CHECK(input_price() == "7");
    CHECK(costwar({"prices", "update", "--from", "book.json", "--sha256", older, "--allow-older"}).code == 0);
    CHECK(input_price() == "5");
    CHECK(costwar({"prices", "update", "--undo"}).code == 0);
    CHECK(input_price() == "7");
    CHECK(costwar({"prices", "update", "--undo"})
              .out.starts_with("The update was undone. The built-in price book is in use: "));
    CHECK(input_price() == "5");
    CHECK_FALSE(fs::exists(installed));
    const Result none = costwar({"prices", "update", "--undo"});
    CHECK(none.code == 2);
    CHECK(none.err.find("there is no update to undo") != std::string::npos);
  }
  SUBCASE("another digest, or a bad book of the right digest, changes nothing") {
    const Result other = costwar({"prices", "update", "--from", "book.json", "--sha256", digest});
    CHECK(other.code == 3);
    CHECK(other.err.find("not " + digest) != std::string::npos);
    folder.write("bad.json", replaced(built_in, R"("input":"5")", R"("input":"-5")"));
    const Result bad =
        costwar({"prices", "update", "--from", "bad.json", "--sha256", sha256_of(folder, "bad.json")});
    CHECK(bad.code == 3);
    CHECK(bad.err.find("/meters/input") != std::string::npos);
    folder.write("empty.json", R"({"schema_version": 1, "as_of": "2027-01-01"})");
    CHECK(costwar({"prices", "update", "--from", "empty.json", "--sha256", sha256_of(folder, "empty.json")})
              .code == 3);
    CHECK(input_price() == "7");
  }
  SUBCASE("a damaged update is named with the way out, and doctor says so") {
    std::ofstream(installed) << "{ damaged";
    const Result show = costwar({"prices", "show", "openai/gpt-5.5"});
    CHECK(show.code == 3);
    CHECK(show.err.find(installed.string()) != std::string::npos);
    CHECK(show.err.find("costwar prices update --undo") != std::string::npos);
    CHECK(costwar({"doctor"}).code == 3);
    CHECK(costwar({"prices", "update", "--from", "dearer.json", "--sha256", digest}).code == 0);
    CHECK(input_price() == "7");
    std::ofstream(installed) << "{ damaged";
    CHECK(costwar({"prices", "update", "--undo"}).code == 0);
    CHECK(input_price() == "5");
  }
  SUBCASE("the update before a damaged one is still what undo goes back to") {
    const std::string older = sha256_of(folder, "book.json");
    const Arguments again{"prices", "update", "--from", "book.json", "--sha256", older, "--allow-older"};
    CHECK(costwar(again).code == 0);
    std::ofstream(installed) << "{ damaged";
    CHECK(costwar(again).code == 0);
    CHECK(input_price() == "5");
    CHECK(costwar({"prices", "update", "--undo"}).code == 0);
    CHECK(input_price() == "7");
  }
  SUBCASE("where the present update cannot be kept, nothing changes") {
    fs::create_directory(folder.path() / "data/costwar/prices.previous.json");
    const Result result = costwar({"prices", "update", "--from", "book.json", "--sha256",
                                   sha256_of(folder, "book.json"), "--allow-older"});
    CHECK(result.code == 3);
    CHECK(result.err.find("prices.previous.json") != std::string::npos);
    CHECK(input_price() == "7");
  }
  SUBCASE("a link that leads nowhere is no missing update") {
    fs::remove(installed);
    fs::create_symlink("nowhere", installed);
    const Result show = costwar({"prices", "show", "openai/gpt-5.5"});
    CHECK(show.code == 3);
    CHECK(show.err.find(installed.string()) != std::string::npos);
    CHECK(costwar({"prices", "update", "--undo"}).code == 0);
    CHECK(input_price() == "5");
  }
}

TEST_CASE("an update over the network: loopback, a wrong status, no plain http beyond") {
  const TemporaryFolder folder;
  const Variables variables{{"XDG_DATA_HOME", (folder.path() / "data").string()}};
  REQUIRE(run(folder, {"prices", "export", "--output", "book.json"}, variables).code == 0);
  const std::string digest = sha256_of(folder, "book.json");
  const auto update = [&](const std::string& from, const std::string& sha256) {
    return run(folder, {"prices", "update", "--from", from, "--sha256", sha256}, variables);
  };
  {
    const OneFileServer server(ok_answer(folder.read("book.json")));
    const Result result = update(server.url(), digest);
    CHECK_MESSAGE(result.code == 0, result.err);
    CHECK(same(read_whole(folder.path() / "data/costwar/prices.json"), folder.read("book.json")));
    const std::string other(64, '0');
    CHECK(update(server.url(), other).code == 3);
  }
  {
    const OneFileServer server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    const Result result = update(server.url(), digest);
    CHECK(result.code == 5);
    CHECK(result.err.find("HTTP status 404") != std::string::npos);
  }
  {
    const OneFileServer server(
        "HTTP/1.1 302 Found\r\nLocation: https://example.org/p.json\r\nContent-Length: 0\r\nConnection: "
        "close\r\n\r\n");
    const Result result = update(server.url(), digest);
    CHECK(result.code == 5);
    CHECK(result.err.find("if you trust it, give https://example.org/p.json") != std::string::npos);
  }
  CHECK(update("http://192.0.2.1/prices.json", digest).code == 2);
  CHECK(update("https://me:secret@192.0.2.1/prices.json", digest).err.find("secret") == std::string::npos);
}

TEST_CASE("wrong words about updates") {
  const std::string digest(64, 'a');
  complains({"prices", "update", "--from", "book.json"}, 2, "--from needs --sha256");
  complains({"prices", "update", "--sha256", digest}, 2, "need --from");
  complains({"prices", "update", "--from", "book.json", "--sha256", "abc"}, 2, "is not a SHA-256 digest");
  complains({"prices", "update", "--undo", "--from", "book.json", "--sha256", digest}, 2,
            "--undo goes with no other");
  complains({"prices", "update", "--from", "nothing.json", "--sha256", digest}, 3, "nothing.json");
  complains({"prices", "update", "--undo"}, 2, "there is no update to undo");
  complains({"prices", "export", "--output", "no/folder/book.json"}, 3, "its folder is not there");
}

TEST_CASE("the help of every subcommand has examples") {
  const TemporaryFolder folder;
  for (const std::string verb : {"show", "explain", "history", "check", "update", "export"}) {
    const Result help = run(folder, {"prices", verb, "--help"});
    CHECK(help.code == 0);
    CHECK(help.out.find("Examples:\n  costwar prices " + verb) != std::string::npos);
  }
}
