// Anthropic's Message Batches: one request carries all messages, and the results are lines at an address that
// the batch names. Batches carry no labels, so that one cannot be found by its tag. Sources: Anthropic API
// reference (message batches: create, retrieve, list, cancel, results), guide "Batch processing" (limits).
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "core/json.h"
#include "providers/batch/batch_codec.h"
#include "providers/wire/fields.h"

namespace costwar {
namespace {

using wire::Array;
using wire::Element;
using wire::member;
using wire::Object;
using wire::text_of;

constexpr std::string_view kPath = "/messages/batches";

// The status that a synchronous call with this error has (API reference, errors).
struct ErrorStatus {
  std::string_view type;
  int status;
};
constexpr std::array<ErrorStatus, 10> kErrorStatuses{{
    {"invalid_request_error", 400},
    {"authentication_error", 401},
    {"billing_error", 402},
    {"permission_error", 403},
    {"not_found_error", 404},
    {"request_too_large", 413},
    {"rate_limit_error", 429},
    {"api_error", 500},
    {"timeout_error", 504},
    {"overloaded_error", 529},
}};

int status_of_error(std::string_view type) {
  const auto* found = std::find_if(kErrorStatuses.begin(), kErrorStatuses.end(),
                                   [&](const ErrorStatus& row) { return row.type == type; });
  return found == kErrorStatuses.end() ? 500 : found->status;
}

std::optional<Wall> instant_of_text(const Object& parent, std::string_view name) {
  const auto read = read_wall(text_of(parent, name));
  return read ? std::optional(read->wall) : std::nullopt;
}

std::optional<BatchState> state_of(std::string_view name) {
  if (name == "in_progress") return BatchState::in_progress;
  if (name == "canceling") return BatchState::cancelling;
  if (name == "ended") return BatchState::completed;
  return std::nullopt;
}

void read_counts(const Object& counts, BatchStatus& status) {
  const auto count = [&](std::string_view name) { return wire::whole_number(counts, name).value_or(0); };
  const std::int64_t expired = count("expired");
  const std::int64_t cancelled = count("canceled");
  status.completed = count("succeeded");
  status.failed = count("errored") + expired + cancelled;
  status.total = count("processing") + *status.completed + *status.failed;
  if (status.state != BatchState::completed) return;
  if (cancelled > 0) status.state = BatchState::cancelled;
  if (expired > 0) status.state = BatchState::expired;
}

std::optional<BatchStatus> read_anthropic_status(const Object& batch) {
  BatchStatus status;
  status.id = text_of(batch, "id");
  const auto state = state_of(text_of(batch, "processing_status"));
  if (!is_plain_id(status.id) || !state) return std::nullopt;
  status.state = *state;
  if (const auto counts = member<Object>(batch, "request_counts")) read_counts(*counts, status);
  if (const auto url = text_of(batch, "results_url"); !url.empty()) status.results.emplace_back(url);
  status.created = instant_of_text(batch, "created_at");
  status.ended = instant_of_text(batch, "ended_at");
  return status;
}

// "https://api.anthropic.com" of "https://api.anthropic.com/v1/...".
std::string_view origin(std::string_view url) {
  const std::size_t scheme = url.find("://");
  return scheme == std::string_view::npos ? std::string_view{} : url.substr(0, url.find('/', scheme + 3));
}

// The path of the base URL: "/v1".
std::string_view path_of(std::string_view url) {
  return url.substr(origin(url).size());
}

class AnthropicBatch final : public BatchCodec {
 public:
  const BatchTraits& traits() const override { return traits_; }

  std::string line(const BatchEntry& entry) const override {
    return fmt::format(R"({{"custom_id":{},"params":{}}})", Json(entry.custom_id).dump(), entry.encoded.body);
  }

  std::optional<BatchCall> upload(std::span<const std::string>, std::string_view) const override {
    return std::nullopt;
  }
  std::optional<std::string> uploaded(std::string_view) const override { return std::nullopt; }

  BatchCall create(std::span<const std::string> lines, std::string_view, std::string_view,
                   std::string_view) const override {
    BatchCall call = with_version("POST", std::string(kPath));
    call.content_type = "application/json";
    std::size_t bytes = 32;
    for (const std::string& each : lines) bytes += each.size() + 1;
    call.body.reserve(bytes);
    call.body = R"({"requests":[)";
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i > 0) call.body += ',';
      call.body += lines[i];
    }
    call.body += "]}";
    return call;
  }

