// The self-audit of a stage: what the client noticed of itself, line by line against bounds, and the verdict
// on the measurement. It judges the client; a server that is slow, fails or is overloaded makes no
// measurement invalid. Why each bound is what it is: docs/load-figures.md. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "analysis/load/load_calls.h"
#include "analysis/load/load_findings.h"

namespace costwar::analysis {

// The larger of two bounds holds: a share of what is measured, and what no report shows.
inline constexpr double kLagOfGap = 0.01;            // loop lag p99, of the median gap between chunks
inline constexpr double kDelayOfTtft = 0.05;         // schedule delay p99, of the median service TTFT
inline constexpr double kUnseen = 0.001;             // seconds
inline constexpr double kPauseShare = 0.02;          // longest pause of a loop, of the stage's length ...
inline constexpr double kPauseLeast = 0.1;           // ... and at least so many seconds
inline constexpr std::uint64_t kProbesForP99 = 200;  // of fewer, p99 is one or two probes
inline constexpr double kRateDeviation = 0.02;       // delivered against due
inline constexpr double kLoopShare = 0.7;            // of a processor, for the loop's thread
inline constexpr double kDecoderShare = 0.9;         // for the thread that reads its answers
inline constexpr double kLittleResidual = 0.05;
inline constexpr double kCrowdedShare = 0.05;  // of wake-ups
inline constexpr double kReuseShare = 0.9;     // of calls on a connection that was open
inline constexpr double kFailedShare = 0.01;
inline constexpr double kWaitedShare = 0.01;  // of requests, for a limit

// What the audit needs of the calls besides the findings.
struct AuditFacts {
  std::uint64_t due = 0;       // calls that were due within the window
  std::uint64_t punctual = 0;  // calls that the client itself was ready to send within it: issued - limited
  std::uint64_t waited = 0;    // calls that waited for a limit
  std::optional<double> delay_tail{};    // schedule delay near its p99, never one call's alone; seconds
  std::optional<double> asked_cv{};      // of the gaps between due instants
  std::optional<double> delivered_cv{};  // of those between issued instants
  std::uint64_t reused = 0;              // calls on a connection that was open
  double places_filled = 1;              // closed: mean sessions inside over those asked for
  bool ended_early = false;
};
AuditFacts audit_facts(const LoadStageRow& row, std::span<const LoadCall> calls,
                       std::span<const CallNumbers> numbers, std::int64_t from, std::int64_t until);

// Fills findings.audit and findings.verdict; everything else of the findings is there.
void audit_stage(LoadStageFindings& findings, const AuditFacts& facts);

}  // namespace costwar::analysis
