#include "providers/dialects/openai_responses_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

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

constexpr std::int64_t kMostLost = 1'000'000;  // in one gap; more is a number that means nothing

// What an item is made of.
enum class Part { text, refusal, reasoning, summary, name, arguments };

CallEvent::Kind kind_of(Part part) {
  if (part == Part::text || part == Part::refusal) return CallEvent::Kind::visible;
  if (part == Part::reasoning || part == Part::summary) return CallEvent::Kind::reasoning;
  return CallEvent::Kind::tool;
}

// "response.TYPE.delta" and "response.TYPE.done": a piece of a part, and all of it.
struct PieceRow {
  std::string_view type;
  Part part;
  std::string_view whole;  // the member of .done that holds it
};
constexpr std::array kPieces{
    PieceRow{"response.output_text", Part::text, "text"},
    PieceRow{"response.refusal", Part::refusal, "refusal"},
    PieceRow{"response.reasoning_text", Part::reasoning, "text"},
    PieceRow{"response.reasoning_summary_text", Part::summary, "text"},
    PieceRow{"response.function_call_arguments", Part::arguments, "arguments"},
};

// The parts inside a finished item's content.
struct ContentRow {
  std::string_view type;
  Part part;
  std::string_view whole;
};
constexpr std::array kContents{
    ContentRow{"output_text", Part::text, "text"},
    ContentRow{"refusal", Part::refusal, "refusal"},
    ContentRow{"reasoning_text", Part::reasoning, "text"},
    ContentRow{"summary_text", Part::summary, "text"},
};

// What an answer says, put together.
struct Said {
  std::string text, refusal, reasoning;
  std::vector<ToolCall> calls;
};

// The items of an answer, by their index, from deltas and from finished items.
class Items {
 public:
  void add(std::int64_t index, Part part, std::int64_t place, std::string_view piece,
           const OnDelta& on_delta);

  // All of a part. What no delta told is told now; where the deltas were not its beginning, it replaces them.
  void complete(std::int64_t index, Part part, std::int64_t place, std::string_view whole,
                const OnDelta& on_delta);
  void take_item(std::int64_t index, const Object& item, const OnDelta& on_delta);
  Said said() const;
  bool repaired() const { return repaired_; }

 private:
  struct Item {
    std::map<std::pair<Part, std::int64_t>, std::string> parts;
    std::string call_id;
  };

  void take_contents(std::int64_t index, const Object& item, std::string_view name, const OnDelta& on_delta);
  static std::string joined(const Item& item, Part part, std::string_view between);

  std::map<std::int64_t, Item> items_;
  bool repaired_ = false;
};

void Items::add(std::int64_t index, Part part, std::int64_t place, std::string_view piece,
                const OnDelta& on_delta) {
  if (piece.empty()) return;
  items_[index].parts[{part, place}] += piece;
  on_delta(kind_of(part), piece);
}

void Items::complete(std::int64_t index, Part part, std::int64_t place, std::string_view whole,
                     const OnDelta& on_delta) {
  if (whole.empty()) return;
  std::string& known = items_[index].parts[{part, place}];
  if (known == whole) return;
  repaired_ = repaired_ || !known.empty();
  if (whole.starts_with(known)) return add(index, part, place, whole.substr(known.size()), on_delta);
  known = whole;
}

void Items::take_item(std::int64_t index, const Object& item, const OnDelta& on_delta) {
  const std::string_view type = text_of(item, "type");
  if (type == "message" || type == "reasoning") {
    take_contents(index, item, "content", on_delta);
    if (type == "reasoning") take_contents(index, item, "summary", on_delta);
    return;
  }
  if (type != "function_call") return;
  if (const auto id = text_of(item, "call_id"); !id.empty()) items_[index].call_id = id;
  complete(index, Part::name, 0, text_of(item, "name"), on_delta);
  complete(index, Part::arguments, 0, text_of(item, "arguments"), on_delta);
}

void Items::take_contents(std::int64_t index, const Object& item, std::string_view name,
                          const OnDelta& on_delta) {
  const auto contents = member<Array>(item, name);
  if (!contents) return;
  std::int64_t place = 0;
  for (const Element& entry : *contents) {
    const std::int64_t here = place++;
    Object content;
    if (entry.get(content) != simdjson::SUCCESS) continue;
    for (const ContentRow& row : kContents)
      if (text_of(content, "type") == row.type)
        complete(index, row.part, here, text_of(content, row.whole), on_delta);
  }
}

std::string Items::joined(const Item& item, Part part, std::string_view between) {
  std::string text;
  for (const auto& [key, piece] : item.parts) {
    if (key.first != part) continue;
    if (!text.empty()) text += between;
    text += piece;
  }
  return text;
}

Said Items::said() const {
  Said said;
  for (const auto& [index, item] : items_) {
    said.text += joined(item, Part::text, {});
    said.refusal += joined(item, Part::refusal, {});
    // Servers that show their reasoning may summarise it besides.
    std::string reasoning = joined(item, Part::reasoning, {});
    if (reasoning.empty()) reasoning = joined(item, Part::summary, "\n\n");
    said.reasoning += reasoning;
    ToolCall call{item.call_id, joined(item, Part::name, {}), joined(item, Part::arguments, {})};
    if (call != ToolCall{}) said.calls.push_back(std::move(call));
  }
  return said;
}

