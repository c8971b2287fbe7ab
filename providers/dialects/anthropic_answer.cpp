#include "providers/dialects/anthropic_answer.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <utility>

#include "core/json.h"
#include "providers/wire/answer.h"
#include "providers/wire/usage.h"

namespace costwar {
namespace {

using wire::ApiError;
using wire::Array;
using wire::Element;
using wire::member;
using wire::Object;
using wire::text_of;

// The members of usage that count the output.
constexpr std::array<std::string_view, 2> kOutputMembers{"output_tokens", "output_tokens_details"};

class MessagesDecoder final : public wire::AnswerDecoder {
 public:
  bool take(const wire::Frame& frame, const OnDelta& on_delta) override;
  bool take_whole(std::string_view json, const OnDelta& on_delta) override;
  const std::optional<ApiError>& error() const override { return error_; }
  bool any_answer() const override { return any_answer_; }
  bool terminal() const override { return stopped_; }
  bool finished() const override { return terminal(); }  // message_stop is both
  std::string_view end_marker() const override { return "message_stop"; }
  std::string_view what() const override { return "message"; }
  void describe(Attempt& attempt) const override;
  std::optional<wire::Verdict> verdict() const override;

 private:
  struct Block {  // of tool use
    ToolCall call;
    std::string input;  // as it stood when the block began; the deltas replace it
  };

  void take_event(std::string_view type, const Object& event, const OnDelta& on_delta);
  void take_message(const Object& message, const OnDelta& on_delta);
  void take_block(std::int64_t index, const Object& block, const OnDelta& on_delta);
  void take_delta(std::int64_t index, const Object& delta, const OnDelta& on_delta);
  void take_fallback(const Object& block);
  void take_stop(const Object& holder);
  void take_usage(const Object& usage, bool output_counts);
  void add(std::string& to, CallEvent::Kind kind, std::string_view piece, const OnDelta& on_delta);
  void count(Attempt& attempt) const;

