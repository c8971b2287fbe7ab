#include "providers/server_facts.h"

#include <memory>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "providers/dialect.h"
#include "providers/http_provider.h"
#include "providers/wire/redact.h"

namespace costwar {
namespace {

constexpr std::size_t kLongestFacts = std::size_t{4} << 20;  // chat templates are in it

std::string props_url(std::string_view base_url) {
  constexpr std::string_view kApi = "/v1";
  if (base_url.ends_with(kApi)) base_url.remove_suffix(kApi.size());
  return std::string(base_url) + "/props";
}

// Owns itself from start() to end(), which the transport promises.
class FactsLookup final : public HttpSink {
 public:
  explicit FactsLookup(std::function<void(std::optional<ServerFacts>)> done) : done_(std::move(done)) {}

  void sent(Mono) override {}
  void head(Mono, const HttpHead& head) override { status_ = head.status; }
  void bytes(Mono, std::string_view data) override {
    too_long_ = too_long_ || body_.size() + data.size() > kLongestFacts;
    if (!too_long_) body_ += data;
  }

  void end(Mono, HttpEnd end) override {
    const std::unique_ptr<FactsLookup> self(this);
    const bool whole = end.kind == HttpEnd::Kind::ok && status_ == 200 && !too_long_;
    done_(whole ? parse_llama_props(body_) : std::nullopt);
  }

 private:
  std::function<void(std::optional<ServerFacts>)> done_;
  int status_ = 0;
  std::string body_;
  bool too_long_ = false;
};

std::string file_name(std::string_view path) {
  return std::string(path.substr(path.find_last_of("/\\") + 1));
}

}  // namespace

std::optional<ServerFacts> parse_llama_props(const std::string& body) {
  try {
    const Json json = parse_json(body, "the server's properties");
    const JsonIn root(json, "the server's properties");
    const auto settings = root.find("default_generation_settings");
    if (!settings) return std::nullopt;
    ServerFacts facts;
    facts.software = "llama-server";
    facts.build = one_line(root.optional_string("build_info").value_or(""), 128);
    facts.model_file = one_line(file_name(root.optional_string("model_path").value_or("")), 256);
    facts.context_length = settings->optional_integer("n_ctx");
    facts.slots = root.optional_integer("total_slots");
    return facts;
  } catch (const Error&) {  // not a llama-server, or one that changed: nothing is known
    return std::nullopt;
  }
}

void fetch_server_facts(HttpTransport& transport, const std::string& base_url, const RemoteOptions& options,
                        std::function<void(std::optional<ServerFacts>)> done) {
  HttpRequest request;
  request.method = "GET";
  request.url = props_url(base_url);
  request.headers = {{"Accept", "application/json"}};
  if (!options.key.empty()) request.headers.push_back(key_header(KeyStyle::bearer, options.key));
  replace_headers(request.headers, options.headers);
  request.connect_timeout = seconds(5);
  request.idle_timeout = seconds(10);
  request.total_timeout = seconds(15);
  request.max_answer_bytes = kLongestFacts;
  auto lookup = std::make_unique<FactsLookup>(std::move(done));
  transport.start(std::move(request), *lookup);
  static_cast<void>(lookup.release());
}

std::string server_facts_json(const ServerFacts& facts) {
  Json out = Json::object();
  const auto put = [&](const char* name, const std::string& text) {
    if (!text.empty()) out[name] = text;
  };
  put("software", facts.software);
  put("build", facts.build);
  put("model_file", facts.model_file);
  if (facts.context_length) out["context_length"] = *facts.context_length;
  if (facts.slots) out["slots"] = *facts.slots;
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace costwar
