// What a load run says: latency as it was, throughput in the steady window, what met its objectives, what it
// cost, and whether the measurement may be believed. Definitions: docs/load.md. Values only; load_stage.h and
// load_run.h work them out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/distribution.h"
#include "core/load.h"
#include "core/money.h"
#include "stats/interval.h"

namespace costwar::analysis {

// An estimate with its interval (95 %); interval nullopt: too little to say.
struct LoadFigure {
  double value = 0;
  std::optional<stats::Interval> interval{};
};

// A percentile of a latency is given only where enough calls stand behind it (stats/percentile_guard.h);
// nullopt: n is too small for it. All in seconds.
struct LatencyFigures {
  std::uint64_t n = 0;
  std::optional<double> mean{};
  std::optional<LoadFigure> p50{};
  std::optional<LoadFigure> p90{};
  std::optional<LoadFigure> p95{};
  std::optional<LoadFigure> p99{};
  std::optional<LoadFigure> p999{};
  std::optional<double> max{};
  // False: too many values to keep each; percentiles are off by at most kHistogramError (load_latency.h).
  bool exact = true;
  std::vector<DistributionPoint> distribution{};  // for drawing
};

// A bound on a latency of each request, in seconds; nullopt: none. `share`: of requests that must keep them
// (0.99: as a 99th percentile).
struct ServiceObjectives {
  std::string name{};  // of a preset; empty: the user's own
  std::string source{};
  std::optional<double> ttft{};  // user TTFT in open loops, service TTFT in closed ones
  std::optional<double> ttft_visible{};
  std::optional<double> tpot{};
  std::optional<double> e2e{};
  std::optional<double> gap{};  // the longest gap between chunks
  double share = 0.99;
  bool any() const { return ttft || ttft_visible || tpot || e2e || gap; }
};

struct Goodput {
  ServiceObjectives objectives;
  std::uint64_t met = 0;  // requests of the window that kept all of them
  std::uint64_t of = 0;   // all requests of the window; failed ones kept none
  LoadFigure requests_per_s{};
  LoadFigure tokens_per_s{};  // output tokens of requests that kept them
  LoadFigure share{};         // met / of, Wilson
  // Whether the share asked for was kept: true, false, or not resolved.
  std::optional<bool> kept{};
  std::optional<LoadFigure> requests_per_dollar{};
  std::optional<LoadFigure> tokens_per_dollar{};
};

enum class LoadVerdictKind : std::uint8_t { valid, valid_with_notes, invalid };
std::string_view load_verdict_name(LoadVerdictKind kind);  // "valid", "valid with notes", "INVALID"

struct LoadVerdict {
  LoadVerdictKind kind = LoadVerdictKind::valid;
  std::vector<std::string> reasons{};   // why it is invalid; sentences with figures and a remedy
  std::vector<std::string> cautions{};  // what makes it "valid with notes": read the figures with care
  std::vector<std::string> notes{};     // what else to know; a valid run has some too
};

// One line of the self-audit: what was seen, against what bound.
struct AuditLine {
  std::string key;                 // "loop_lag_p99"
  std::string title;               // "loop lag, p99"
  std::string value;               // for people, with the unit
  std::optional<double> figure{};  // in `unit`
  std::string unit;                // "s", "share", "1/s"
  std::string bound;               // "< 1 ms"; empty: shown only
  std::optional<bool> kept{};
};

// Part of a ramp, or of any stage, in time: for curves over time.
struct LoadSlice {
  double from_s = 0;  // since the stage's begin
  double until_s = 0;
  double in_flight = 0;       // mean
  double requests_per_s = 0;  // ended well
  double tokens_per_s = 0;
  std::optional<double> ttft_p50{};
  std::uint64_t failed = 0;
};

struct FailureCount {
  std::string outcome;  // outcome_row().name
  std::string error_code;
  std::string example;  // a message
  std::uint64_t calls = 0;
};

struct LoadMoney {
  Currency currency{};
  Money spent{};                     // all calls of the stage, failed ones too
  bool lower_bound = false;          // some calls are unpriced
  std::optional<Money> spent_low{};  // where a price is only known as a range
  std::optional<Money> spent_high{};
  std::uint64_t unpriced = 0;
  std::optional<Money> per_hour{};  // at the window's rate
  std::optional<Money> per_million_output{};
  std::optional<Money> per_request{};  // that ended well; failed ones' money is in it
  std::string basis{};                 // "openai list price of 2026-04-24", "machine at $2.10 an hour"
};

struct LoadStageFindings {
  LoadStageRow row;
  // --- what was asked and what happened ---
  std::uint64_t calls = 0;  // all that left
  std::uint64_t ok = 0;
  std::uint64_t cut = 0;     // cancelled by the schedule
  std::uint64_t failed = 0;  // neither
  std::vector<FailureCount> failures{};
  double asked_rate = 0;  // open: requests a second that the schedule asked for
  LoadFigure delivered_rate{};
  // --- steady window ---
  bool steady = false;           // there is one
  std::string why_not_steady{};  // a sentence without its full stop
  bool growing = false;          // open: not steady because more was offered than was served
  double window_from_s = 0;      // since the stage's begin
  double window_until_s = 0;
  double mean_in_flight = 0;         // over the window, from issued to end
  std::uint64_t window_calls = 0;    // due within the window: those that the latencies are of
  std::uint64_t window_ended = 0;    // ended within the window, failed ones too
  LoadFigure requests_per_s{};       // ended well within the window
  LoadFigure output_tokens_per_s{};  // by the events' instants
  std::optional<LoadFigure> input_tokens_per_s{};
  double littles_residual = 0;  // |L - lambda W| / L
  // --- latency, of calls that were due within the window (all, where there is none) ---
  LatencyFigures user_ttft{};     // first payload - due
  LatencyFigures service_ttft{};  // first payload - issued
  LatencyFigures visible_ttft{};  // first visible payload - issued
  LatencyFigures headers{};       // status line - issued
  LatencyFigures tpot{};
  LatencyFigures gaps{};            // between chunks, exactly as seen, all calls together
  LatencyFigures user_e2e{};        // end - due
  LatencyFigures service_e2e{};     // end - issued
  LatencyFigures limited{};         // waiting for limits of the client, apart
  LatencyFigures schedule_delay{};  // issued - due - limited
  std::uint64_t stalls = 0;         // gaps > max(1 s, 10 x the stage's median gap)
  std::uint64_t stalled_calls = 0;  // calls with any
  double stalled_s = 0;             // sum of those gaps
  std::uint64_t not_streaming = 0;  // calls whose payload came at once: no TTFT, no TPOT of them
  std::optional<double> tokens_per_chunk{};
  std::uint64_t output_tokens = 0;
  std::map<std::string, std::uint64_t> output_tokens_by_provenance{};
  std::uint64_t calls_without_count = 0;
  // --- what it is worth ---
  std::vector<Goodput> goodput{};  // one per set of objectives
  std::optional<LoadMoney> money{};
  // --- whether to believe it ---
  std::vector<AuditLine> audit{};
  LoadVerdict verdict{};
  std::vector<LoadSlice> slices{};
};

// Where throughput stops growing with concurrency: X(N) = min(N / R0, Xmax), the asymptotic bounds of a
// closed system; N* = Xmax R0.
struct Knee {
  LoadFigure concurrency{};
  LoadFigure requests_per_s{};       // Xmax
  LoadFigure seconds_per_request{};  // R0
};

// The highest rate under objectives: between a rate that kept them and one that did not. A stage whose share
// is not resolved counts by its point estimate, and `resolved` is false.
struct HighestRate {
  ServiceObjectives objectives{};
  std::optional<double> kept{};    // highest that kept them; nullopt: none did
  std::optional<double> broken{};  // lowest that did not; nullopt: none broke them
  bool resolved = true;
  std::vector<std::uint32_t> stages{};  // that decided it
};

struct LoadFindings {
  LoadHeader header;
  std::vector<LoadStageFindings> stages;
  std::optional<Knee> knee{};
  std::string why_no_knee{};
  std::optional<HighestRate> highest{};
  LoadVerdict verdict{};  // the worst of the stages that its answer rests on
};

}  // namespace costwar::analysis
