#include "providers/server_lookup.h"

#include <memory>
#include <utility>

#include "providers/dialect.h"
#include "providers/http_provider.h"

namespace costwar {
namespace {

constexpr std::size_t kLongestTold = std::size_t{4} << 20;  // chat templates are in it

// Owns itself from start() to end(), which the transport promises.
class RootLookup final : public HttpSink {
 public:
  explicit RootLookup(std::function<void(std::optional<std::string>)> done) : done_(std::move(done)) {}

  void sent(Mono) override {}
  void head(Mono, const HttpHead& head) override { status_ = head.status; }
  void bytes(Mono, std::string_view data) override {
    too_long_ = too_long_ || body_.size() + data.size() > kLongestTold;
    if (!too_long_) body_ += data;
  }

  void end(Mono, HttpEnd end) override {
    const std::unique_ptr<RootLookup> self(this);
    const bool whole = end.kind == HttpEnd::Kind::ok && status_ == 200 && !too_long_;
    done_(whole ? std::optional(std::move(body_)) : std::nullopt);
  }

 private:
  std::function<void(std::optional<std::string>)> done_;
  int status_ = 0;
  std::string body_;
  bool too_long_ = false;
};

}  // namespace

std::string server_root(std::string_view base_url) {
  constexpr std::string_view kApi = "/v1";
  if (base_url.ends_with(kApi)) base_url.remove_suffix(kApi.size());
  return std::string(base_url);
}

void look_up(HttpTransport& transport, std::string url, const RemoteOptions& options,
             std::function<void(std::optional<std::string>)> done) {
  HttpRequest request;
  request.method = "GET";
  request.url = std::move(url);
  request.headers = {{"Accept", "application/json"}};
  if (!options.key.empty()) request.headers.push_back(key_header(KeyStyle::bearer, options.key));
  replace_headers(request.headers, options.headers);
  request.unix_socket = options.unix_socket;
  request.connect_timeout = seconds(5);
  request.idle_timeout = seconds(10);
  request.total_timeout = seconds(15);
  request.max_answer_bytes = kLongestTold;
  auto lookup = std::make_unique<RootLookup>(std::move(done));
  transport.start(std::move(request), *lookup);
  static_cast<void>(lookup.release());
}

}  // namespace costwar
