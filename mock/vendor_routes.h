// Routes of Ollama and llama-server that tell about the server rather than generate: rows of the table in
// routes.cpp.
#pragma once

namespace costwar::mock {

class Responder;
struct Exchange;

void ollama_tags(Responder& responder, Exchange& exchange);
void ollama_show(Responder& responder, Exchange& exchange);
void ollama_running(Responder& responder, Exchange& exchange);
void ollama_version(Responder& responder, Exchange& exchange);

void llama_props(Responder& responder, Exchange& exchange);
void llama_slots(Responder& responder, Exchange& exchange);
void llama_metrics(Responder& responder, Exchange& exchange);
// A token's number is its bytes, the first the highest: so text and tokens turn into each other.
void llama_tokenize(Responder& responder, Exchange& exchange);
void llama_detokenize(Responder& responder, Exchange& exchange);

}  // namespace costwar::mock
