// Where the evidence for claims comes from: runs of the store, the catalogues of prices, published scores,
// models and accelerators, as of one day.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "analysis/claim_judges.h"
#include "cli/claim/statements.h"
#include "cli/environment.h"
#include "cli/measured_set.h"
#include "core/time.h"
#include "pricing/price_book.h"

namespace costwar::cli {

struct JudgeSettings {
  MeasuredFlags measured;  // without references
  analysis::ClaimOptions options;
  std::optional<std::uint64_t> seed;  // of bootstraps; nullopt: the run's
};

// When the evidence is of. A whole day takes what was out by its end, and prices runs at every hour of it.
struct AsOf {
  Wall instant;  // of a day its beginning
  bool whole_day = true;
};
// "2026-04-30" or an instant. Error{usage} with `flag`.
AsOf parse_as_of(std::string_view text, std::string_view flag);

// nullopt: now, and measured runs at their own instants. Error{usage} for what names no run, model or
// published row.
analysis::JudgedClaim judge(const Statement& statement, const std::optional<AsOf>& as_of,
                            const JudgeSettings& settings, const pricing::PriceBook& book,
                            const Environment& environment);

// Whether it is about runs, so that flags of runs mean something.
bool is_about_runs(const Statement& statement);

std::string_view statement_kind(const Statement& statement);  // "ratio", as in a file

}  // namespace costwar::cli
