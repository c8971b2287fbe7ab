#include "mock/responder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <variant>

#include "core/random.h"
#include "mock/answers.h"
#include "mock/compose.h"
#include "mock/gzip.h"
#include "mock/schema.h"
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

std::uint64_t share_of(std::uint64_t tokens, double share) {
  return static_cast<std::uint64_t>(static_cast<double>(tokens) * share);
}

// What a batch can show of a fault: its own kinds, and an error as JSON in place of an answer.
bool shows_in_batch(const Fault& fault) {
  return is_of_batches(fault.mode) || (fault.mode == FaultMode::status && fault.body == ErrorBody::own);
}

LineFate fate_of(const Fault* fault) {
  if (fault == nullptr) return LineFate::answered;
  if (fault->mode == FaultMode::batch_failed) return LineFate::fails;
  return fault->mode == FaultMode::batch_expired ? LineFate::expired : LineFate::answered;
}

// Everything so much later.
void delay(Reply& reply, Nanos by) {
  for (Piece& piece : reply.pieces) piece.after = piece.after + by;
  reply.end_after = reply.end_after + by;
}

// A reply to HEAD is the head alone.
void drop_body(Reply& reply) {
  reply.bytes.resize(reply.bytes.find("\r\n\r\n") + 4);
  reply.pieces.back().end = reply.bytes.size();
}

}  // namespace

Responder::Responder(const MockOptions& options)
    : options_(options),
      unknown_text_("I do not know."),
      batches_(
          {options.batch_duration, options.models.empty() ? 0 : options.models.front().seed},
          [this](const LineAsk& ask, std::int64_t created) { return answer_line(ask, created); },
          options.truth) {
  validate(options);
  if (options.unknown_tokens == 0) return;
  unknown_text_.clear();
  for (std::size_t i = 0; i < options.unknown_tokens; ++i) unknown_text_ += "tok ";
}

bool Responder::respond(const RequestHead& head, std::string_view body, Instant now, Reply& reply,
                        TruthRecord& truth) {
  ++counts_.requests;
  truth = {};
  route(head, body, {++serial_, now.second, head.keep_alive}, now.mono, reply, truth);
  if (truth.fault == "gzip" && head.accepts_gzip) compress(reply);
  if (truth.request != 0) delay(reply, options_.header_delay);
  if (truth.fault == "slow-headers") delay(reply, options_.slow_headers);
  if (head.method == "HEAD") drop_body(reply);
  if (!head.keep_alive && (reply.ending == Ending::keep || reply.ending == Ending::close_on_next))
    reply.ending = Ending::close;
  if (reply.status >= 400) ++counts_.refused;
  truth.status = reply.status;
  return truth.request != 0;
}

void Responder::refuse(const BadRequest& problem, Instant now, Reply& reply) {
  ++counts_.refused;
  compose_error(kChatDialect, {++serial_, now.second, false}, {problem.status, problem.message}, reply);
}

void Responder::route(const RequestHead& head, std::string_view body, ReplyId id, Mono now, Reply& reply,
                      TruthRecord& truth) {
  bool path_known = false;
  const Route* const found = find_route(head.method, head.path, path_known);
  if (found == nullptr) {
    const std::string message = fmt::format("there is nothing at {}", head.path);
    return compose_error(kChatDialect, id, {404, message, {}, "unknown_url"}, reply);
  }
  id.id_header = found->dialect->id_header;
  const std::string allow = fmt::format("Allow: {}\r\n", found->method);
  if (path_known) {
    id.headers = allow;
    return compose_error(*found->dialect, id,
                         {405, "the method is not allowed here", {}, "method_not_allowed"}, reply);
  }
  const std::string_view rest = without_version(head.path).substr(found->path.size());
  Exchange exchange{head, body, *found, rest, id, now, reply, truth};
  if (!found->open && !authorized(head))
    return fail(exchange, {401, "the API key is missing or wrong", {}, "invalid_api_key"});
  found->handler(*this, exchange);
}

void Responder::fail(Exchange& exchange, const ErrorReport& report) {
  compose_error(*exchange.route.dialect, exchange.id, report, exchange.reply);
}

bool Responder::authorized(const RequestHead& head) const {
  static constexpr std::string_view kBearer = "Bearer ";
  const std::string_view value = head.authorization;
  return options_.api_key.empty() || head.api_key == options_.api_key ||
         (value.starts_with(kBearer) && value.substr(kBearer.size()) == options_.api_key);
}

const MockModel* Responder::find_model(std::string_view name) const {
  const auto found = std::ranges::find(options_.models, name, &MockModel::name);
  return found == options_.models.end() ? nullptr : &*found;
}