class ResponsesDecoder final : public wire::AnswerDecoder {
 public:
  bool take(const wire::Frame& frame, const OnDelta& on_delta) override;
  bool take_whole(std::string_view json, const OnDelta& on_delta) override;
  const std::optional<ApiError>& error() const override { return error_; }
  bool any_answer() const override { return any_event_; }
  bool terminal() const override { return terminal_; }
  bool finished() const override { return terminal(); }  // the terminal event is both
  std::string_view end_marker() const override { return "response.completed"; }
  std::string_view what() const override { return "response"; }
  void describe(Attempt& attempt) const override;
  std::optional<wire::Verdict> verdict() const override;

 private:
  void count_sequence(const Object& event);
  void take_event(std::string_view type, const Object& event, const OnDelta& on_delta);
  void take_piece(const PieceRow& row, bool whole, const Object& event, const OnDelta& on_delta);
  void take_response(const Object& response);
  void take_output(const Object& response, const OnDelta& on_delta);
  void take_end(std::string_view status, const std::optional<Object>& response, const OnDelta& on_delta);

  simdjson::dom::parser parser_;
  Items items_;
  std::optional<Said> whole_;  // once the answer has ended
  bool any_event_ = false;
  bool terminal_ = false;
  bool repaired_ = false;
  std::optional<std::int64_t> sequence_;
  std::int64_t lost_ = 0;
  std::int64_t web_searches_ = 0;
  std::optional<ApiError> error_;
  std::optional<RawUsage> usage_;
  std::string raw_usage_, model_, service_class_, finish_reason_;
};

std::int64_t place_of(const Object& event, std::string_view name) {
  return wire::whole_number(event, name).value_or(0);
}

bool ResponsesDecoder::take(const wire::Frame& frame, const OnDelta& on_delta) {
  if (frame.data.starts_with("[DONE]")) return true;
  const bool named_error = frame.event == "error";
  Element root;
  if (parser_.parse(frame.data.data(), frame.data.size()).get(root) != simdjson::SUCCESS) return false;
  Object event;
  if (root.get(event) != simdjson::SUCCESS) {
    if (named_error && !error_) error_ = wire::read_error(root);
    return named_error;
  }
  count_sequence(event);
  std::string_view type = text_of(event, "type");
  if (type.empty()) type = frame.event;
  if (const auto error =
          wire::read_event_error(event, type == "error" || text_of(event, "object") == "error")) {
    if (!error_) error_ = *error;
  } else {
    take_event(type, event, on_delta);
  }
  return true;
}

