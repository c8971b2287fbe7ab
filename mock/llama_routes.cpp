#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "mock/answers.h"
#include "mock/fields.h"
#include "mock/responder.h"
#include "mock/schema.h"
#include "mock/vendor_routes.h"

namespace costwar::mock {
namespace {

constexpr unsigned kContext = 1'048'576;  // tokens; nothing is cut to it

std::size_t slots(const Responder& responder) {
  return std::max<std::size_t>(responder.options().pace.slots, 1);
}

std::uint32_t number_of(std::string_view token) {
  std::uint32_t number = 0;
  for (const char c : token) number = (number << 8U) | static_cast<unsigned char>(c);
  return number;
}

void append_token(std::string& text, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8)
    if ((number >> shift) != 0) text += static_cast<char>((number >> shift) & 0xFFU);
}

}  // namespace

void llama_props(Responder& responder, Exchange& exchange) {
  std::string name;
  append_json_string(name, responder.options().models.front().name);
  compose_plain(exchange.id, 200, {},
                fmt::format(R"({{"default_generation_settings":{{"id":0,"n_ctx":{},"params":{{}}}},)"
                            R"("total_slots":{},"model_alias":{},"model_path":{},"chat_template":"",)"
                            R"("build_info":"mock","modalities":{{"vision":false,"audio":false}}}})",
                            kContext, slots(responder), name, name),
                exchange.reply);
}

void llama_slots(Responder& responder, Exchange& exchange) {
  std::string body = "[";
  for (std::size_t slot = 0; slot < slots(responder); ++slot)
    fmt::format_to(std::back_inserter(body),
                   R"({}{{"id":{},"n_ctx":{},"speculative":false,"is_processing":false}})",
                   slot == 0 ? "" : ",", slot, kContext);
  compose_plain(exchange.id, 200, {}, body + "]", exchange.reply);
}

void llama_metrics(Responder& responder, Exchange& exchange) {
  const std::string text = fmt::format(
      "# HELP llamacpp:requests_total Requests that were answered with generated text.\n"
      "# TYPE llamacpp:requests_total counter\nllamacpp:requests_total {}\n",
      responder.counts().chats);
  append_head(exchange.reply.bytes, exchange.id, 200, "text/plain; version=0.0.4", {});
  fmt::format_to(std::back_inserter(exchange.reply.bytes), "Content-Length: {}\r\n\r\n{}", text.size(), text);
  exchange.reply.ending = exchange.id.keep_alive ? Ending::keep : Ending::close;
  add_piece(exchange.reply, {}, 0);
}

void llama_tokenize(Responder& responder, Exchange& exchange) {
  const Json root = Json::parse(exchange.body, nullptr, false);
  const Json* content = member(root, "content");
  if (content == nullptr || !content->is_string())
    return responder.fail(exchange, {400, "'content' must be a string", "content"});
  const std::string_view text = content->get_ref<const std::string&>();
  std::string body = R"({"tokens":[)";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = token_bytes(text, at);
    fmt::format_to(std::back_inserter(body), "{}{}", at == 0 ? "" : ",", number_of(text.substr(at, length)));
    at += length;
  }
  compose_plain(exchange.id, 200, {}, body + "]}", exchange.reply);
}

void llama_detokenize(Responder& responder, Exchange& exchange) {
  const Json root = Json::parse(exchange.body, nullptr, false);
  const Json* tokens = member(root, "tokens");
  if (tokens == nullptr || !tokens->is_array())
    return responder.fail(exchange, {400, "'tokens' must be an array", "tokens"});
  std::string text;
  for (const Json& token : *tokens)
    if (token.is_number_unsigned()) append_token(text, token.get<std::uint32_t>());
  compose_plain(exchange.id, 200, {}, json_text(Json{{"content", text}}), exchange.reply);
}

}  // namespace costwar::mock