void Responder::generate(const Dialect& dialect, Exchange& exchange) {
  const Json root = Json::parse(exchange.body, nullptr, false);
  if (!root.is_object())
    return compose_error(dialect, exchange.id, {400, "the body is not a JSON object"}, exchange.reply);
  const AskOrProblem read = dialect.read_request(root);
  if (const auto* problem = std::get_if<AskProblem>(&read))
    return compose_error(dialect, exchange.id, {400, problem->message, problem->param}, exchange.reply);
  const Ask& ask = std::get<Ask>(read);
  if (options_.prompt_cache && !exchange.in_batch)
    exchange.reply.prompt = PromptCache::steps(split_model_name(ask.model).base, root);
  answer(dialect, ask, exchange);
}

void Responder::answer(const Dialect& dialect, const Ask& ask, Exchange& exchange) {
  // llama-server's own API names no model: it serves one.
  const bool any = ask.model.empty() && dialect.bit == kCompletion;
  const ModelName name = split_model_name(any ? std::string_view(options_.models.front().name) : ask.model);
  const MockModel* model = find_model(name.base);
  const bool no_fault = name.malformed || (!name.fault.empty() && find_fault(name.fault) == nullptr);
  if (model == nullptr || no_fault) {
    const std::string message = fmt::format("the model '{}' does not exist", ask.model);
    return compose_error(dialect, exchange.id, {404, message, "model", "model_not_found"}, exchange.reply);
  }
  TruthRecord& truth = exchange.truth;
  truth.request = exchange.id.serial;
  truth.model = model->name;
  truth.stream = ask.stream;
  truth.dialect = dialect.name;
  truth.path = exchange.head.path;
  truth.prompt_hash = fnv1a(ask.prompt);
  for (const Gate& gate : gates_)
    if (!exchange.in_batch && gate(exchange, dialect, ask)) return;
  const Fault* fault = choose_fault(name, *model, dialect, ask, exchange.in_batch);
  if (fault != nullptr) {
    ++counts_.faulted;
    truth.fault = fault->name;
    if (fault->mode == FaultMode::status || fault->mode == FaultMode::wait_status ||
        fault->mode == FaultMode::batch_errored)
      return compose_refusal(dialect, exchange.id, *fault, exchange.reply);
  }
  compose(dialect, *model, ask, fault == nullptr ? FaultMode::none : fault->mode, exchange);
}

// The one in the model's name, else by the options' shares; nullptr where none applies to this attempt.
const Fault* Responder::choose_fault(const ModelName& name, const MockModel& model, const Dialect& dialect,
                                     const Ask& ask, bool in_batch) {
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
  if ((choice.fault->dialects & dialect.bit) == 0) return nullptr;
  if (in_batch ? !shows_in_batch(*choice.fault) : is_of_batches(choice.fault->mode)) return nullptr;
  return still_failing(choice, model.name, ask.prompt) ? choice.fault : nullptr;
}

bool Responder::still_failing(const Choice& choice, std::string_view model, std::string_view prompt) {
  if (choice.times == 0) return true;
  if (attempts_.size() >= kMostAttemptKeys) attempts_.clear();
  // "!fault:2" and "!fault:3" are counted apart: each fails as often as it says.
  const std::uint64_t seed = fnv1a(model) ^ fnv1a(trim_ascii(prompt)) ^ (std::uint64_t{choice.times} << 32U);
  const std::uint64_t key = RandomStream(seed, choice.fault->name).next();
  return attempts_[key]++ < choice.times;
}

std::string_view Responder::choose_text(const MockModel& model, std::string_view prompt, TruthRecord& truth) {
  ++counts_.chats;
  if (options_.echo) {
    ++counts_.unknown;
    return prompt;
  }
  const BookEntry* entry = options_.book.find(prompt);
  if (entry == nullptr) {
    ++counts_.unknown;
    return unknown_text_;
  }
  truth.known = true;
  truth.task = entry->task;
  truth.item = entry->item;
  const std::string_view drawn = entry->steps.empty() || entry->item.empty() ? prompt : entry->item;
  truth.correct = answers_correctly(model.seed, model.name, drawn, model.accuracy);
  ++(truth.correct ? counts_.correct : counts_.wrong);
  if (truth.correct) return entry->answer;
  if (!entry->wrong.empty()) return entry->wrong;
  wrong_text_ = wrong_answer(entry->answer);
  return wrong_text_;
}

const BookStep* Responder::choose_step(const Ask& ask) const {
  const BookEntry* entry = options_.book.find(ask.prompt);
  if (entry == nullptr || entry->steps.empty()) return nullptr;
  return &entry->steps[std::min(ask.tool_results, entry->steps.size() - 1)];
}

// nullptr: the request does not offer it, or allows no call.
const ToolSpec* Responder::offered_tool(const Ask& ask, std::string_view name) {
  if (ask.tool_choice == ToolRule::none) return nullptr;
  const auto found = std::ranges::find(ask.tools, name, &ToolSpec::name);
  return found == ask.tools.end() ? nullptr : &*found;
}

