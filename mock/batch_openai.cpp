#include "mock/batch_openai.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <utility>

#include "mock/batch_lines.h"
#include "mock/multipart.h"

namespace costwar::mock {
namespace {

constexpr std::string_view kOpenAiKind = "openai";
constexpr std::size_t kMostFileBytes = 200'000'000;             // OpenAI's limit of a batch file
constexpr std::size_t kMostStoredBytes = std::size_t{1} << 30;  // of all files that are kept
constexpr std::int64_t kOpenAiWindowSeconds = 86'400;
constexpr std::int64_t kOpenAiLongestPage = 100;
constexpr std::array<std::string_view, 2> kEndpoints{"/v1/chat/completions", "/v1/responses"};

DeskReply refuse_openai(int status, std::string message, std::string param = {}, std::string code = {}) {
  return {status, std::move(message), {}, std::move(param), std::move(code)};
}

DeskReply not_found(std::string_view what, std::string_view id) {
  return refuse_openai(404, fmt::format("there is no {} '{}'", what, id), "id", "not_found");
}

Json or_null(bool known, std::int64_t second) {
  return known ? Json(second) : Json(nullptr);
}

Json problems_json(const Batch& batch) {
  Json data = Json::array();
  for (const BatchProblem& problem : batch.problems)
    data.push_back({{"code", problem.code},
                    {"message", problem.message},
                    {"param", problem.param.empty() ? Json(nullptr) : Json(problem.param)},
                    {"line", problem.line ? Json(*problem.line) : Json(nullptr)}});
  return {{"object", "list"}, {"data", std::move(data)}};
}

// Of the lines that succeeded.
Json usage_json(const Batch& batch, Mono now) {
  std::uint64_t input = 0;
  std::uint64_t cached = 0;
  std::uint64_t output = 0;
  std::uint64_t reasoning = 0;
  for (std::size_t i = 0; i < batch.lines.size(); ++i) {
    if (batch.state_of(i, now) != LineState::succeeded) continue;
    const TruthRecord& truth = batch.lines[i].answer.truth;
    input += truth.prompt_tokens;
    cached += truth.cached_tokens;
    output += truth.completion_tokens;
    reasoning += truth.reasoning_tokens;
  }
  return {{"input_tokens", input},
          {"input_tokens_details", {{"cached_tokens", cached}}},
          {"output_tokens", output},
          {"output_tokens_details", {{"reasoning_tokens", reasoning}}},
          {"total_tokens", input + output}};
}

Json openai_counts(const Batch& batch, Mono now) {
  const std::size_t completed = batch.count(LineState::succeeded, now);
  const std::size_t failed = batch.count(LineState::errored, now) + batch.count(LineState::expired, now);
  return {{"total", batch.lines.size()}, {"completed", completed}, {"failed", failed}};
}

Json batch_json(const Batch& batch, Mono now) {
  const BatchClock& clock = batch.clock;
  const BatchState state = clock.state(now);
  const bool worked =
      !clock.fails && now >= clock.begins() && (!clock.cancel || *clock.cancel >= clock.begins());
  const bool finalized = !clock.fails && !clock.cancel && now >= clock.finalizes();
  const auto ended = [&](BatchState as) { return or_null(state == as, batch.second_of(clock.ends())); };
  Json out{{"id", batch.id},
           {"object", "batch"},
           {"endpoint", batch.details["endpoint"]},
           {"errors", state == BatchState::failed ? problems_json(batch) : Json(nullptr)},
           {"input_file_id", batch.details["input_file_id"]},
           {"completion_window", "24h"},
           {"status", batch_state_name(state)},
           {"output_file_id", batch.details["output_file_id"]},
           {"error_file_id", batch.details["error_file_id"]},
           {"created_at", batch.created},
           {"in_progress_at", or_null(worked, batch.second_of(clock.begins()))},
           {"expires_at", batch.created + kOpenAiWindowSeconds},
           {"finalizing_at", or_null(finalized, batch.second_of(clock.finalizes()))},
           {"completed_at", ended(BatchState::completed)},
           {"failed_at", ended(BatchState::failed)},
           {"expired_at", ended(BatchState::expired)},
           {"cancelling_at", clock.cancel ? Json(batch.second_of(*clock.cancel)) : Json(nullptr)},
           {"cancelled_at", ended(BatchState::cancelled)},
           {"request_counts", openai_counts(batch, now)},
           {"metadata", batch.details["metadata"]}};
  if (clock.over(now) && !clock.fails) out["usage"] = usage_json(batch, now);
  return out;
}

// A line of the output file, or of the error file where `code` is not empty or the status is an error's.
std::string result_line(const Batch& batch, std::size_t index, std::string_view code) {
  const BatchLine& line = batch.lines[index];
  std::string out = fmt::format(R"({{"id":"batch_req_{}_{}","custom_id":)", batch.id, index + 1);
  out += Json(line.custom_id).dump();
  if (code.empty())
    fmt::format_to(std::back_inserter(out),
                   R"(,"response":{{"status_code":{},"request_id":"req-{}-{}","body":{}}},"error":null}})",
                   line.answer.status, batch.id, index + 1, line.answer.json);
  else
    fmt::format_to(std::back_inserter(out),
                   R"(,"response":null,"error":{{"code":"{}","message":"the request was not worked on"}}}})",
                   code);
  return out += '\n';
}

}  // namespace

std::string OpenAiBatches::store(File file) {
  std::string id = fmt::format("file-mock-{:016x}", ++stored_);
  stored_bytes_ += file.bytes.size();
  files_.emplace(id, std::move(file));
  return id;
}

Json OpenAiBatches::file_json(const std::string& id, const File& file) {
  return {{"id", id},
          {"object", "file"},
          {"bytes", file.bytes.size()},
          {"created_at", file.created},
          {"expires_at", nullptr},
          {"filename", file.filename},
          {"purpose", file.purpose},
          {"status", "processed"},
          {"status_details", nullptr}};
}

DeskReply OpenAiBatches::upload(std::string_view content_type, std::string_view body, std::int64_t created) {
  const auto parts = read_form(content_type, body);
  if (!parts) return refuse_openai(400, "the body is no multipart/form-data");
  const FormPart* const purpose = find_part(*parts, "purpose");
  const FormPart* const file = find_part(*parts, "file");
  if (purpose == nullptr || purpose->content != "batch")
    return refuse_openai(400, "'purpose' must be batch here", "purpose", "invalid_purpose");
  if (file == nullptr) return refuse_openai(400, "'file' is required", "file");
  if (file->content.size() > kMostFileBytes)
    return refuse_openai(413, "the file is larger than 200 MB", "file");
  if (stored_bytes_ + file->content.size() > kMostStoredBytes)
    return refuse_openai(413, "the mock server keeps at most 1 GiB of files; delete some");
  const std::string id = store({file->filename.empty() ? "upload.jsonl" : file->filename, "batch",
                                std::string(file->content), created});
  return {200, file_json(id, files_.at(id)).dump()};
}

DeskReply OpenAiBatches::show_file(std::string_view id) const {
  const auto found = files_.find(id);
  if (found == files_.end()) return not_found("file", id);
  return {200, file_json(found->first, found->second).dump()};
}

DeskReply OpenAiBatches::file_content(std::string_view id) const {
  const auto found = files_.find(id);
  if (found == files_.end()) return not_found("file", id);
  return {200, found->second.bytes, "application/octet-stream"};
}

DeskReply OpenAiBatches::delete_file(std::string_view id) {
  const auto found = files_.find(id);
  if (found == files_.end()) return not_found("file", id);
  stored_bytes_ -= found->second.bytes.size();
  files_.erase(found);
  return {200, Json{{"id", id}, {"object", "file"}, {"deleted", true}}.dump()};
}

DeskReply OpenAiBatches::create(std::string_view body, Mono now, std::int64_t created) {
  const Json root = Json::parse(body, nullptr, false);
  if (!root.is_object()) return refuse_openai(400, "the body is not a JSON object");
  const auto text = [&](const char* name) {
    const auto found = root.find(name);
    return found != root.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const std::string endpoint = text("endpoint");
  if (std::ranges::find(kEndpoints, endpoint) == kEndpoints.end())
    return refuse_openai(400, "'endpoint' must be /v1/chat/completions or /v1/responses", "endpoint");
  if (text("completion_window") != "24h")
    return refuse_openai(400, "'completion_window' must be 24h", "completion_window");
  const auto metadata = root.find("metadata");
  if (metadata != root.end() && !metadata->is_null() && !metadata->is_object())
    return refuse_openai(400, "'metadata' must be an object of strings", "metadata");
  const auto input = files_.find(text("input_file_id"));
  if (input == files_.end())
    return refuse_openai(400, fmt::format("there is no file '{}'", text("input_file_id")), "input_file_id");

  BatchInput lines = read_batch_input(input->second.bytes, endpoint);
  Batch& batch = desk_.open(kOpenAiKind, "batch_mock_", lines.asks, std::move(lines.problems), now, created);
  batch.details = {{"endpoint", endpoint},
                   {"input_file_id", input->first},
                   {"output_file_id", nullptr},
                   {"error_file_id", nullptr},
                   {"metadata", metadata == root.end() ? Json(nullptr) : *metadata}};
  return {200, batch_json(batch, now).dump()};
}

void OpenAiBatches::settle(Batch& batch, Mono now) {
  if (batch.clock.fails || !batch.clock.over(now) || batch.details.contains("settled")) return;
  batch.details["settled"] = true;
  std::string output;
  std::string errors;
  for (std::size_t i = 0; i < batch.lines.size(); ++i) {
    const LineState state = batch.state_of(i, now);
    if (state == LineState::succeeded) {
      output += result_line(batch, i, {});
    } else if (state == LineState::errored) {
      errors += result_line(batch, i, {});
    } else {
      errors += result_line(batch, i, state == LineState::canceled ? "batch_cancelled" : "batch_expired");
    }
  }
  const std::int64_t created = batch.second_of(batch.clock.ends());
  const auto keep = [&](std::string bytes, std::string_view what) {
    if (bytes.empty()) return Json(nullptr);
    return Json(
        store({fmt::format("{}_{}.jsonl", batch.id, what), "batch_output", std::move(bytes), created}));
  };
  batch.details["output_file_id"] = keep(std::move(output), "output");
  batch.details["error_file_id"] = keep(std::move(errors), "error");
}

DeskReply OpenAiBatches::show(std::string_view id, Mono now) {
  Batch* const batch = desk_.find(id, kOpenAiKind);
  if (batch == nullptr) return not_found("batch", id);
  settle(*batch, now);
  return {200, batch_json(*batch, now).dump()};
}

DeskReply OpenAiBatches::cancel(std::string_view id, Mono now) {
  Batch* const batch = desk_.find(id, kOpenAiKind);
  if (batch == nullptr) return not_found("batch", id);
  if (!batch->clock.try_cancel(now))
    return refuse_openai(409, fmt::format("a batch that is {} cannot be cancelled",
                                          batch_state_name(batch->clock.state(now))));
  return show(id, now);
}

DeskReply OpenAiBatches::list(std::string_view query, Mono now) {
  const std::vector<const Batch*> all = desk_.list(kOpenAiKind);
  const auto found = find_page(all, query, "after", kOpenAiLongestPage);
  if (const auto* problem = std::get_if<DeskReply>(&found)) return *problem;
  const Page page = std::get<Page>(found);
  Json data = Json::array();
  for (std::size_t i = page.begin; i < page.end; ++i) {
    settle(*desk_.find(all[i]->id, kOpenAiKind), now);
    data.push_back(batch_json(*all[i], now));
  }
  const bool empty = page.begin == page.end;
  return {200, Json{{"object", "list"},
                    {"data", std::move(data)},
                    {"first_id", empty ? Json(nullptr) : Json(all[page.begin]->id)},
                    {"last_id", empty ? Json(nullptr) : Json(all[page.end - 1]->id)},
                    {"has_more", page.more}}
                   .dump()};
}

}  // namespace costwar::mock
