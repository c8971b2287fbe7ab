#include "mock/routes.h"

#include <fmt/format.h>

#include <array>

#include "mock/batch_routes.h"
#include "mock/compose.h"
#include "mock/responder.h"
#include "mock/vendor_routes.h"

namespace costwar::mock {
namespace {

void health(Responder& /*responder*/, Exchange& exchange) {
  compose_plain(exchange.id, 200, {}, R"({"status":"ok"})", exchange.reply);
}

void append_model(std::string& body, std::string_view name) {
  body += R"({"id":)";
  append_json_string(body, name);
  body += R"(,"object":"model","created":0,"owned_by":"costwar"})";
}

void list_models(Responder& responder, Exchange& exchange) {
  std::string body = R"({"object":"list","data":[)";
  for (const MockModel& model : responder.options().models) {
    if (!body.ends_with('[')) body += ',';
    append_model(body, model.name);
  }
  compose_plain(exchange.id, 200, {}, body + "]}", exchange.reply);
}

void show_model(Responder& responder, Exchange& exchange) {
  if (responder.find_model(exchange.rest) == nullptr)
    return responder.fail(
        exchange, {404, fmt::format("the model '{}' does not exist", exchange.rest), {}, "model_not_found"});
  std::string body;
  append_model(body, exchange.rest);
  compose_plain(exchange.id, 200, {}, body, exchange.reply);
}

void generate(Responder& responder, Exchange& exchange) {
  responder.generate(*exchange.route.dialect, exchange);
}

// Anthropic's: what a request would count, without max_tokens and without an answer.
void count_message_tokens(Responder& responder, Exchange& exchange) {
  Json root = Json::parse(exchange.body, nullptr, false);
  if (!root.is_object()) return responder.fail(exchange, {400, "the body is not a JSON object"});
  root["max_tokens"] = 1U;
  const AskOrProblem read = kMessagesDialect.read_request(root);
  if (const auto* problem = std::get_if<AskProblem>(&read))
    return responder.fail(exchange, {400, problem->message, problem->param});
  compose_plain(exchange.id, 200, {},
                fmt::format(R"({{"input_tokens":{}}})", std::get<Ask>(read).prompt_tokens), exchange.reply);
}

using enum PathMatch;
constexpr auto kRoutes = std::to_array<Route>({
    {"POST", "/chat/completions", exact, false, &kChatDialect, generate},
    {"POST", "/responses", exact, false, &kResponsesDialect, generate},
    {"POST", "/messages", exact, false, &kMessagesDialect, generate},
    {"POST", "/messages/count_tokens", exact, false, &kMessagesDialect, count_message_tokens},
    {"POST", "/completion", exact, false, &kCompletionDialect, generate},
    {"POST", "/api/chat", exact, false, &kOllamaChatDialect, generate},
    {"POST", "/api/generate", exact, false, &kOllamaGenerateDialect, generate},
    {"POST", "/files", exact, false, &kChatDialect, batch_routes::upload_file},
    {"GET", "/files/", prefix, false, &kChatDialect, batch_routes::show_file},
    {"DELETE", "/files/", prefix, false, &kChatDialect, batch_routes::delete_file},
    {"POST", "/batches", exact, false, &kChatDialect, batch_routes::create_batch},
    {"GET", "/batches", exact, false, &kChatDialect, batch_routes::list_batches},
    {"GET", "/batches/", prefix, false, &kChatDialect, batch_routes::show_batch},
    {"POST", "/batches/", prefix, false, &kChatDialect, batch_routes::cancel_batch},
    {"POST", "/messages/batches", exact, false, &kMessagesDialect, batch_routes::create_message_batch},
    {"GET", "/messages/batches", exact, false, &kMessagesDialect, batch_routes::list_message_batches},
    {"GET", "/messages/batches/", prefix, false, &kMessagesDialect, batch_routes::show_message_batch},
    {"POST", "/messages/batches/", prefix, false, &kMessagesDialect, batch_routes::cancel_message_batch},
    {"GET", "/models", exact, false, &kChatDialect, list_models},
    {"GET", "/models/", prefix, false, &kChatDialect, show_model},
    {"GET", "/health", exact, true, &kChatDialect, health},
    {"GET", "/api/tags", exact, false, &kOllamaChatDialect, ollama_tags},
    {"POST", "/api/show", exact, false, &kOllamaChatDialect, ollama_show},
    {"GET", "/api/ps", exact, false, &kOllamaChatDialect, ollama_running},
    {"GET", "/api/version", exact, false, &kOllamaChatDialect, ollama_version},
    {"GET", "/props", exact, false, &kCompletionDialect, llama_props},
    {"GET", "/slots", exact, false, &kCompletionDialect, llama_slots},
    {"GET", "/metrics", exact, false, &kCompletionDialect, llama_metrics},
    {"POST", "/tokenize", exact, false, &kCompletionDialect, llama_tokenize},
    {"POST", "/detokenize", exact, false, &kCompletionDialect, llama_detokenize},
});

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

const Route* find_route(std::string_view method, std::string_view path, bool& path_known) {
  const std::string_view bare = without_version(path);
  const Route* other = nullptr;
  for (const Route& route : kRoutes) {
    const bool here = route.match == exact ? bare == route.path : bare.starts_with(route.path);
    if (here && route.method == method) return &route;
    if (here && other == nullptr) other = &route;
  }
  path_known = other != nullptr;
  return other;
}

std::string_view without_version(std::string_view path) {
  return path.starts_with("/v1/") ? path.substr(3) : path;
}

}  // namespace costwar::mock
