// A load run as values: stages that were asked for, calls that were measured, and what the client noticed of
// itself. A stage is a stretch of time with one way of arriving; a sweep or a search has several. Stamps are
// of CLOCK_MONOTONIC; a stage's `begin` is on that clock too, and one wall instant beside it dates them all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/attempt.h"
#include "core/model_card.h"
#include "core/time.h"

namespace costwar {

enum class Arrivals : std::uint8_t {
  closed,    // a fixed number of sessions at once: the next begins when one has ended
  constant,  // open: evenly spaced
  poisson,   // open: independent, exponential gaps
  gamma,     // open: gamma-distributed gaps
  trace,     // open: at the instants of a recorded trace or a saved schedule
};
std::string_view arrivals_name(Arrivals arrivals);
std::optional<Arrivals> arrivals_by_name(std::string_view name);

// What is asked of one stage. Rates are sessions a second; a session of one turn is one request.
struct LoadStage {
  Arrivals arrivals = Arrivals::closed;
  // Closed: sessions at once. Open: most calls in flight at once, those beyond wait; 0: no limit.
  std::size_t concurrency = 1;
  std::optional<std::size_t> concurrency_from{};  // closed: grows evenly from here to `concurrency`
  double rate = 0;                                // open: at the stage's end, and all along without ...
  std::optional<double> rate_from{};              // ... this: grows evenly from here to `rate`
  double burstiness = 1;  // gamma: the gaps' shape parameter; 1: Poisson, below: burstier. Their CV: 1/sqrt
  Nanos duration = seconds(30);           // no session begins later than this after the stage's begin
  std::optional<std::size_t> sessions{};  // nor more than this many
  friend bool operator==(const LoadStage&, const LoadStage&) = default;

  bool open() const { return arrivals != Arrivals::closed; }
  bool ramp() const { return concurrency_from.has_value() || rate_from.has_value(); }
};

// One call as it was measured: an attempt without its texts, and where it stood in the schedule.
struct LoadCall {
  std::uint32_t stage = 0;
  std::uint64_t session = 0;  // in the stage's schedule
  std::uint32_t turn = 0;     // of the session
  std::uint32_t thread = 0;   // of the client
  // Of its delay from due to issued: waiting for what the user asked to be limited (calls in flight, budget,
  // an earlier turn of its session). The rest is the client's own lateness.
  Nanos limited{};
  std::int64_t asked_input = 0;                // tokens that the prompt was made for
  std::optional<std::int64_t> asked_output{};  // most tokens that the answer may have
  bool cut = false;                            // cancelled by the schedule, not by a failure
  bool connection_reused = false;
  std::uint32_t reads = 0;       // of the answer's body, from the socket
  std::uint64_t body_bytes = 0;  // of the answer's body
  Outcome outcome = Outcome::protocol;
  int http_status = 0;
  std::string finish_reason{};
  std::string error_code{};
  std::string error_message{};
  std::string request_id{};
  std::vector<std::string> notes{};
  Usage usage{};
  BillingFacts billing{};
  Timeline timeline{};
};

// What one thread of the client noticed of itself during one stage. Lags are of a timer that rings every few
// milliseconds: from its due instant to when it was served.
struct LoopAudit {
  std::uint32_t thread = 0;
  std::uint64_t probes = 0;
  Nanos lag_p50{};
  Nanos lag_p99{};
  Nanos lag_max{};
  std::uint64_t wakeups = 0;
  std::uint64_t crowded_wakeups = 0;  // with more than 64 descriptors ready
  Nanos cpu{};                        // processor time of the loop's thread ...
  Nanos wall{};                       // ... in so much time
  Nanos decoder_cpu{};                // of the thread that reads its answers
  std::uint64_t connects = 0;         // connections opened
  Nanos connect_p50{};                // from begin to ready, TLS included
  Nanos connect_max{};
};

// A stage that was run.
struct LoadStageRow {
  std::uint32_t stage = 0;
  LoadStage asked;
  Mono begin{};
  Wall begin_wall{};
  Mono last_due{};        // no session began later: where the stage stopped asking
  Mono end{};             // the last call had ended
  bool complete = false;  // it came to its end; false: interrupted, stopped by a failure or a limit
  std::string stopped{};  // why it did not
  std::vector<LoopAudit> audits{};
};

// What the whole run is. `settings` is a JSON object: how prompts, lengths and sessions were made, what was
// searched for; what another run needs to be the same.
struct LoadHeader {
  std::string id;
  std::string label;
  std::string plan;  // hash of model, settings and seed: equal plans ask the same
  Wall created{};
  std::string costwar_version;
  std::string mode;  // "closed", "open", "ramp", "sweep", "search", "trace"
  ModelCard model;
  std::string effort{};
  std::string service_class{};
  std::uint64_t seed = 0;
  std::uint32_t threads = 1;
  std::string settings{};
  std::string machine{};  // JSON object of machine facts, or empty
};

}  // namespace costwar
