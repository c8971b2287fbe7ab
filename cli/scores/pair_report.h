// What a judge said of two models of a run, from the scores and calls that the store has: counts, the paired
// difference, how often the two orders contradicted each other, and what asking cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/attempt_cost.h"
#include "core/columns.h"
#include "core/document.h"
#include "stats/interval.h"

namespace costwar::cli {

// Of one model against another, from the first's point of view.
struct PairedPreferences {
  std::int64_t wins = 0;
  std::int64_t ties = 0;  // those by contradiction included
  std::int64_t losses = 0;
  std::int64_t contradictions = 0;          // pairs whose two orders disagree
  std::int64_t clusters = 0;                // of the judged pairs that are independent
  double difference = 0;                    // share of wins - share of losses
  std::optional<stats::Interval> interval;  // of the difference; none from fewer than two clusters
  std::optional<double> p;                  // exact sign test; clustered: t; nullopt: cannot be told
  std::int64_t pairs() const { return wins + ties + losses; }
};

// value: 1, 0.5 or 0 by trial of the first model; NaN: not judged. contradicts: parallel.
PairedPreferences find_preferences(const RunColumns& run, const std::vector<double>& value,
                                   const std::vector<bool>& contradicts);

struct JudgeSpend {
  std::int64_t calls = 0;     // answered
  std::int64_t attempts = 0;  // retries included
  std::int64_t unpriced = 0;
  std::optional<Money> amount;  // of those that are priced
};

// costs: one entry per attempt of the run. second: of the pair, index into RunHeader::models.
JudgeSpend find_judge_spend(const RunColumns& run, const analysis::CostColumns& costs, std::size_t first,
                            std::size_t second);

// What could not be put to the judge.
struct LeftOut {
  std::int64_t incomplete = 0;  // a trial of the pair has no score yet
  std::int64_t first_unanswered = 0;
  std::int64_t second_unanswered = 0;
  std::int64_t undecided = 0;  // asked, and no verdict could be read
};

struct PairReport {
  std::string run;
  std::string judge;
  std::string first;  // models, as the user named the pair
  std::string second;
  std::vector<std::string> same_family;  // of the pair's models, those of the judge's family
  PairedPreferences preferences;
  JudgeSpend spend;
  LeftOut left_out;
  std::int64_t judged_now = 0;
};

Document pair_document(const PairReport& report);

}  // namespace costwar::cli
