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

// `day`: of which the evidence is: prices and scores that were out by its end; nullopt: now, and measured
// runs at their own instants. Error{usage} for what names no run, model or published row.
analysis::JudgedClaim judge(const Statement& statement, const std::optional<Wall>& day,
                            const JudgeSettings& settings, const pricing::PriceBook& book,
                            const Environment& environment);

std::string_view statement_kind(const Statement& statement);  // "ratio", as in a file

}  // namespace costwar::cli
