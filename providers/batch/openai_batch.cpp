// OpenAI's Batch API: a file of JSON lines is uploaded, a batch is made of it, and the answers come back as
// files of lines in any order. Metadata carries the tag; the list of batches shows it. Sources: OpenAI API
// reference (batch, files), guide "Batch API" (limits, expiry).
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

// A line of JSON holds no bare carriage return, so that no delimiter can occur within the file.
constexpr std::string_view kBoundary = "costwar-batch-file";

struct StateName {
  std::string_view name;
  BatchState state;
};
constexpr std::array<StateName, 8> kStateNames{{
    {"validating", BatchState::validating},
    {"failed", BatchState::failed},
    {"in_progress", BatchState::in_progress},
    {"finalizing", BatchState::finalizing},
    {"completed", BatchState::completed},
    {"expired", BatchState::expired},
    {"cancelling", BatchState::cancelling},
    {"cancelled", BatchState::cancelled},
}};

// Why a request of a batch that ended early was not answered. Both spellings are accepted.
struct EarlyEnd {
  std::string_view code;
  BatchLine::Kind kind;
};
constexpr std::array<EarlyEnd, 3> kEarlyEnds{{{"batch_expired", BatchLine::Kind::expired},
                                              {"batch_cancelled", BatchLine::Kind::cancelled},
                                              {"batch_canceled", BatchLine::Kind::cancelled}}};