// The one that is named, else the one that the book wants, else the first where one is required.
const ToolSpec* Responder::choose_tool(const Ask& ask) const {
  if (ask.tools.empty() || ask.tool_choice == ToolRule::none) return nullptr;
  if (ask.tool_choice == ToolRule::named) return offered_tool(ask, ask.tool_name);
  const BookEntry* entry = options_.book.find(ask.prompt);
  if (entry != nullptr && !entry->tool.empty() && !ask.answers_tool)
    if (const ToolSpec* wanted = offered_tool(ask, entry->tool)) return wanted;
  return ask.tool_choice == ToolRule::required ? &ask.tools.front() : nullptr;
}

void Responder::compose(const Dialect& dialect, const MockModel& model, const Ask& ask, FaultMode mode,
                        Exchange& exchange) {
  TruthRecord& truth = exchange.truth;
  const double share =
      is_reasoning(mode) && model.reasoning_share <= 0.0 ? kShareUnderFault : model.reasoning_share;
  Generation g;
  g.id = exchange.id;
  g.model = model.name;
  g.service_tier = ask.service_tier;
  g.text = choose_text(model, ask.prompt, truth);
  const BookStep* step = truth.correct ? choose_step(ask) : nullptr;
  const ToolSpec* tool = step != nullptr ? offered_tool(ask, step->tool) : choose_tool(ask);
  if (step != nullptr) {
    g.text = tool != nullptr ? step->arguments : step->tool.empty() ? step->text : g.text;
  } else if (tool != nullptr || ask.answer_schema) {
    json_text_ = json_text(minimal_instance(tool != nullptr ? tool->schema : *ask.answer_schema, g.text));
    g.text = json_text_;
  }
  if (tool != nullptr) g.tool = tool->name;
  g.visible_tokens = count_tokens(g.text);
  g.reasoning_tokens = ask.reasoning || is_reasoning(mode) ? reasoning_tokens(share, g.visible_tokens) : 0;
  if (g.reasoning_tokens + g.visible_tokens > ask.max_tokens) {
    g.cut = true;
    g.reasoning_tokens = std::min(g.reasoning_tokens, ask.max_tokens);
    g.visible_tokens = ask.max_tokens - g.reasoning_tokens;
    g.text = g.text.substr(0, prefix_bytes(g.text, g.visible_tokens));
  }
  g.prompt_tokens = ask.prompt_tokens;
  g.cached_tokens = options_.prompt_cache ? std::min(prompts_.find(exchange.reply.prompt), ask.prompt_tokens)
                                          : share_of(ask.prompt_tokens, model.cached_share);
  g.written_tokens =
      std::min(share_of(ask.prompt_tokens, model.written_share), ask.prompt_tokens - g.cached_tokens);
  g.choices = mode == FaultMode::two_choices ? std::max<std::size_t>(ask.choices, 2) : ask.choices;
  g.include_usage = ask.include_usage;
  g.continuous_usage = ask.continuous_usage && model.flavour == Flavour::vllm;
  g.stamps = options_.stamps;
  g.reasoning_field = model.reasoning_field;
  g.flavour = model.flavour;
  g.show_reasoning =
      ask.show_reasoning || is_reasoning(mode) || model.reasoning_field != ReasoningField::hidden;
  g.pace = options_.pace;
  g.pace_seed = model.seed ^ exchange.id.serial;
  g.silence = options_.silence;
  truth.tool = g.tool;
  truth.prompt_tokens = g.prompt_tokens;
  truth.cached_tokens = g.cached_tokens;
  truth.written_tokens = g.written_tokens;
  truth.reasoning_tokens = g.reasoning_tokens * g.choices;
  truth.completion_tokens = truth.reasoning_tokens + g.visible_tokens * g.choices;
  if (ask.stream && mode != FaultMode::json_instead)
    compose_stream(dialect, g, mode, exchange.reply);
  else
    compose_json(dialect, g, mode, exchange.reply);
}

// By the route of its path, as if it had come alone; a line that no route of text takes is not found.
LineAnswer Responder::answer_line(const LineAsk& ask, std::int64_t created) {
  ++counts_.batch_lines;
  RequestHead head;
  head.method = "POST";
  head.path = ask.path;
  bool path_known = false;
  const Route* const found = find_route(head.method, head.path, path_known);
  LineAnswer line;
  const ReplyId id{++serial_, created, true};
  Reply reply;
  if (found == nullptr || path_known) {
    compose_error(kChatDialect, id, {404, "there is nothing at this address", {}, "unknown_url"}, reply);
  } else {
    const std::string body = ask.body.dump();
    Exchange exchange{head, body, *found, {}, id, {}, reply, line.truth, true};
    generate(*found->dialect, exchange);
  }
  line.truth.status = line.status = reply.status;
  line.json = reply.bytes.substr(reply.bytes.find("\r\n\r\n") + 4);
  line.fate = fate_of(line.truth.fault.empty() ? nullptr : find_fault(line.truth.fault));
  return line;
}

}  // namespace costwar::mock
