#include <fmt/format.h>

#include <iterator>

#include "mock/fields.h"
#include "mock/responder.h"
#include "mock/vendor_routes.h"

namespace costwar::mock {
namespace {

constexpr std::string_view kDetails =
    R"({"parent_model":"","format":"gguf","family":"mock","families":["mock"],"parameter_size":"0B",)"
    R"("quantization_level":"F16"})";

}  // namespace

void ollama_tags(Responder& responder, Exchange& exchange) {
  std::string body = R"({"models":[)";
  for (const MockModel& model : responder.options().models) {
    if (!body.ends_with('[')) body += ',';
    body += R"({"name":)";
    append_json_string(body, model.name);
    body += R"(,"model":)";
    append_json_string(body, model.name);
    fmt::format_to(std::back_inserter(body),
                   R"(,"modified_at":"1970-01-01T00:00:00Z","size":0,"digest":"{:064x}","details":{}}})", 0,
                   kDetails);
  }
  compose_plain(exchange.id, 200, {}, body + "]}", exchange.reply);
}

void ollama_show(Responder& responder, Exchange& exchange) {
  const Json root = Json::parse(exchange.body, nullptr, false);
  std::string_view name = text_of(root, "model");
  if (name.empty()) name = text_of(root, "name");
  if (responder.find_model(name) == nullptr) {
    const std::string message = fmt::format("model '{}' not found", name);
    return responder.fail(exchange, {404, message});
  }
  compose_plain(exchange.id, 200, {},
                fmt::format(R"({{"modelfile":"","parameters":"","template":"","details":{},)"
                            R"("model_info":{{"general.architecture":"mock","mock.context_length":1048576}},)"
                            R"("capabilities":["completion","tools","thinking"]}})",
                            kDetails),
                exchange.reply);
}

void ollama_running(Responder& /*responder*/, Exchange& exchange) {
  compose_plain(exchange.id, 200, {}, R"({"models":[]})", exchange.reply);
}

void ollama_version(Responder& /*responder*/, Exchange& exchange) {
  compose_plain(exchange.id, 200, {}, R"({"version":"0.0.0"})", exchange.reply);
}

}  // namespace costwar::mock
