#include "mock/routes.h"

#include <fmt/format.h>

#include <array>

#include "mock/compose.h"
#include "mock/responder.h"

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

using enum PathMatch;
constexpr auto kRoutes = std::to_array<Route>({
    {"POST", "/chat/completions", exact, false, &kChatDialect, generate},
    {"GET", "/models", exact, false, &kChatDialect, list_models},
    {"GET", "/models/", prefix, false, &kChatDialect, show_model},
    {"GET", "/health", exact, true, &kChatDialect, health},
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
