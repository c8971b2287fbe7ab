#include "providers/model_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <utility>

#include "core/attempt.h"
#include "core/error.h"
#include "core/json.h"
#include "providers/wire/redact.h"

namespace costwar {
namespace {

constexpr std::size_t kLongestList = std::size_t{8} << 20;
constexpr std::size_t kNamesShown = 10;

// Owns itself from start() to end(), which the transport promises.
class Lookup final : public HttpSink {
 public:
  Lookup(std::string key, std::function<void(ModelList)> done)
      : key_(std::move(key)), done_(std::move(done)) {}

  void sent(Mono) override {}
  void head(Mono, const HttpHead& head) override { status_ = head.status; }
  void bytes(Mono, std::string_view data) override {
    too_long_ = too_long_ || body_.size() + data.size() > kLongestList;
    if (!too_long_) body_ += data;
  }

  void end(Mono, HttpEnd end) override {
    const std::unique_ptr<Lookup> self(this);
    done_(result(end));
  }

 private:
  ModelList result(const HttpEnd& end) const {
    if (end.kind != HttpEnd::Kind::ok) return ModelListFailure{status_, one_line(redact(end.message, key_))};
    if (status_ / 100 != 2)
      return ModelListFailure{status_,
                              one_line(redact(fmt::format("HTTP status {}: {}", status_, body_), key_), 300)};
    if (too_long_)
      return ModelListFailure{status_, fmt::format("the list is longer than {} bytes", kLongestList)};
    ModelList list = parse_model_list(body_);
    if (auto* failure = std::get_if<ModelListFailure>(&list)) failure->http_status = status_;
    return list;
  }

  std::string key_;
  std::function<void(ModelList)> done_;
  int status_ = 0;
  std::string body_;
  bool too_long_ = false;
};

}  // namespace

void list_models(HttpTransport& transport, const std::string& base_url, const std::string& key,
                 std::function<void(ModelList)> done) {
  HttpRequest request;
  request.method = "GET";
  request.url = base_url + "/models";
  request.headers = {{"Accept", "application/json"}};
  if (!key.empty()) request.headers.emplace_back("Authorization", "Bearer " + key);
  request.idle_timeout = seconds(30);
  request.total_timeout = seconds(60);
  auto lookup = std::make_unique<Lookup>(key, std::move(done));
  transport.start(std::move(request), *lookup);
  static_cast<void>(lookup.release());
}

ModelList parse_model_list(const std::string& body) {
  try {
    const Json json = parse_json(body, "the list of models");
    const JsonIn root(json, "the list of models");
    const auto data = root.find("data");
    std::vector<std::string> names;
    for (const JsonIn& entry : data ? data->elements() : root.at("models").elements()) {
      const auto id = entry.optional_string("id");
      names.push_back(one_line(id ? *id : entry.at("name").string(), 256));
    }
    return names;
  } catch (const Error& error) {
    return ModelListFailure{0, one_line(error.what(), 300)};
  }
}

std::string the_only_model(const ModelList& list, const std::string& base_url) {
  if (const auto* failure = std::get_if<ModelListFailure>(&list)) {
    if (failure->http_status == 401 || failure->http_status == 403)
      throw Error(ErrorKind::credentials, fmt::format("{}/models: {}", base_url, failure->message),
                  std::string(outcome_row(Outcome::auth).advice));
    throw Error(ErrorKind::provider, fmt::format("{}/models: {}", base_url, failure->message),
                fmt::format("check that the server runs, or name the model: {}#NAME", base_url));
  }
  const auto& names = std::get<std::vector<std::string>>(list);
  if (names.size() == 1) return names.front();
  if (names.empty())
    throw Error(ErrorKind::usage, fmt::format("{} lists no model", base_url),
                fmt::format("write {}#NAME", base_url));
  std::vector<std::string> choices;
  for (std::size_t i = 0; i < names.size() && i < kNamesShown; ++i)
    choices.push_back(base_url + "#" + names[i]);
  throw Error(ErrorKind::usage, fmt::format("{} lists {} models: say which", base_url, names.size()),
              fmt::format("{}{}", fmt::join(choices, ", "), names.size() > kNamesShown ? ", ..." : ""));
}

}  // namespace costwar
