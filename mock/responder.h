// Requests to replies: routes, keys, models, which fault, right or wrong. It knows no sockets and no time of
// its own; apart from the attempts that it counts for faults which end after some, and what gates remember,
// equal requests get equal replies but for the serial number and the instant. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mock/ask.h"
#include "mock/batch_routes.h"
#include "mock/dialect.h"
#include "mock/faults.h"
#include "mock/http_parser.h"
#include "mock/options.h"
#include "mock/prompt_cache.h"
#include "mock/reply.h"
#include "mock/routes.h"

namespace costwar::mock {

// When a request arrived.
struct Instant {
  std::int64_t second = 0;  // since 1970
  Mono mono;
};

// Asked before a request for text that was understood meets its fault or is generated. It may refuse, by
// filling the exchange's reply and returning true, or add header lines for whatever reply follows
// (Exchange::id.headers, a view that must hold until the gate is asked again).
using Gate = std::function<bool(Exchange& exchange, const Dialect& dialect, const Ask& ask)>;

class Responder {
 public:
  // Error{usage} for options that cannot be served. `options` must outlive this.
  explicit Responder(const MockOptions& options);
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  // Fills an empty reply; truth where it is a request for text that was understood. True when truth was
  // filled.
  bool respond(const RequestHead& head, std::string_view body, Instant now, Reply& reply, TruthRecord& truth);

  // The reply to what is no HTTP request; the connection ends with it.
  void refuse(const BadRequest& problem, Instant now, Reply& reply);

  // Adds what is counted here: requests, chats, correct, wrong, unknown, faulted, refused.
  const MockStats& counts() const { return counts_; }

  // Gates are asked in the order in which they were added; the first refusal counts.
  void add_gate(Gate gate) { gates_.push_back(std::move(gate)); }

  // Tells the truth of batches that are over; the instant at which another one will be, if one will.
  std::optional<Mono> advance_batches(Mono now) { return batches_.desk.advance(now); }

  // Later requests that begin like it read it from the cache.
  void keep_prompt(const PromptSteps& prompt) { prompts_.remember(prompt); }

  // For handlers of routes.
  BatchOffice& batches() { return batches_; }
  const MockOptions& options() const { return options_; }
  const MockModel* find_model(std::string_view name) const;
  void fail(Exchange& exchange, const ErrorReport& report);  // in the dialect of the route
  // The exchange's body, in this dialect, to generated text, a fault's refusal, or an error.
  void generate(const Dialect& dialect, Exchange& exchange);

 private:
  struct Choice {
    const Fault* fault = nullptr;
    std::uint32_t times = 0;
  };

  void route(const RequestHead& head, std::string_view body, ReplyId id, Mono now, Reply& reply,
             TruthRecord& truth);
  bool authorized(const RequestHead& head) const;
  void answer(const Dialect& dialect, const Ask& ask, Exchange& exchange);
  const Fault* choose_fault(const ModelName& name, const MockModel& model, const Dialect& dialect,
                            const Ask& ask, bool in_batch);
  bool still_failing(const Choice& choice, std::string_view model, std::string_view prompt);
  std::string_view choose_text(const MockModel& model, std::string_view prompt, TruthRecord& truth);
  // The tool to call, if any.
  const ToolSpec* choose_tool(const Ask& ask) const;
  const BookStep* choose_step(const Ask& ask) const;  // nullptr: its prompt has no steps
  static const ToolSpec* offered_tool(const Ask& ask, std::string_view name);
  void compose(const Dialect& dialect, const MockModel& model, const Ask& ask, FaultMode mode,
               Exchange& exchange);

  LineAnswer answer_line(const LineAsk& ask, std::int64_t created);

  const MockOptions& options_;
  MockStats counts_;
  std::uint64_t serial_ = 0;
  std::string unknown_text_;
  std::string wrong_text_;
  std::string json_text_;  // arguments of a call, or a structured answer
  std::vector<Gate> gates_;
  std::unordered_map<std::uint64_t, std::uint32_t> attempts_;
  PromptCache prompts_;
  BatchOffice batches_;
};

}  // namespace costwar::mock
