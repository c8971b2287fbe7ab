#include "cli/download.h"

#include <fmt/format.h>

#include <optional>

#include "core/error.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

class Body final : public HttpSink {
 public:
  explicit Body(std::uint64_t limit) : limit_(limit) {}

  void sent(Mono) override {}
  void head(Mono, const HttpHead& head) override {
    status = head.status;
    location = head.find("location").value_or("");
  }
  void bytes(Mono, std::string_view data) override {
    if (too_long || body.size() + data.size() > limit_) {
      too_long = true;
      body.clear();
      if (transport != nullptr) transport->cancel(id);
      return;
    }
    body += data;
  }
  void end(Mono, HttpEnd how) override { ended = std::move(how); }

  HttpTransport* transport = nullptr;
  HttpId id = 0;
  int status = 0;
  std::string location;
  std::string body;
  bool too_long = false;
  std::optional<HttpEnd> ended;

 private:
  std::uint64_t limit_;
};

[[noreturn]] void fail(const std::string& url, const std::string& what, const std::string& hint) {
  throw Error(ErrorKind::provider, fmt::format("{}: {}", url, what), hint);
}

}  // namespace

bool is_address(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

std::string download(const std::string& url, std::uint64_t limit, const HttpOptions& options) {
  const std::size_t host = url.find("//") + 2;
  if (url.substr(host, url.find('/', host) - host).find('@') != std::string::npos)
    throw Error(ErrorKind::usage, "an address may hold no user and no password",
                "fetch the file with a tool that knows them, and name the file");
  const auto loop = make_event_loop();
  const auto transport = make_http_transport(*loop, options);
  Body body(limit);
  HttpRequest request;
  request.method = "GET";
  request.url = url;
  request.headers = {{"Accept", "application/json, */*;q=0.9"}};
  request.idle_timeout = seconds(30);
  request.total_timeout = seconds(300);
  body.transport = transport.get();
  body.id = transport->start(std::move(request), body);
  loop->run([&] { return body.ended.has_value(); });

  if (body.ended->kind == HttpEnd::Kind::refused)
    throw Error(ErrorKind::usage, fmt::format("{}: {}", url, body.ended->message),
                "use https, or a file; plain http is for this machine alone");
  if (body.too_long)
    fail(url, fmt::format("longer than {} bytes", limit), "this is not the file that was meant");
  if (body.ended->kind != HttpEnd::Kind::ok)
    fail(url, body.ended->message, "check the address and the network");
  if (body.status / 100 == 3)
    fail(url, fmt::format("the server answers with HTTP status {} and another address", body.status),
         body.location.empty() ? "" : fmt::format("if you trust it, give {}", body.location));
  if (body.status != 200)
    fail(url, fmt::format("the server answers with HTTP status {}", body.status), "check the address");
  return std::move(body.body);
}

}  // namespace costwar::cli