  BatchCall poll(std::string_view id) const override {
    return with_version("GET", fmt::format("{}/{}", kPath, id));
  }

  BatchCall cancel(std::string_view id) const override {
    return with_version("POST", fmt::format("{}/{}/cancel", kPath, id));
  }

  BatchCall list(std::string_view cursor) const override {
    return with_version("GET", cursor.empty() ? fmt::format("{}?limit=100", kPath)
                                              : fmt::format("{}?limit=100&after_id={}", kPath, cursor));
  }

  // The key goes to whom it belongs: the address must be below the one that is asked anyway.
  std::optional<BatchCall> results(std::string_view what, std::string_view base_url) const override {
    const std::string_view from = origin(what);
    if (from.empty() || from != origin(base_url)) return std::nullopt;
    const std::string_view path = path_of(what);
    const std::string_view base = path_of(base_url);
    const bool printable =
        std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!printable || !path.starts_with(base) || !path.substr(base.size()).starts_with('/'))
      return std::nullopt;
    return with_version("GET", std::string(path.substr(base.size())));
  }

  std::optional<BatchStatus> status(std::string_view json) const override {
    simdjson::dom::parser parser;
    Object batch;
    if (parser.parse(json.data(), json.size()).get(batch) != simdjson::SUCCESS) return std::nullopt;
    return read_anthropic_status(batch);
  }

  std::optional<BatchPage> page(std::string_view json) const override {
    simdjson::dom::parser parser;
    Object root;
    if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
    const auto data = member<Array>(root, "data");
    if (!data) return std::nullopt;
    BatchPage page;
    for (const Element& entry : *data) {
      Object batch;
      if (entry.get(batch) != simdjson::SUCCESS) return std::nullopt;
      if (auto status = read_anthropic_status(batch)) page.entries.push_back({*std::move(status), {}});
    }
    if (member<bool>(root, "has_more").value_or(false))
      if (const auto last = text_of(root, "last_id"); is_plain_id(last)) page.next = last;
    return page;
  }

  std::optional<BatchLine> result(std::string_view json) const override;

 private:
  static BatchCall with_version(std::string method, std::string path) {
    return {std::move(method), std::move(path), {}, {}, {{"anthropic-version", "2023-06-01"}}};
  }

  // 100,000 requests and 256 MB, with room for what stands around them.
  BatchTraits traits_{"Anthropic", 100'000, 255'000'000, false};
};

std::optional<BatchLine> AnthropicBatch::result(std::string_view json) const {
  simdjson::dom::parser parser;
  Object root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  BatchLine line;
  line.custom_id = text_of(root, "custom_id");
  const auto result = member<Object>(root, "result");
  if (line.custom_id.empty() || !result) return std::nullopt;
  const std::string_view type = text_of(*result, "type");
  if (type == "succeeded") {
    const auto message = member<Element>(*result, "message");
    if (!message) return std::nullopt;
    line.body = simdjson::minify(*message);
    return line;
  }
  if (type == "errored") {
    const auto error = member<Object>(*result, "error");
    if (!error) return std::nullopt;
    line.request_id = text_of(*error, "request_id");
    const auto inner = member<Object>(*error, "error");
    line.status = status_of_error(text_of(inner ? *inner : *error, "type"));
    line.body = inner ? simdjson::minify(*error) : fmt::format("{{\"error\":{}}}", simdjson::minify(*error));
    return line;
  }
  if (type != "expired" && type != "canceled") return std::nullopt;
  line.kind = type == "expired" ? BatchLine::Kind::expired : BatchLine::Kind::cancelled;
  line.code = type == "expired" ? "batch_expired" : "batch_cancelled";
  line.message = type == "expired" ? "the batch expired before this request was processed"
                                   : "the batch was cancelled before this request was processed";
  return line;
}

}  // namespace

std::unique_ptr<BatchCodec> make_anthropic_batch_codec() {
  return std::make_unique<AnthropicBatch>();
}

}  // namespace costwar
