// What reading an answer costs: event streams and lines of JSON to frames, and whole answers of each dialect
// to an attempt, in pieces as a network gives them. Bytes and events a second.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "providers/registry.h"
#include "providers/wire/ndjson.h"
#include "providers/wire/sse.h"

namespace {

using namespace costwar;

constexpr int kTokens = 4000;

// Words of one to eleven letters, as a model would write them; the same ones every time.
std::vector<std::string> words() {
  std::minstd_rand random(1);
  std::vector<std::string> out;
  for (int i = 0; i < kTokens; ++i) {
    std::string word(1 + random() % 11, ' ');
    for (std::size_t c = 1; c < word.size(); ++c) word[c] = static_cast<char>('a' + random() % 26);
    out.push_back(word);
  }
  return out;
}

std::string chat_stream() {
  std::string out;
  for (const std::string& word : words())
    out += fmt::format(
        R"(data: {{"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","created":1741570283,)"
        R"("model":"gpt-5.5-2026-04-23","service_tier":"default","system_fingerprint":"fp_50cad350e4",)"
        R"("choices":[{{"index":0,"delta":{{"content":"{}"}},"logprobs":null,"finish_reason":null}}],"usage":null}})"
        "\n\n",
        word);
  return out +
         R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
         "\n\n"
         R"(data: {"choices":[],"usage":{"prompt_tokens":19,"completion_tokens":4000,"total_tokens":4019}})"
         "\n\ndata: [DONE]\n\n";
}

std::string messages_stream() {
  std::string out =
      R"(data: {"type":"message_start","message":{"model":"claude","usage":{"input_tokens":19,"output_tokens":1}}})"
      "\n\n"
      R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
      "\n\n";
  for (const std::string& word : words())
    out += fmt::format(
        "event: content_block_delta\n"
        R"(data: {{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{}"}}}})"
        "\n\n",
        word);
  return out +
         R"(data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4000}})"
         "\n\ndata: {\"type\":\"message_stop\"}\n\n";
}

std::string responses_stream() {
  std::string out;
  int number = 0;
  for (const std::string& word : words())
    out += fmt::format(
        "event: response.output_text.delta\n"
        R"(data: {{"type":"response.output_text.delta","sequence_number":{},"item_id":"msg_1","output_index":0,)"
        R"("content_index":0,"delta":"{}","logprobs":[],"obfuscation":""}})"
        "\n\n",
        number++, word);
  return out +
         fmt::format(
             R"(data: {{"type":"response.completed","sequence_number":{},"response":{{"status":"completed","model":"m",)"
             R"("usage":{{"input_tokens":19,"output_tokens":4000,"total_tokens":4019}}}}}})"
             "\n\n",
             number);
}

std::string ollama_stream() {
  std::string out;
  for (const std::string& word : words())
    out += fmt::format(
        R"({{"model":"m","created_at":"2026-11-26T10:00:00.000Z","message":{{"role":"assistant","content":"{}"}},"done":false}})"
        "\n",
        word);
  return out +
         R"({"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":19,"eval_count":4000})"
         "\n";
}

// Pieces of a network: 1448 bytes, what an Ethernet frame carries of a TCP stream.
template <typename Take>
void in_pieces(std::string_view bytes, Take take) {
  constexpr std::size_t kPiece = 1448;
  for (std::size_t at = 0; at < bytes.size(); at += kPiece) take(bytes.substr(at, kPiece));
}

void sse_events(benchmark::State& state) {
  const std::string stream = chat_stream();
  std::int64_t events = 0;
  for (auto _ : state) {
    SseParser parser;
    const SseParser::OnEvent count = [&](const SseEvent& event) {
      events += 1;
      benchmark::DoNotOptimize(event.data.data());
    };
    in_pieces(stream, [&](std::string_view piece) { parser.feed(piece, count); });
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
  state.SetItemsProcessed(events);
}
BENCHMARK(sse_events);

void ndjson_lines(benchmark::State& state) {
  const std::string stream = ollama_stream();
  std::int64_t lines = 0;
  for (auto _ : state) {
    wire::NdjsonParser parser(std::size_t{1} << 20U);
    const wire::NdjsonParser::OnLine count = [&](std::string_view line) {
      lines += 1;
      benchmark::DoNotOptimize(line.data());
    };
    in_pieces(stream, [&](std::string_view piece) { parser.feed(piece, count); });
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
  state.SetItemsProcessed(lines);
}
BENCHMARK(ndjson_lines);

// A whole answer from its bytes to its attempt, which must be right: 4,000 pieces of text.
void read_answer(benchmark::State& state, const char* provider, std::string (*make)()) {
  const std::string stream = make();
  const auto dialect = find_provider_row(provider)->dialect();
  std::int64_t pieces = 0;
  for (auto _ : state) {
    const auto reader = dialect->reader();
    std::int64_t heard = 0;
    const OnDelta hear = [&](CallEvent::Kind, std::string_view) { ++heard; };
    reader->head(HttpHead{200, {}}, Wall{});
    in_pieces(stream, [&](std::string_view piece) { reader->bytes(piece, hear); });
    const Attempt attempt = reader->finish(HttpEnd{}, hear);
    if (attempt.outcome != Outcome::ok || heard != kTokens) {
      state.SkipWithError("the answer was not read right");
      return;
    }
    pieces += heard;
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
  state.SetItemsProcessed(pieces);
}
BENCHMARK_CAPTURE(read_answer, chat, "openai", chat_stream);
BENCHMARK_CAPTURE(read_answer, responses, "openai-responses", responses_stream);
BENCHMARK_CAPTURE(read_answer, messages, "anthropic", messages_stream);
BENCHMARK_CAPTURE(read_answer, ollama, "ollama", ollama_stream);

}  // namespace
