#include "mock/batch_routes.h"

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>

#include "mock/responder.h"
#include "mock/routes.h"

namespace costwar::mock::batch_routes {
namespace {

void send(Responder& responder, Exchange& exchange, const DeskReply& answer) {
  if (answer.status >= 400)
    return responder.fail(exchange, {answer.status, answer.body, answer.param, answer.code});
  Reply& reply = exchange.reply;
  append_head(reply.bytes, exchange.id, answer.status, answer.media, {});
  fmt::format_to(std::back_inserter(reply.bytes), "Content-Length: {}\r\n\r\n", answer.body.size());
  reply.bytes += answer.body;
  reply.status = answer.status;
  reply.ending = exchange.id.keep_alive ? Ending::keep : Ending::close;
  add_piece(reply, {}, 0);
}

void nothing_here(Responder& responder, Exchange& exchange) {
  send(responder, exchange,
       {404, fmt::format("there is nothing at {}", exchange.head.path), {}, {}, "unknown_url"});
}

// True when the rest of the path is "ID/word"; then `id` is the ID. False leaves all of the rest in it.
bool ends_with_word(std::string_view rest, std::string_view word, std::string_view& id) {
  id = rest;
  if (rest.size() <= word.size() + 1 || !rest.ends_with(word)) return false;
  const std::string_view before = rest.substr(0, rest.size() - word.size());
  if (before.back() != '/') return false;
  id = before.substr(0, before.size() - 1);
  return true;
}

// What the addresses in a reply begin with: as the client called this server.
std::string base(const Exchange& exchange) {
  return "http://" + (exchange.head.host.empty() ? "127.0.0.1" : exchange.head.host);
}

}  // namespace

void upload_file(Responder& responder, Exchange& exchange) {
  send(responder, exchange,
       responder.batches().openai.upload(exchange.head.content_type, exchange.body, exchange.id.created));
}

void show_file(Responder& responder, Exchange& exchange) {
  const OpenAiBatches& desk = responder.batches().openai;
  std::string_view id;
  const bool content = ends_with_word(exchange.rest, "content", id);
  send(responder, exchange, content ? desk.file_content(id) : desk.show_file(id));
}

void delete_file(Responder& responder, Exchange& exchange) {
  send(responder, exchange, responder.batches().openai.delete_file(exchange.rest));
}

void create_batch(Responder& responder, Exchange& exchange) {
  send(responder, exchange,
       responder.batches().openai.create(exchange.body, exchange.now, exchange.id.created));
}

void list_batches(Responder& responder, Exchange& exchange) {
  send(responder, exchange, responder.batches().openai.list(exchange.head.query, exchange.now));
}

void show_batch(Responder& responder, Exchange& exchange) {
  send(responder, exchange, responder.batches().openai.show(exchange.rest, exchange.now));
}

void cancel_batch(Responder& responder, Exchange& exchange) {
  std::string_view id;
  if (!ends_with_word(exchange.rest, "cancel", id)) return nothing_here(responder, exchange);
  send(responder, exchange, responder.batches().openai.cancel(id, exchange.now));
}

void create_message_batch(Responder& responder, Exchange& exchange) {
  send(
      responder, exchange,
      responder.batches().anthropic.create(exchange.body, base(exchange), exchange.now, exchange.id.created));
}

void list_message_batches(Responder& responder, Exchange& exchange) {
  send(responder, exchange,
       responder.batches().anthropic.list(exchange.head.query, base(exchange), exchange.now));
}

void show_message_batch(Responder& responder, Exchange& exchange) {
  AnthropicBatches& desk = responder.batches().anthropic;
  std::string_view id;
  const bool results = ends_with_word(exchange.rest, "results", id);
  send(responder, exchange,
       results ? desk.results(id, exchange.now) : desk.show(id, base(exchange), exchange.now));
}

void cancel_message_batch(Responder& responder, Exchange& exchange) {
  std::string_view id;
  if (!ends_with_word(exchange.rest, "cancel", id)) return nothing_here(responder, exchange);
  send(responder, exchange, responder.batches().anthropic.cancel(id, base(exchange), exchange.now));
}

}  // namespace costwar::mock::batch_routes
