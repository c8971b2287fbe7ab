// costwar prices update and export, as a user meets them: from a file, over the network, and back again.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "complaint.h"
#include "core/json.h"

using namespace costwar::e2e;
namespace fs = std::filesystem;

namespace {

using Variables = std::map<std::string, std::string>;

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
  check_complaint({"prices", "update", "--from", "book.json"}, 2, "--from needs --sha256");
  check_complaint({"prices", "update", "--sha256", digest}, 2, "need --from");
  check_complaint({"prices", "update", "--from", "book.json", "--sha256", "abc"}, 2,
                  "is not a SHA-256 digest");
  check_complaint({"prices", "update", "--undo", "--from", "book.json", "--sha256", digest}, 2,
                  "--undo goes with no other");
  check_complaint({"prices", "update", "--from", "nothing.json", "--sha256", digest}, 3, "nothing.json");
  check_complaint({"prices", "update", "--undo"}, 2, "there is no update to undo");
  check_complaint({"prices", "export", "--output", "no/folder/book.json"}, 3, "its folder is not there");
}