  simdjson::dom::parser parser_;
  std::map<std::int64_t, Block> blocks_;
  std::string text_, reasoning_;
  bool any_answer_ = false;
  bool any_payload_ = false;
  bool stopped_ = false;
  int redacted_ = 0;  // blocks of thinking that came encrypted
  std::optional<ApiError> error_;
  Json usage_;  // the counts that hold, merged
  bool output_told_ = false;
  std::string model_, stop_reason_, refusal_category_, refusal_text_;
};

bool MessagesDecoder::take(const wire::Frame& frame, const OnDelta& on_delta) {
  if (frame.data.starts_with("[DONE]")) return true;  // of gateways
  const bool named_error = frame.event == "error";
  Element root;
  if (parser_.parse(frame.data.data(), frame.data.size()).get(root) != simdjson::SUCCESS) return false;
  Object event;
  if (root.get(event) != simdjson::SUCCESS) {
    if (named_error && !error_) error_ = wire::read_error(root);
    return named_error;
  }
  std::string_view type = text_of(event, "type");
  if (type.empty()) type = frame.event;
  if (const auto error = wire::read_event_error(event, type == "error")) {
    if (!error_) error_ = *error;
  } else {
    take_event(type, event, on_delta);
  }
  return true;
}

bool MessagesDecoder::take_whole(std::string_view json, const OnDelta& on_delta) {
  Element root;
  if (parser_.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return false;
  Object message;
  if (root.get(message) != simdjson::SUCCESS) return true;
  const auto error = member<Element>(message, "error");
  if (error && wire::truthy(*error)) error_ = wire::read_error(*error);
  if (text_of(message, "type") != "message" && !member<Array>(message, "content")) return true;
  any_answer_ = true;
  take_message(message, on_delta);
  take_stop(message);
  if (const auto usage = member<Object>(message, "usage")) take_usage(*usage, true);
  return true;
}

void MessagesDecoder::take_event(std::string_view type, const Object& event, const OnDelta& on_delta) {
  const std::int64_t index = wire::whole_number(event, "index").value_or(0);
  if (type == "message_start") {
    any_answer_ = true;
    const auto message = member<Object>(event, "message");
    if (!message) return;
    take_message(*message, on_delta);
    if (const auto usage = member<Object>(*message, "usage")) take_usage(*usage, false);
  } else if (type == "content_block_start") {
    any_answer_ = true;
    if (const auto block = member<Object>(event, "content_block")) take_block(index, *block, on_delta);
  } else if (type == "content_block_delta") {
    any_answer_ = true;
    if (const auto delta = member<Object>(event, "delta")) take_delta(index, *delta, on_delta);
  } else if (type == "message_delta") {
    any_answer_ = true;
    if (const auto delta = member<Object>(event, "delta")) take_stop(*delta);
    if (const auto usage = member<Object>(event, "usage")) take_usage(*usage, true);
  } else if (type == "message_stop") {
    stopped_ = true;
  }
}

void MessagesDecoder::take_message(const Object& message, const OnDelta& on_delta) {
  if (const auto model = text_of(message, "model"); !model.empty()) model_ = model;
  const auto content = member<Array>(message, "content");
  if (!content) return;
  std::int64_t index = 0;
  for (const Element& entry : *content) {
    Object block;
    if (entry.get(block) == simdjson::SUCCESS) take_block(index, block, on_delta);
    ++index;
  }
}

void MessagesDecoder::take_block(std::int64_t index, const Object& block, const OnDelta& on_delta) {
  const std::string_view type = text_of(block, "type");
  if (type == "text") add(text_, CallEvent::Kind::visible, text_of(block, "text"), on_delta);
  if (type == "thinking") add(reasoning_, CallEvent::Kind::reasoning, text_of(block, "thinking"), on_delta);
  if (type == "redacted_thinking") ++redacted_;
  if (type == "fallback") take_fallback(block);
  if (type != "tool_use") return;
  Block& tool = blocks_[index];
  tool.call.id = text_of(block, "id");
  tool.call.name = text_of(block, "name");
  if (!tool.call.name.empty()) {
    any_payload_ = true;
    on_delta(CallEvent::Kind::tool, tool.call.name);
  }
  const auto input = member<Object>(block, "input");
  if (input && input->size() > 0) {
    tool.input = simdjson::minify(*input);
    on_delta(CallEvent::Kind::tool, tool.input);
  }
}

void MessagesDecoder::take_delta(std::int64_t index, const Object& delta, const OnDelta& on_delta) {
  const std::string_view type = text_of(delta, "type");
  if (type == "text_delta") add(text_, CallEvent::Kind::visible, text_of(delta, "text"), on_delta);
  if (type == "thinking_delta")
    add(reasoning_, CallEvent::Kind::reasoning, text_of(delta, "thinking"), on_delta);
  if (type != "input_json_delta") return;
  // Of a tool that the vendor runs it is heard, not kept.
  const auto found = blocks_.find(index);
  std::string elsewhere;
  add(found == blocks_.end() ? elsewhere : found->second.call.arguments, CallEvent::Kind::tool,
      text_of(delta, "partial_json"), on_delta);
}

// The vendor had another model answer than the one it began with.
void MessagesDecoder::take_fallback(const Object& block) {
  const auto to = member<Object>(block, "to");
  const std::string_view model = to ? text_of(*to, "model") : std::string_view{};
  if (!model.empty()) model_ = model;
}

void MessagesDecoder::take_stop(const Object& holder) {
  if (const auto reason = text_of(holder, "stop_reason"); !reason.empty()) stop_reason_ = reason;
  const auto details = member<Object>(holder, "stop_details");
  if (!details) return;
  refusal_category_ = text_of(*details, "category");
  refusal_text_ = text_of(*details, "explanation");
}

// Each count replaces the one before; a member that a later usage leaves out or has null stays.
void MessagesDecoder::take_usage(const Object& usage, bool output_counts) {
  if (!usage_.is_object()) usage_ = Json::object();
  Json told = Json::parse(std::string(simdjson::minify(usage)), nullptr, false);
  if (!told.is_object()) return;
  const auto written = told.find("cache_creation_input_tokens");
  // How the writes divide by lifetime is told at the start alone: of another number it says nothing.
  if (written != told.end() && !written->is_null() && !told.contains("cache_creation") &&
      usage_.contains("cache_creation_input_tokens") && usage_["cache_creation_input_tokens"] != *written)
    usage_.erase("cache_creation");
  for (const auto& [key, value] : told.items())
    if (!value.is_null()) usage_[key] = value;
  output_told_ = output_told_ || output_counts;
}

void MessagesDecoder::add(std::string& to, CallEvent::Kind kind, std::string_view piece,
                          const OnDelta& on_delta) {
  if (piece.empty()) return;
  to += piece;
  any_payload_ = true;
  on_delta(kind, piece);
}

void MessagesDecoder::describe(Attempt& attempt) const {
  attempt.text = text_;
  attempt.reasoning_text = reasoning_;
  attempt.finish_reason = stop_reason_;
  for (const auto& [index, block] : blocks_) {
    ToolCall call = block.call;
    if (call.arguments.empty()) call.arguments = block.input;
    attempt.tool_calls.push_back(std::move(call));
  }
  attempt.billing.served_model = model_;
  if (redacted_ > 0)
    attempt.notes.push_back(
        fmt::format("{} block{} of thinking came encrypted", redacted_, redacted_ == 1 ? "" : "s"));
  count(attempt);
}

void MessagesDecoder::count(Attempt& attempt) const {
  if (!usage_.is_object()) return;
  attempt.raw_usage = usage_.dump();
  Json counted = usage_;
  if (!output_told_) {
    for (const std::string_view name : kOutputMembers) counted.erase(std::string(name));
    attempt.notes.emplace_back("the stream broke before it told the output tokens");
  }
  const auto text = [&](const char* name) {
    const auto found = usage_.find(name);
    return found != usage_.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  // The fast mode has prices of its own, whatever the tier.
  attempt.billing.service_class = text("speed") == "fast" ? "fast" : text("service_tier");
  // "global" and "not_available" are the ordinary region, as in the price book.
  const std::string region = text("inference_geo");
  if (region != "global" && region != "not_available") attempt.billing.region = region;

  const std::string json = counted.dump();
  simdjson::dom::parser parser;
  Object counts;
  if (parser.parse(json).get(counts) != simdjson::SUCCESS) return;
  RawUsage raw;
  wire::fill_usage(raw, UsageDialect::anthropic, counts);
  wire::count_usage(attempt, UsageDialect::anthropic, raw, any_payload_);
}

std::optional<wire::Verdict> MessagesDecoder::verdict() const {
  if (stop_reason_ != "refusal") return std::nullopt;
  return wire::Verdict{Outcome::refused, refusal_category_, refusal_text_};
}

}  // namespace

std::unique_ptr<AnswerReader> make_anthropic_reader() {
  return wire::make_answer_reader(wire::Framing::sse, std::make_unique<MessagesDecoder>());
}

}  // namespace costwar
