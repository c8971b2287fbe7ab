#include "mock/batch_lines.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "mock/answers.h"
#include "mock/faults.h"

namespace costwar::mock {
namespace {

constexpr std::size_t kMostProblems = 100;

std::string text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

class InputReader {
 public:
  explicit InputReader(std::string_view endpoint) : endpoint_(endpoint) {}

  void take(std::string_view line, int number) {
    Json root = Json::parse(line, nullptr, false);
    if (!root.is_object()) return complain(number, "invalid_json_line", "the line is no JSON object");
    LineAsk ask{text_member(root, "custom_id"), text_member(root, "url"), {}};
    if (ask.custom_id.empty())
      return complain(number, "missing_required_parameter", "'custom_id' must be a string", "custom_id");
    if (!ids_.insert(ask.custom_id).second)
      return complain(number, "duplicate_custom_id", fmt::format("'{}' came before", ask.custom_id),
                      "custom_id");
    if (text_member(root, "method") != "POST")
      return complain(number, "invalid_method", "'method' must be POST", "method");
    if (ask.path != endpoint_)
      return complain(number, "invalid_url", fmt::format("'url' must be the batch's endpoint, {}", endpoint_),
                      "url");
    const auto body = root.find("body");
    if (body == root.end() || !body->is_object())
      return complain(number, "missing_required_parameter", "'body' must be an object", "body");
    if (body->value("stream", Json(false)) == Json(true))
      return complain(number, "invalid_request", "a batch streams nothing", "body.stream");
    const std::string model(split_model_name(text_member(*body, "model")).base);
    if (!model_) model_ = model;
    if (model != *model_)
      return complain(number, "mismatched_model",
                      fmt::format("'{}' after '{}': one batch asks one model", model, *model_), "body.model");
    ask.body = std::move(*body);
    read_.asks.push_back(std::move(ask));
  }

  void complain(std::optional<int> line, std::string code, std::string message, std::string param = {}) {
    if (read_.problems.size() < kMostProblems)
      read_.problems.push_back({std::move(code), std::move(message), std::move(param), line});
  }

  bool empty() const { return read_.asks.empty() && read_.problems.empty(); }
  bool full() const { return read_.asks.size() == kMostBatchLines; }
  BatchInput finish() { return std::move(read_); }

 private:
  std::string endpoint_;
  std::set<std::string> ids_;
  std::optional<std::string> model_;
  BatchInput read_;
};

}  // namespace

BatchInput read_batch_input(std::string_view json_lines, std::string_view endpoint) {
  InputReader reader(endpoint);
  int number = 0;
  while (!json_lines.empty()) {
    ++number;
    const std::size_t end = json_lines.find('\n');
    const std::string_view line = trim_ascii(json_lines.substr(0, end));
    json_lines.remove_prefix(end == std::string_view::npos ? json_lines.size() : end + 1);
    if (line.empty()) continue;
    if (reader.full()) {
      reader.complain({}, "too_many_tasks", fmt::format("more than {} lines", kMostBatchLines));
      break;
    }
    reader.take(line, number);
  }
  if (reader.empty()) reader.complain({}, "empty_file", "the file has no line");
  return reader.finish();
}

}  // namespace costwar::mock