std::optional<Wall> instant_of_seconds(const Object& parent, std::string_view name) {
  const auto seconds_since = wire::whole_number(parent, name);
  constexpr std::int64_t kLastSecond = 9'000'000'000;  // what 64 bits of nanoseconds hold
  if (!seconds_since || *seconds_since <= 0 || *seconds_since > kLastSecond) return std::nullopt;
  return Wall{*seconds_since * 1'000'000'000};
}

void read_errors(const Object& batch, BatchStatus& status) {
  const auto errors = member<Object>(batch, "errors");
  const auto list = errors ? member<Array>(*errors, "data") : std::nullopt;
  if (!list || list->size() == 0) return;
  const wire::ApiError first = wire::read_error(*list->begin());
  status.error_code = first.code;
  status.error_message = first.message;
  if (list->size() > 1) status.error_message += fmt::format(" (and {} more)", list->size() - 1);
}

std::optional<BatchStatus> read_openai_status(const Object& batch) {
  BatchStatus status;
  status.id = text_of(batch, "id");
  const std::string_view name = text_of(batch, "status");
  const auto* known = std::find_if(kStateNames.begin(), kStateNames.end(),
                                   [&](const StateName& entry) { return entry.name == name; });
  if (!is_plain_id(status.id) || known == kStateNames.end()) return std::nullopt;
  status.state = known->state;
  if (const auto counts = member<Object>(batch, "request_counts")) {
    status.total = wire::whole_number(*counts, "total");
    status.completed = wire::whole_number(*counts, "completed");
    status.failed = wire::whole_number(*counts, "failed");
  }
  for (const char* file : {"output_file_id", "error_file_id"})
    if (const auto id = text_of(batch, file); !id.empty()) status.results.emplace_back(id);
  status.created = instant_of_seconds(batch, "created_at");
  for (const char* end : {"completed_at", "failed_at", "expired_at", "cancelled_at"})
    if (!status.ended) status.ended = instant_of_seconds(batch, end);
  read_errors(batch, status);
  return status;
}

class OpenAiBatch final : public BatchCodec {
 public:
  const BatchTraits& traits() const override { return traits_; }

  std::string line(const BatchEntry& entry) const override {
    return fmt::format(R"({{"custom_id":{},"method":"POST","url":{},"body":{}}})",
                       Json(entry.custom_id).dump(), Json("/v1" + entry.encoded.path).dump(),
                       entry.encoded.body);
  }

  std::optional<BatchCall> upload(std::span<const std::string> lines, std::string_view tag) const override {
    BatchCall call{"POST", "/files", fmt::format("multipart/form-data; boundary={}", kBoundary)};
    std::size_t bytes = 512;
    for (const std::string& each : lines) bytes += each.size() + 1;
    call.body.reserve(bytes);
    call.body = fmt::format(
        "--{0}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
        "--{0}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{1}.jsonl\"\r\n"
        "Content-Type: application/jsonl\r\n\r\n",
        kBoundary, tag);
    for (const std::string& each : lines) {
      call.body += each;
      call.body += '\n';
    }
    call.body += fmt::format("\r\n--{}--\r\n", kBoundary);
    return call;
  }

  std::optional<std::string> uploaded(std::string_view json) const override {
    simdjson::dom::parser parser;
    Object file;
    if (parser.parse(json.data(), json.size()).get(file) != simdjson::SUCCESS) return std::nullopt;
    const std::string_view id = text_of(file, "id");
    return is_plain_id(id) ? std::optional(std::string(id)) : std::nullopt;
  }

  BatchCall create(std::span<const std::string>, std::string_view path, std::string_view file,
                   std::string_view tag) const override {
    Json body;
    body["input_file_id"] = std::string(file);
    body["endpoint"] = fmt::format("/v1{}", path);
    body["completion_window"] = "24h";
    body["metadata"]["costwar"] = std::string(tag);
    return {"POST", "/batches", "application/json", body.dump()};
  }

  BatchCall poll(std::string_view id) const override { return {"GET", fmt::format("/batches/{}", id)}; }

  BatchCall cancel(std::string_view id) const override {
    return {"POST", fmt::format("/batches/{}/cancel", id), "application/json"};
  }

  BatchCall list(std::string_view cursor) const override {
    return {"GET",
            cursor.empty() ? "/batches?limit=100" : fmt::format("/batches?limit=100&after={}", cursor)};
  }

  std::optional<BatchCall> results(std::string_view what, std::string_view) const override {
    if (!is_plain_id(what)) return std::nullopt;
    return BatchCall{"GET", fmt::format("/files/{}/content", what)};
  }

  std::optional<BatchStatus> status(std::string_view json) const override {
    simdjson::dom::parser parser;
    Object batch;
    if (parser.parse(json.data(), json.size()).get(batch) != simdjson::SUCCESS) return std::nullopt;
    return read_openai_status(batch);
  }

  std::optional<BatchPage> page(std::string_view json) const override;
  std::optional<BatchLine> result(std::string_view json) const override;

 private:
  // 50,000 requests and 200 MB a file, with room for the form around it.
  BatchTraits traits_{"OpenAI", 50'000, 199'000'000, true};
};

std::optional<BatchPage> OpenAiBatch::page(std::string_view json) const {
  simdjson::dom::parser parser;
  Object root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  const auto data = member<Array>(root, "data");
  if (!data) return std::nullopt;
  BatchPage page;
  for (const Element& entry : *data) {
    Object batch;
    if (entry.get(batch) != simdjson::SUCCESS) return std::nullopt;
    auto status = read_openai_status(batch);
    if (!status) continue;  // one that somebody else made, in a state not known here
    const auto metadata = member<Object>(batch, "metadata");
    page.next = status->id;
    page.entries.push_back({*std::move(status), metadata ? std::string(text_of(*metadata, "costwar")) : ""});
  }
  if (const auto last = text_of(root, "last_id"); is_plain_id(last)) page.next = last;
  if (!member<bool>(root, "has_more").value_or(false)) page.next.clear();
  return page;
}

std::optional<BatchLine> OpenAiBatch::result(std::string_view json) const {
  simdjson::dom::parser parser;
  Object root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  BatchLine line;
  line.custom_id = text_of(root, "custom_id");
  if (line.custom_id.empty()) return std::nullopt;
  if (const auto response = member<Object>(root, "response")) {
    line.status = static_cast<int>(wire::whole_number(*response, "status_code").value_or(0));
    if (line.status < 100 || line.status > 599) return std::nullopt;
    line.request_id = text_of(*response, "request_id");
    if (const auto body = member<Element>(*response, "body")) line.body = simdjson::minify(*body);
    return line;
  }
  const auto error = member<Element>(root, "error");
  if (!error) return std::nullopt;
  const wire::ApiError said = wire::read_error(*error);
  line.request_id = text_of(root, "id");
  for (const EarlyEnd& end : kEarlyEnds) {
    if (said.code != end.code) continue;
    line.kind = end.kind;
    line.code = said.code;
    line.message = said.message;
    return line;
  }
  line.status = 500;  // the vendor failed to put the request to the model
  line.body = fmt::format("{{\"error\":{}}}", simdjson::minify(*error));
  return line;
}

}  // namespace

std::unique_ptr<BatchCodec> make_openai_batch_codec() {
  return std::make_unique<OpenAiBatch>();
}

}  // namespace costwar
