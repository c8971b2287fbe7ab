// The routes of files and batches: exchanges to the desks that answer them, and back. The office owns all
// batches and files of a server. One thread.
#pragma once

#include <functional>
#include <utility>

#include "mock/batch.h"
#include "mock/batch_anthropic.h"
#include "mock/batch_openai.h"

namespace costwar::mock {

class Responder;
struct Exchange;

struct BatchOffice {
  BatchOffice(BatchOptions options, AnswerLine answer, std::function<void(TruthRecord&&)> tell)
      : desk(options, std::move(answer), std::move(tell)) {}
  BatchOffice(const BatchOffice&) = delete;
  BatchOffice& operator=(const BatchOffice&) = delete;

  BatchDesk desk;
  OpenAiBatches openai{desk};
  AnthropicBatches anthropic{desk};
};

namespace batch_routes {

void upload_file(Responder& responder, Exchange& exchange);
void show_file(Responder& responder, Exchange& exchange);  // also ID/content
void delete_file(Responder& responder, Exchange& exchange);
void create_batch(Responder& responder, Exchange& exchange);
void list_batches(Responder& responder, Exchange& exchange);
void show_batch(Responder& responder, Exchange& exchange);
void cancel_batch(Responder& responder, Exchange& exchange);  // ID/cancel
void create_message_batch(Responder& responder, Exchange& exchange);
void list_message_batches(Responder& responder, Exchange& exchange);
void show_message_batch(Responder& responder, Exchange& exchange);    // also ID/results
void cancel_message_batch(Responder& responder, Exchange& exchange);  // ID/cancel

}  // namespace batch_routes

}  // namespace costwar::mock
