#include "providers/model_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <utility>

#include "core/attempt.h"
#include "core/error.h"
#include "core/json.h"
#include "providers/http_provider.h"
#include "providers/wire/answer.h"
#include "providers/wire/redact.h"

namespace costwar {
namespace {

constexpr std::size_t kLongestList = std::size_t{8} << 20;
constexpr std::size_t kNamesShown = 10;
constexpr std::size_t kLongestMessage = 2048;

// Owns itself from start() to end(), which the transport promises.
class ListLookup final : public HttpSink {
 public:
  ListLookup(std::string url, std::vector<std::string> secrets, std::function<void(ModelList)> done)
      : url_(std::move(url)), secrets_(std::move(secrets)), done_(std::move(done)) {}

  void sent(Mono) override {}
  void head(Mono, const HttpHead& head) override { status_ = head.status; }
  void bytes(Mono, std::string_view data) override { body_ += data; }

  void end(Mono, HttpEnd end) override {
    const std::unique_ptr<ListLookup> self(this);
    done_(result(end));
  }

 private:
  ModelList result(const HttpEnd& end) const {
    if (end.kind != HttpEnd::Kind::ok) return failed(wire::told_end(end), kLongestMessage);
    if (status_ / 100 != 2)
      return failed(fmt::format("HTTP status {}: {}", status_, one_line(body_, kLongestMessage)), 300);
    ModelList list = parse_model_list(body_);
    if (const auto* failure = std::get_if<ModelListFailure>(&list))
      return failed(failure->message, kLongestMessage);
    for (std::string& name : std::get<std::vector<std::string>>(list)) name = redact(name, secrets_);
    return list;
  }

  ModelListFailure failed(std::string message, std::size_t longest) const {
    return {status_, one_line(redact(message, secrets_), longest), url_};
  }

  std::string url_;
  std::vector<std::string> secrets_;
  std::function<void(ModelList)> done_;
  int status_ = 0;
  std::string body_;
};

}  // namespace

void list_models(HttpTransport& transport, const Dialect& dialect, const std::string& base_url,
                 const RemoteOptions& options, std::function<void(ModelList)> done) {
  HttpRequest request;
  request.method = "GET";
  request.url = base_url + std::string(dialect.models_path());
  request.headers = {{"Accept", "application/json"}};
  for (auto& header : dialect.models_headers()) request.headers.push_back(std::move(header));
  if (!options.key.empty()) request.headers.push_back(key_header(dialect.key_style(), options.key));
  replace_headers(request.headers, options.headers);
  std::vector<std::string> secrets = options.secrets;
  secrets.push_back(options.key);
  request.connect_timeout = options.connect_timeout;
  request.max_answer_bytes = kLongestList;
  request.idle_timeout = seconds(30);
  request.total_timeout = seconds(60);
  auto lookup = std::make_unique<ListLookup>(request.url, written_forms(std::move(secrets)), std::move(done));
  transport.start(std::move(request), *lookup);
  static_cast<void>(lookup.release());
}

ModelList parse_model_list(const std::string& body) {
  try {
    const Json json = parse_json(body, "the list of models");
    const JsonIn root(json, "the list of models");
    const auto data = json.is_object() ? root.find("data") : std::optional(root);
    std::vector<std::string> names;
    for (const JsonIn& entry : data ? data->elements() : root.at("models").elements()) {
      const auto id = entry.optional_string("id");
      names.push_back(one_line(id ? *id : entry.at("name").string(), 256));
    }
    return names;
  } catch (const Error& error) {
    return ModelListFailure{0, one_line(error.what(), 300), {}};
  }
}

std::string the_only_model(const ModelList& list, const std::string& base_url) {
  if (const auto* failure = std::get_if<ModelListFailure>(&list)) {
    const std::string message =
        fmt::format("{}: {}", failure->url.empty() ? base_url : failure->url, failure->message);
    if (failure->http_status == 401 || failure->http_status == 403)
      throw Error(ErrorKind::credentials, message, std::string(outcome_row(Outcome::auth).advice));
    throw Error(ErrorKind::provider, message,
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
