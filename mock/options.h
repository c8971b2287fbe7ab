// What a mock server is told and what it tells back: plain values. Counts are exact; every instant is of the
// event loop's clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "mock/answers.h"
#include "mock/http_parser.h"
#include "mock/limits.h"

namespace costwar::mock {

// How a model shows its reasoning: OpenAI bills it and hides it, DeepSeek streams reasoning_content, newer
// compatible servers reasoning.
enum class ReasoningField { hidden, reasoning_content, reasoning };

// Whose extras a model's chat completions carry: plain OpenAI; DeepSeek's cache counters and
// reasoning_content; llama-server's timings; vLLM's usage on request on every chunk; a gateway that names the
// provider that answered and keeps the connection alive with comments.
enum class Flavour { openai, deepseek, llama_server, vllm, openrouter };

std::string_view name_of(Flavour flavour);
std::optional<Flavour> find_flavour(std::string_view name);  // as name_of writes it

struct MockModel {
  std::string name = "mock";
  double accuracy = 1.0;  // share of known prompts answered rightly, 0..1
  // Of completion tokens, 0..0.95; off when a request's reasoning_effort is "none".
  double reasoning_share = 0.0;
  std::uint64_t seed = 0;
  double cached_share = 0.0;  // of prompt tokens, reported as cached, rounded down; 0..1
  ReasoningField reasoning_field = ReasoningField::hidden;
  double written_share =
      0.0;  // of prompt tokens, reported as written to the cache; with cached_share at most 1
  Flavour flavour = Flavour::openai;
};

// All zero: every reply leaves at once, in one send.
struct MockPace {
  Nanos ttft_base;       // time to the first token of any kind ...
  Nanos ttft_per_token;  // ... plus this for each prompt token
  Nanos gap;             // between tokens; the median when gap_sigma > 0
  // > 0: lognormal gaps, the standard deviation of their logarithm; 0..4. No gap is above 10 minutes.
  double gap_sigma = 0.0;
  std::size_t slots = 0;  // requests that generate at one time, others queue in order; 0: no limit
};

// The generation of every request stands still once: what a client that waits its turn does not see.
struct MockHiccup {
  Nanos after_start;
  Nanos length;
};

// A fault met by a share of (model, prompt) pairs, chosen by hash. times: as in the fault table, when given.
struct FaultShare {
  std::string fault;
  double share = 0.0;
  std::optional<std::uint32_t> times;
};

struct SentPiece {
  Mono due;
  Mono sent;        // just before the send that took its last byte; meaningless when the reply was cut
  unsigned tokens;  // completion tokens in it, hidden reasoning not counted
};

// The truth about one request for text, told when its reply has left or was given up.
struct TruthRecord {
  std::uint64_t request = 0;  // from 1, in order of arrival
  std::string model;
  std::string fault;  // empty: none
  int status = 200;
  bool stream = false;
  bool known = false;  // the prompt is in the answer book
  bool correct = false;
  std::string task;
  std::string item;
  std::string dialect;  // "chat", "responses", ...
  std::string path;
  std::string batch;                // the batch that it was a line of; empty: a request of its own
  std::string custom_id;            // its id within the batch
  std::string tool;                 // that was called; empty: none
  std::uint64_t prompt_hash = 0;    // fnv1a of the text of the last user message
  std::uint64_t prompt_tokens = 0;  // all of them, whatever the dialect counts apart
  std::uint64_t cached_tokens = 0;
  std::uint64_t written_tokens = 0;  // to the cache
  std::uint64_t completion_tokens = 0;
  std::uint64_t reasoning_tokens = 0;
  Mono arrived;           // the request's last byte was read
  Mono started;           // its slot was free
  bool complete = false;  // every byte of the reply was handed to the kernel
  std::vector<SentPiece> pieces;
};

// One line of JSON, without its end.
std::string to_json_line(const TruthRecord& record);

struct MockOptions {
  std::string address = "127.0.0.1";  // loopback only: 127.0.0.0/8 or ::1
  std::uint16_t port = 0;             // 0: any free one
  std::vector<MockModel> models;      // at least one
  AnswerBook book;
  // What a prompt that is not in the book gets: 0: "I do not know."; n: "tok " n times.
  std::size_t unknown_tokens = 0;
  MockPace pace;
  std::optional<MockHiccup> hiccup;
  std::vector<FaultShare> faults;      // shares add up to at most 1
  std::string api_key;                 // empty: none is asked for
  bool echo = false;                   // each prompt is its own answer, whatever the book says
  MockLimits account;                  // what the clients together may ask for; batches are not counted
  Nanos header_delay;                  // of every reply to a request for text: the head leaves so much later
  Nanos slow_headers = seconds(2);     // the same for the fault of that name
  Nanos batch_duration = seconds(2);   // of every batch, from its creation to its end
  bool prompt_cache = false;           // reports what is read from a cache of prompts, by each model's own
  bool stamps = false;                 // each chunk carries "mock":{"due_ns":..,"sent_ns":..}
  Nanos silence = milliseconds(300);   // how long the fault of that name lasts
  Nanos idle_limit = seconds(120);     // a connection without a request, or with a part of one
  Nanos stall_limit = seconds(30);     // a reader that takes nothing
  std::size_t max_connections = 4096;  // more wait in the kernel's queue
  HttpLimits limits;
  std::function<void(TruthRecord&&)> truth;  // on the loop's thread
};

struct MockStats {
  std::uint64_t connections = 0;  // accepted
  std::uint64_t open = 0;         // now
  std::uint64_t requests = 0;     // whole requests of any kind
  std::uint64_t chats = 0;        // chat requests answered with generated text
  std::uint64_t correct = 0;
  std::uint64_t wrong = 0;
  std::uint64_t unknown = 0;      // prompts that are not in the book
  std::uint64_t faulted = 0;      // replies shaped by a fault
  std::uint64_t refused = 0;      // replies with a status of 400 or more
  std::uint64_t limited = 0;      // of those refused: by the account's limits
  std::uint64_t batch_lines = 0;  // answered, in batches
  std::uint64_t gone = 0;         // replies not taken to their end: reader vanished or stalled
  std::uint64_t sends = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t queued_max = 0;  // most requests that waited for a slot
  std::uint64_t paced_pieces =
      0;  // pieces with a due time after their reply's start, and how late they left:
  Nanos late_p50;
  Nanos late_p99;
  Nanos late_max;
};

}  // namespace costwar::mock
