// How many months a model is behind the frontier of the other makers, from dated published scores and
// catalogued release dates. One row per benchmark on which the model has a score; rows are never averaged.
//
// Take a score s of a model released on day R. The other makers' models with comparable scores are points,
// each dated by the release of its version (not by the day of the publication); the same weights at another
// host are not others. The level s was reached by
//   B, the first point at or above s:   the frontier was there at the latest on B's day;
//   A, the newest older point below s:  on A's day it was not there yet.
// So the lag in months lies within [R - B, R - A]. Negative: ahead. A point counts as A only if it stood on
// the frontier: no other point, nor one without a date, that may be as old or older is better, it is older
// than every point that may be at or above s, and it is no edition ("gpt-5.4-mini") of a model that has no
// score here. Without such an A the lag is at least R - B; without a B, at most R - A; without both there is
// no evidence.
//
// Particulars: a tie counts as reached. Where lower is better, "above" reads "below". With several efforts or
// harnesses, a model's best row counts, of the measurer of s where that one measured the model, else of any.
// A score with a published range or uncertainty is at or above s only if all of it is, and may be if some of
// it is. A date of a month is any of its days, which widens the interval. A month is 30.436875 days (a 4800th
// of the 146,097 days of 400 Gregorian years). Points newer than R count: B after R says that the model was
// first. A point without a release date bounds nothing. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/published/comparable.h"
#include "analysis/published/published_scores.h"
#include "analysis/published/releases.h"
#include "core/time.h"

namespace costwar::analysis {

struct FrontierPoint {
  const PublishedScore* score = nullptr;
  std::optional<DaySpan> released{};
};

enum class LagEvidence : std::uint8_t { none, at_least, at_most, interval };
std::string_view lag_evidence_name(LagEvidence evidence);

struct LagRow {
  const PublishedScore* score = nullptr;  // of the model
  std::optional<DaySpan> released{};      // R
  LagEvidence evidence = LagEvidence::none;
  std::optional<double> low{};  // months behind; nullopt: no bound
  std::optional<double> high{};
  std::optional<FrontierPoint> reached{};     // B
  std::optional<FrontierPoint> below{};       // A
  std::vector<SoftDifference> differences{};  // of the model's row against those of B and A
  std::size_t points = 0;                     // other makers' models on the benchmark
  std::size_t undated = 0;                    // of these, without a release date
  std::string why{};  // what is missing for an interval, a sentence without its full stop; empty: nothing
};

// selector: MODEL[@EFFORT][#WORD,...] (PublishedScores::of_model). Without an effort the best of the model's
// efforts counts. Versions of the model, and measurers of one benchmark, have a row each. Ordered by
// benchmark. Error{usage} where no score is meant. Scores without a figure (only a range) are left out.
std::vector<LagRow> find_lag(const PublishedScores& scores, const ModelReleases& releases,
                             std::string_view selector);

// Months, both ends included; low <= high.
struct MonthRange {
  double low = 0;
  double high = 0;
};

// supported: the whole interval is within the range; refuted: none of it; unresolved: some of it may be.
enum class LagVerdict : std::uint8_t { supported, refuted, unresolved, no_evidence };
inline constexpr std::size_t kLagVerdicts = 4;
std::string_view lag_verdict_name(LagVerdict verdict);  // "supported", ..., "no_evidence"
LagVerdict lag_verdict(const LagRow& row, const MonthRange& range);

struct LagSummary {
  std::array<std::size_t, kLagVerdicts> rows{};  // indexed by LagVerdict
  // supported: every row with evidence is; refuted: likewise; no_evidence: no row has any; else unresolved.
  LagVerdict verdict = LagVerdict::no_evidence;
  // The lowest and the highest bound of rows that have one; benchmarks differ, so this is no interval of a
  // lag.
  std::optional<double> lowest{};
  std::optional<double> highest{};
};
LagSummary summarise_lag(const std::vector<LagRow>& rows, const MonthRange& range);

}  // namespace costwar::analysis