bool ResponsesDecoder::take_whole(std::string_view json, const OnDelta& on_delta) {
  Element root;
  if (parser_.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return false;
  Object response;
  if (root.get(response) != simdjson::SUCCESS) return true;
  const auto error = member<Element>(response, "error");
  if (error && wire::truthy(*error)) error_ = wire::read_error(*error);
  if (text_of(response, "object") == "response" || member<Array>(response, "output")) {
    any_event_ = true;
    take_response(response);
    take_end(text_of(response, "status"), response, on_delta);
  }
  return true;
}

// The numbers of a stream rise by one; where they do not rise at all, the server does not count.
void ResponsesDecoder::count_sequence(const Object& event) {
  const auto number = wire::whole_number(event, "sequence_number");
  if (!number || *number < 0) return;
  if (sequence_ && *number - *sequence_ > 1) lost_ += std::min(*number - *sequence_ - 1, kMostLost);
  sequence_ = *number;
}

void ResponsesDecoder::take_event(std::string_view type, const Object& event, const OnDelta& on_delta) {
  if (!type.starts_with("response.")) return;
  any_event_ = true;
  const std::string_view last = type.substr(type.rfind('.') + 1);
  const std::string_view stem = type.substr(0, type.size() - last.size() - 1);
  const auto response = member<Object>(event, "response");
  if (response) take_response(*response);
  if (stem == "response" && (last == "completed" || last == "incomplete" || last == "failed")) {
    terminal_ = true;
    return take_end(last, response, on_delta);
  }
  if (stem == "response.output_item") {
    if (const auto item = member<Object>(event, "item"))
      items_.take_item(place_of(event, "output_index"), *item, on_delta);
    return;
  }
  if (last != "delta" && last != "done") return;
  for (const PieceRow& row : kPieces)
    if (row.type == stem) return take_piece(row, last == "done", event, on_delta);
  // Of tools that the vendor runs: heard, not kept.
  if (const auto piece = text_of(event, "delta"); last == "delta" && !piece.empty())
    on_delta(CallEvent::Kind::tool, piece);
}

void ResponsesDecoder::take_piece(const PieceRow& row, bool whole, const Object& event,
                                  const OnDelta& on_delta) {
  const std::int64_t index = place_of(event, "output_index");
  const std::int64_t place = place_of(event, row.part == Part::summary ? "summary_index" : "content_index");
  if (whole)
    items_.complete(index, row.part, place, text_of(event, row.whole), on_delta);
  else
    items_.add(index, row.part, place, text_of(event, "delta"), on_delta);
}

void ResponsesDecoder::take_response(const Object& response) {
  if (const auto model = text_of(response, "model"); !model.empty()) model_ = model;
  if (const auto tier = wire::service_class_of(text_of(response, "service_tier")); !tier.empty())
    service_class_ = tier;
  const auto usage = member<Object>(response, "usage");
  if (!usage) return;
  RawUsage raw;
  wire::fill_usage(raw, UsageDialect::openai, *usage);
  if (raw == RawUsage{} && usage_) return;  // it counts nothing, so what was counted stays
  usage_ = raw;
  raw_usage_ = simdjson::minify(*usage);
}

// The finished answer repeats what was streamed, and some servers leave items out of it, so it counts member
// by member where it has one.
void ResponsesDecoder::take_output(const Object& response, const OnDelta& on_delta) {
  const auto output = member<Array>(response, "output");
  if (!output) return;
  Items finished;
  std::int64_t index = 0;
  for (const Element& entry : *output) {
    Object item;
    if (entry.get(item) != simdjson::SUCCESS) continue;
    if (text_of(item, "type") == "web_search_call") ++web_searches_;
    finished.take_item(index++, item, [](CallEvent::Kind, std::string_view) {});
  }
  Said said = finished.said();
  const auto settle = [&](std::string& known, std::string& told, CallEvent::Kind kind) {
    if (told.empty() || known == told) return;
    if (known.empty()) on_delta(kind, told);
    repaired_ = repaired_ || !known.empty();
    known = std::move(told);
  };
  settle(whole_->reasoning, said.reasoning, CallEvent::Kind::reasoning);
  settle(whole_->text, said.text, CallEvent::Kind::visible);
  settle(whole_->refusal, said.refusal, CallEvent::Kind::visible);
  if (said.calls.empty() || said.calls == whole_->calls) return;
  repaired_ = repaired_ || !whole_->calls.empty();
  if (whole_->calls.empty())
    for (const ToolCall& call : said.calls)
      for (const std::string& piece : {call.name, call.arguments})
        if (!piece.empty()) on_delta(CallEvent::Kind::tool, piece);
  whole_->calls = std::move(said.calls);
}

// status: the end of the event's type, or the status of a whole answer.
void ResponsesDecoder::take_end(std::string_view status, const std::optional<Object>& response,
                                const OnDelta& on_delta) {
  whole_ = items_.said();
  if (response) take_output(*response, on_delta);
  finish_reason_ = status;
  if (status == "incomplete" && response) {
    const auto details = member<Object>(*response, "incomplete_details");
    if (const auto reason = details ? text_of(*details, "reason") : std::string_view{}; !reason.empty())
      finish_reason_ = reason;
  }
  if (error_ || status.empty() || status == "completed" || status == "incomplete") return;
  // "failed" or "cancelled"; "queued" or "in_progress" of an answer that was to be fetched later.
  const auto error = response ? member<Element>(*response, "error") : std::nullopt;
  error_ = error && wire::truthy(*error)
               ? wire::read_error(*error)
               : ApiError{std::string(status), "the response says no more than that"};
}

void ResponsesDecoder::describe(Attempt& attempt) const {
  Said said = whole_ ? *whole_ : items_.said();
  const bool any_payload = !said.text.empty() || !said.refusal.empty() || !said.reasoning.empty();
  attempt.text = std::move(said.text.empty() ? said.refusal : said.text);
  attempt.reasoning_text = std::move(said.reasoning);
  attempt.tool_calls = std::move(said.calls);
  attempt.finish_reason = finish_reason_;
  attempt.billing.served_model = model_;
  attempt.billing.service_class = service_class_;
  attempt.raw_usage = raw_usage_;
  if (web_searches_ > 0) attempt.extra = fmt::format(R"({{"web_search_calls":{}}})", web_searches_);
  if (lost_ > 0)
    attempt.notes.push_back(
        fmt::format("{} event{} lost: the sequence numbers have a gap", lost_, lost_ == 1 ? "" : "s"));
  if (repaired_ || items_.repaired())
    attempt.notes.emplace_back("the deltas were not the whole answer; the finished one is kept");
  if (usage_)
    wire::count_usage(attempt, UsageDialect::openai, *usage_, any_payload || !attempt.tool_calls.empty());
}

std::optional<wire::Verdict> ResponsesDecoder::verdict() const {
  if (finish_reason_ == "content_filter") return wire::Verdict{Outcome::content_filter};
  const bool refused = whole_ ? !whole_->refusal.empty() : !items_.said().refusal.empty();
  if (refused) return wire::Verdict{Outcome::refused};
  return std::nullopt;
}

}  // namespace

std::unique_ptr<AnswerReader> make_openai_responses_reader() {
  return wire::make_answer_reader(wire::Framing::sse, std::make_unique<ResponsesDecoder>());
}

}  // namespace costwar
