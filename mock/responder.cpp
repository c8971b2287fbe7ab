#include "mock/responder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <variant>

#include "core/random.h"
#include "mock/gzip.h"
#include "mock/validate.h"

namespace costwar::mock {
namespace {

constexpr std::size_t kMostAttemptKeys = 1U << 20U;  // then the counting of attempts begins anew
constexpr double kShareUnderFault = 0.5;             // a reasoning fault for a model that does not reason

bool is_reasoning(FaultMode mode) {
  return mode == FaultMode::reasoning || mode == FaultMode::reasoning_content ||
         mode == FaultMode::reasoning_both;
}

std::uint64_t reasoning_tokens(double share, std::uint64_t visible) {
  if (share <= 0.0) return 0;
  const double tokens = std::round(static_cast<double>(visible) * share / (1.0 - share));
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(tokens), 1);
}

// Bytes of the first `tokens` tokens.
std::size_t prefix_bytes(std::string_view text, std::uint64_t tokens) {
  std::size_t at = 0;
  for (; tokens > 0 && at < text.size(); --tokens) at += token_bytes(text, at);
  return at;
}

// Both /v1/models and /models.
std::string_view without_version(std::string_view path) {
  return path.starts_with("/v1/") ? path.substr(3) : path;
}

// A reply to HEAD is the head alone.
void drop_body(Reply& reply) {
  reply.bytes.resize(reply.bytes.find("\r\n\r\n") + 4);
  reply.pieces.back().end = reply.bytes.size();
}

}  // namespace

Responder::Responder(const MockOptions& options) : options_(options), unknown_text_("I do not know.") {
  validate(options);
  if (options.unknown_tokens == 0) return;
  unknown_text_.clear();
  for (std::size_t i = 0; i < options.unknown_tokens; ++i) unknown_text_ += "tok ";
}

bool Responder::respond(const RequestHead& head, std::string_view body, std::int64_t created, Reply& reply,
                        TruthRecord& truth) {
  ++counts_.requests;
  truth = {};
  const ReplyId id{++serial_, created, head.keep_alive};
  route(head, body, id, reply, truth);
  if (truth.fault == "gzip" && head.accepts_gzip) compress(reply);
  if (head.method == "HEAD") drop_body(reply);
  if (!head.keep_alive && (reply.ending == Ending::keep || reply.ending == Ending::close_on_next))
    reply.ending = Ending::close;
  if (reply.status >= 400) ++counts_.refused;
  truth.status = reply.status;
  return truth.request != 0;
}

void Responder::refuse(const BadRequest& problem, std::int64_t created, Reply& reply) {
  ++counts_.refused;
  compose_error({++serial_, created, false}, problem.status, problem.message, {}, {}, reply);
}

void Responder::route(const RequestHead& head, std::string_view body, const ReplyId& id, Reply& reply,
                      TruthRecord& truth) {
  const std::string_view path = without_version(head.path);
  const bool is_chat = path == "/chat/completions";
  const bool is_health = path == "/health";
  const bool is_models = path == "/models" || path.starts_with("/models/");
  if (!is_chat && !is_health && !is_models)
    return compose_error(id, 404, fmt::format("there is nothing at {}", head.path), {}, "unknown_url", reply);
  if (head.method != (is_chat ? "POST" : "GET"))
    return compose_plain(
        id, 405, is_chat ? "Allow: POST\r\n" : "Allow: GET\r\n",
        R"({"error":{"message":"the method is not allowed here","type":"invalid_request_error",)"
        R"("param":null,"code":"method_not_allowed"}})",
        reply);
  if (is_health) return compose_plain(id, 200, {}, R"({"status":"ok"})", reply);
  if (!authorized(head))
    return compose_error(id, 401, "the API key is missing or wrong", {}, "invalid_api_key", reply);
  if (is_chat) return chat(body, id, reply, truth);
  if (path == "/models") return list_models(id, reply);
  show_model(path.substr(std::string_view("/models/").size()), id, reply);
}

bool Responder::authorized(const RequestHead& head) const {
  static constexpr std::string_view kBearer = "Bearer ";
  const std::string_view value = head.authorization;
  return options_.api_key.empty() ||
         (value.starts_with(kBearer) && value.substr(kBearer.size()) == options_.api_key);
}

const MockModel* Responder::find_model(std::string_view name) const {
  const auto found = std::ranges::find(options_.models, name, &MockModel::name);
  return found == options_.models.end() ? nullptr : &*found;
}

void Responder::list_models(const ReplyId& id, Reply& reply) const {
  std::string body = R"({"object":"list","data":[)";
  for (const MockModel& model : options_.models) {
    if (&model != &options_.models.front()) body += ',';
    body += R"({"id":)";
    append_json_string(body, model.name);
    body += R"(,"object":"model","created":0,"owned_by":"costwar"})";
  }
  compose_plain(id, 200, {}, body + "]}", reply);
}

void Responder::show_model(std::string_view name, const ReplyId& id, Reply& reply) const {
  if (find_model(name) == nullptr)
    return compose_error(id, 404, fmt::format("the model '{}' does not exist", name), {}, "model_not_found",
                         reply);
  std::string body = R"({"id":)";
  append_json_string(body, name);
  compose_plain(id, 200, {}, body + R"(,"object":"model","created":0,"owned_by":"costwar"})", reply);
}

