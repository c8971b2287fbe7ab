// Reading what a load run measured: prices, objectives and the verdict, from stored calls. A new objective or
// price needs no new run.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "analysis/load/load_stage.h"
#include "cli/attempt_biller.h"
#include "cli/environment.h"
#include "cli/load/load_flags.h"
#include "core/load.h"
#include "pricing/own_machine.h"
#include "pricing/price_book.h"

namespace costwar::cli {

class LoadReader {
 public:
  // Error{usage} for a bad objective, rate or instant; Error{input} for a bad price book.
  LoadReader(const LoadReadingFlags& flags, const ModelCard& card, const Environment& environment,
             Wall known_at);

  // `calls`: of this stage.
  analysis::LoadStageFindings stage(const LoadStageRow& row, std::span<const LoadCall> calls);

  const pricing::PriceBook& book() const { return book_; }
  bool priced() const { return priced_; }  // there is a price for its calls

 private:
  ModelCard card_;
  std::vector<analysis::ServiceObjectives> objectives_;
  std::optional<Money> machine_per_hour_;
  std::optional<Wall> at_;
  pricing::PriceBook book_;
  pricing::MachineRate rate_;
  bool priced_ = false;
  std::unique_ptr<AttemptBiller> biller_;
};

}  // namespace costwar::cli
