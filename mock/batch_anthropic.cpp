#include "mock/batch_anthropic.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace costwar::mock {
namespace {

constexpr std::string_view kAnthropicKind = "anthropic";
constexpr std::string_view kPath = "/v1/messages";
constexpr std::size_t kMostRequests = 100'000;
constexpr std::size_t kLongestId = 64;
constexpr std::int64_t kAnthropicWindowSeconds = 86'400;
constexpr std::int64_t kAnthropicLongestPage = 1000;

DeskReply refuse_anthropic(int status, std::string message) {
  return {status, std::move(message)};
}

DeskReply not_found(std::string_view id) {
  return refuse_anthropic(404, fmt::format("there is no message batch '{}'", id));
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kLongestId && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Json instant(std::int64_t second) {
  return format_wall(Wall{} + seconds(second));
}

std::string_view processing_status(const Batch& batch, Mono now) {
  if (batch.clock.over(now)) return "ended";
  return batch.clock.state(now) == BatchState::cancelling ? "canceling" : "in_progress";
}

Json anthropic_counts(const Batch& batch, Mono now) {
  const bool ended = batch.clock.over(now);
  const auto count = [&](LineState state) { return ended ? batch.count(state, now) : 0; };
  return {{"processing", ended ? 0 : batch.lines.size()},
          {"succeeded", count(LineState::succeeded)},
          {"errored", count(LineState::errored)},
          {"canceled", count(LineState::canceled)},
          {"expired", count(LineState::expired)}};
}

Json batch_json(const Batch& batch, std::string_view base, Mono now) {
  const bool ended = batch.clock.over(now);
  return {{"id", batch.id},
          {"type", "message_batch"},
          {"processing_status", processing_status(batch, now)},
          {"request_counts", anthropic_counts(batch, now)},
          {"ended_at", ended ? instant(batch.second_of(batch.clock.ends())) : Json(nullptr)},
          {"created_at", instant(batch.created)},
          {"expires_at", instant(batch.created + kAnthropicWindowSeconds)},
          {"archived_at", nullptr},
          {"cancel_initiated_at",
           batch.clock.cancel ? instant(batch.second_of(*batch.clock.cancel)) : Json(nullptr)},
          {"results_url",
           ended ? Json(fmt::format("{}/v1/messages/batches/{}/results", base, batch.id)) : Json(nullptr)}};
}

Json result_json(const Batch& batch, std::size_t index, Mono now) {
  const LineAnswer& answer = batch.lines[index].answer;
  switch (batch.state_of(index, now)) {
    case LineState::succeeded: {
      Json message = Json::parse(answer.json);
      message["usage"]["service_tier"] = "batch";
      return {{"type", "succeeded"}, {"message", std::move(message)}};
    }
    case LineState::errored:
      return {{"type", "errored"}, {"error", Json::parse(answer.json)}};
    case LineState::canceled:
      return {{"type", "canceled"}};
    default:
      return {{"type", "expired"}};
  }
}

// The requests of a batch, or what is wrong with them.
std::variant<std::vector<LineAsk>, std::string> read_requests(std::string_view body) {
  const Json root = Json::parse(body, nullptr, false);
  if (!root.is_object()) return "the body is not a JSON object";
  const auto requests = root.find("requests");
  if (requests == root.end() || !requests->is_array() || requests->empty())
    return "requests: must be an array of at least one request";
  if (requests->size() > kMostRequests) return fmt::format("requests: more than {}", kMostRequests);
  std::vector<LineAsk> asks;
  std::set<std::string> ids;
  for (const Json& request : *requests) {
    const std::string where = fmt::format("requests.{}", asks.size());
    const Json id = request.is_object() ? request.value("custom_id", Json()) : Json();
    if (!id.is_string() || !is_id(id.get_ref<const std::string&>()))
      return where + ".custom_id: must be 1 to 64 letters, digits, '_' or '-'";
    if (!ids.insert(id.get<std::string>()).second)
      return fmt::format("{}.custom_id: '{}' came before", where, id.get<std::string>());
    Json params = request.value("params", Json());
    if (!params.is_object()) return where + ".params: must be an object";
    if (params.value("stream", Json(false)) == Json(true))
      return where + ".params.stream: a batch streams nothing";
    asks.push_back({id.get<std::string>(), std::string(kPath), std::move(params)});
  }
  return asks;
}

}  // namespace

DeskReply AnthropicBatches::create(std::string_view body, std::string_view base, Mono now,
                                   std::int64_t created) {
  const auto read = read_requests(body);
  if (const auto* problem = std::get_if<std::string>(&read)) return refuse_anthropic(400, *problem);
  const Batch& batch =
      desk_.open(kAnthropicKind, "msgbatch_mock_", std::get<std::vector<LineAsk>>(read), {}, now, created);
  return {200, batch_json(batch, base, now).dump()};
}

DeskReply AnthropicBatches::show(std::string_view id, std::string_view base, Mono now) {
  const Batch* const batch = desk_.find(id, kAnthropicKind);
  if (batch == nullptr) return not_found(id);
  return {200, batch_json(*batch, base, now).dump()};
}

DeskReply AnthropicBatches::results(std::string_view id, Mono now) {
  const Batch* const batch = desk_.find(id, kAnthropicKind);
  if (batch == nullptr) return not_found(id);
  if (!batch->clock.over(now))
    return refuse_anthropic(404, fmt::format("{} has no results yet: it has not ended", id));
  std::string lines;
  for (std::size_t i = 0; i < batch->lines.size(); ++i)
    lines +=
        Json{{"custom_id", batch->lines[i].custom_id}, {"result", result_json(*batch, i, now)}}.dump() + "\n";
  return {200, std::move(lines), "application/x-jsonl"};
}

DeskReply AnthropicBatches::cancel(std::string_view id, std::string_view base, Mono now) {
  Batch* const batch = desk_.find(id, kAnthropicKind);
  if (batch == nullptr) return not_found(id);
  if (!batch->clock.try_cancel(now))
    return refuse_anthropic(400, fmt::format("{} can no longer be cancelled", id));
  return show(id, base, now);
}

DeskReply AnthropicBatches::list(std::string_view query, std::string_view base, Mono now) {
  const std::vector<const Batch*> all = desk_.list(kAnthropicKind);
  const auto found = find_page(all, query, "after_id", kAnthropicLongestPage);
  if (const auto* problem = std::get_if<DeskReply>(&found)) return *problem;
  const Page page = std::get<Page>(found);
  Json data = Json::array();
  for (std::size_t i = page.begin; i < page.end; ++i) data.push_back(batch_json(*all[i], base, now));
  const bool empty = page.begin == page.end;
  return {200, Json{{"data", std::move(data)},
                    {"has_more", page.more},
                    {"first_id", empty ? Json(nullptr) : Json(all[page.begin]->id)},
                    {"last_id", empty ? Json(nullptr) : Json(all[page.end - 1]->id)}}
                   .dump()};
}

}  // namespace costwar::mock