void Responder::chat(std::string_view body, const ReplyId& id, Reply& reply, TruthRecord& truth) {
  const std::variant<ChatAsk, ChatProblem> read = read_chat_request(body);
  if (const auto* problem = std::get_if<ChatProblem>(&read))
    return compose_error(id, 400, problem->message, problem->param, {}, reply);
  const ChatAsk& ask = std::get<ChatAsk>(read);
  const ModelName name = split_model_name(ask.model);
  const MockModel* model = find_model(name.base);
  const bool no_fault = name.malformed || (!name.fault.empty() && find_fault(name.fault) == nullptr);
  if (model == nullptr || no_fault)
    return compose_error(id, 404, fmt::format("the model '{}' does not exist", ask.model), "model",
                         "model_not_found", reply);
  const Fault* fault = choose_fault(name, *model, ask);
  truth.request = id.serial;
  truth.model = model->name;
  truth.stream = ask.stream;
  if (fault != nullptr) {
    ++counts_.faulted;
    truth.fault = fault->name;
    if (fault->mode == FaultMode::status || fault->mode == FaultMode::wait_status)
      return compose_refusal(id, *fault, reply);
  }
  generate(*model, ask, fault, id, reply, truth);
}

// The one in the model's name, else by the options' shares; nullptr where none applies to this attempt.
const Fault* Responder::choose_fault(const ModelName& name, const MockModel& model, const ChatAsk& ask) {
  Choice choice;
  if (!name.fault.empty()) {
    choice.fault = find_fault(name.fault);
    choice.times = name.times.value_or(choice.fault->times);
  } else if (!options_.faults.empty()) {
    double draw = RandomStream(model.seed ^ fnv1a(trim_ascii(ask.prompt)), "fault").unit();
    for (const FaultShare& share : options_.faults) {
      if (draw < share.share) {
        choice.fault = find_fault(share.fault);
        choice.times = share.times.value_or(choice.fault->times);
        break;
      }
      draw -= share.share;
    }
  }
  if (choice.fault == nullptr || (choice.fault->stream_only && !ask.stream)) return nullptr;
  return still_failing(choice, model.name, ask.prompt) ? choice.fault : nullptr;
}

bool Responder::still_failing(const Choice& choice, std::string_view model, std::string_view prompt) {
  if (choice.times == 0) return true;
  if (attempts_.size() >= kMostAttemptKeys) attempts_.clear();
  const std::uint64_t key = RandomStream(fnv1a(model) ^ fnv1a(trim_ascii(prompt)), choice.fault->name).next();
  return attempts_[key]++ < choice.times;
}

std::string_view Responder::choose_text(const MockModel& model, std::string_view prompt, TruthRecord& truth) {
  ++counts_.chats;
  const BookEntry* entry = options_.book.find(prompt);
  if (entry == nullptr) {
    ++counts_.unknown;
    return unknown_text_;
  }
  truth.known = true;
  truth.task = entry->task;
  truth.item = entry->item;
  truth.correct = answers_correctly(model.seed, model.name, prompt, model.accuracy);
  ++(truth.correct ? counts_.correct : counts_.wrong);
  if (truth.correct) return entry->answer;
  wrong_text_ = wrong_answer(entry->answer);
  return wrong_text_;
}

void Responder::generate(const MockModel& model, const ChatAsk& ask, const Fault* fault, const ReplyId& id,
                         Reply& reply, TruthRecord& truth) {
  const FaultMode mode = fault == nullptr ? FaultMode::none : fault->mode;
  const double share =
      is_reasoning(mode) && model.reasoning_share <= 0.0 ? kShareUnderFault : model.reasoning_share;
  Generation g;
  g.id = id;
  g.model = model.name;
  g.service_tier = ask.service_tier;
  g.text = choose_text(model, ask.prompt, truth);
  g.visible_tokens = count_tokens(g.text);
  g.reasoning_tokens = ask.reasoning || is_reasoning(mode) ? reasoning_tokens(share, g.visible_tokens) : 0;
  if (g.reasoning_tokens + g.visible_tokens > ask.max_tokens) {
    g.cut = true;
    g.reasoning_tokens = std::min(g.reasoning_tokens, ask.max_tokens);
    g.visible_tokens = ask.max_tokens - g.reasoning_tokens;
    g.text = g.text.substr(0, prefix_bytes(g.text, g.visible_tokens));
  }
  g.prompt_tokens = ask.prompt_tokens;
  g.cached_tokens = static_cast<std::uint64_t>(static_cast<double>(ask.prompt_tokens) * model.cached_share);
  g.choices = mode == FaultMode::two_choices ? std::max<std::size_t>(ask.choices, 2) : ask.choices;
  g.include_usage = ask.include_usage;
  g.stamps = options_.stamps;
  g.reasoning_field = model.reasoning_field;
  g.pace = options_.pace;
  g.pace_seed = model.seed ^ id.serial;
  g.silence = options_.silence;
  truth.prompt_tokens = g.prompt_tokens;
  truth.cached_tokens = g.cached_tokens;
  truth.reasoning_tokens = g.reasoning_tokens * g.choices;
  truth.completion_tokens = truth.reasoning_tokens + g.visible_tokens * g.choices;
  if (ask.stream && mode != FaultMode::json_instead)
    compose_stream(g, mode, reply);
  else
    compose_json(g, mode, reply);
}

}  // namespace costwar::mock
