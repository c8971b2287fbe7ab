// The batches of a mock server, whatever dialect they were asked for in: lines are answered by the same logic
// as requests that are sent one by one, finish on a clock (batch_clock.h) and are told in an order of their
// own. It is given its instants and reads no clock. It owns the batches and the answers. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/json.h"
#include "mock/batch_clock.h"
#include "mock/options.h"

namespace costwar::mock {

// What a fault makes of a line: `expired` is never worked on, `fails` spoils the whole batch when it is
// validated. A line that is answered may still be answered with an error.
enum class LineFate { answered, expired, fails };

struct LineAnswer {
  int status = 200;
  std::string json;  // the body that a request sent alone would have got
  LineFate fate = LineFate::answered;
  TruthRecord truth;  // of a line that was understood; else its `request` is 0
};

// One line as the client wrote it.
struct LineAsk {
  std::string custom_id;
  std::string path;  // "/v1/chat/completions"
  Json body;
};

using AnswerLine = std::function<LineAnswer(const LineAsk& ask, std::int64_t created)>;

enum class LineState { waiting, succeeded, errored, expired, canceled };

struct BatchLine {
  std::string custom_id;
  LineAnswer answer;
};

// Found when a batch was validated.
struct BatchProblem {
  std::string code;
  std::string message;
  std::string param;        // empty: none
  std::optional<int> line;  // from 1
};

struct Batch {
  std::string id;
  std::string kind;          // which dialect's: "openai", "anthropic"
  std::int64_t created = 0;  // seconds since 1970
  BatchClock clock;
  std::vector<BatchLine> lines;  // in the order in which they are worked on; empty where validation fails
  std::size_t total = 0;         // lines that the client sent
  std::vector<BatchProblem> problems;
  Json details;       // what its dialect keeps: endpoint, metadata, files
  bool told = false;  // its truth

  LineState state_of(std::size_t line, Mono now) const;
  std::size_t count(LineState state, Mono now) const;
  std::int64_t second_of(Mono at) const { return created + (at - clock.created).count / 1'000'000'000; }
};

// What a request about batches or files is answered. From status 400 on, `body` is the message of an error.
struct DeskReply {
  int status = 200;
  std::string body{};
  std::string_view media = "application/json";
  std::string param{};
  std::string code{};
};

// The value of `name` in a query as `a=1&b=2`; nullopt: it is not there. Nothing is decoded: ids and numbers
// need it not.
std::optional<std::string_view> query_value(std::string_view query, std::string_view name);

// Which batches a page shows.
struct Page {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool more = false;
};
// Those that follow the id that the query calls `after`, at most as many as its `limit` (20 where it has
// none). A reply that refuses: the limit is none from 1 to `most`, or there is no such id.
std::variant<Page, DeskReply> find_page(const std::vector<const Batch*>& batches, std::string_view query,
                                        std::string_view after, std::int64_t most);

struct BatchOptions {
  Nanos duration;          // of each batch, from its creation to its end
  std::uint64_t seed = 0;  // of the order of results
};

class BatchDesk {
 public:
  // tell: the truth of each line, once its batch is over; may be empty.
  BatchDesk(BatchOptions options, AnswerLine answer, std::function<void(TruthRecord&&)> tell);

  // Answers every line now and lets them finish later. Where validation fails, by these problems or by a
  // line's fate, no line is left.
  Batch& open(std::string_view kind, std::string_view prefix, const std::vector<LineAsk>& asks,
              std::vector<BatchProblem> problems, Mono now, std::int64_t created);

  // nullptr: there is no batch of this id and kind.
  Batch* find(std::string_view id, std::string_view kind);
  // Newest first.
  std::vector<const Batch*> list(std::string_view kind) const;

  // Tells the truth of what is over; the instant at which something more will be, if anything will.
  std::optional<Mono> advance(Mono now);

 private:
  void tell(Batch& batch);

  BatchOptions options_;
  AnswerLine answer_;
  std::function<void(TruthRecord&&)> tell_;
  std::vector<std::unique_ptr<Batch>> batches_;
};

}  // namespace costwar::mock
