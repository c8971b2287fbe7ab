// Load stages made by hand: calls with known instants, and a server simulated as a queue without noise, so
// that every figure has a known answer.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/load.h"

namespace costwar::sample {

// One call; instants in seconds since the stage's begin.
struct MadeCall {
  double due = 0;
  std::optional<double> issued{};  // nullopt: when due
  double ttft = 0.1;               // since issued
  double gap = 0.02;               // between payloads
  int chunks = 11;
  std::optional<std::int64_t> tokens{};  // nullopt: as many as chunks; -1: nobody counted
  double limited = 0;
  std::uint64_t session = 0;
  std::uint32_t turn = 0;
  Outcome outcome = Outcome::ok;
};
LoadCall made_call(const MadeCall& made);

// A stage row whose client noticed nothing of itself: lags of 0.1 ms, 10 % of a processor.
LoadStageRow calm_row(const LoadStage& asked, double last_due, double end);

// A server with `slots` places, each busy for `service` seconds a call (first payload after half of it), that
// stands still for `hiccup` seconds at `hiccup_at`: nothing is sent meanwhile, and everything after is late
// by what is left of it.
struct SimulatedServer {
  std::size_t slots = 1'000'000;
  double service = 0.1;
  double hiccup_at = -1;
  double hiccup = 0;
};

struct MadeStage {
  LoadStageRow row;
  std::vector<LoadCall> calls;
};

// Arrivals evenly spaced.
MadeStage open_stage(const SimulatedServer& server, double rate, double seconds);
MadeStage closed_stage(const SimulatedServer& server, std::size_t places, double seconds);

// 10 a second for 20 s, 0.3 s each: TTFT 0.1 s, 10 gaps of 20 ms.
MadeStage even_stage();

}  // namespace costwar::sample
