// Own hardware against an API over a workload, as a Document.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/document.h"
#include "pricing/hardware/serving.h"

namespace costwar::reports {

// One assumption at the ends of its range, everything else as it was.
struct Sensitivity {
  pricing::Assumption assumption;
  struct End {
    std::optional<double> own_usd;     // a day; absent: the wish is not met then
    std::optional<double> break_even;  // first volume, times the workload
    std::optional<double> at_full;     // USD for what the API asks $1 for, instances as full as they may be
  };
  End low;
  End high;
};

struct ApiRate {
  std::string kind;           // "input", "cached input", "output"
  std::optional<double> low;  // USD per million over the hours of a week
  std::optional<double> high;
};

struct BreakEvenReport {
  std::string model;
  std::string weights;
  std::string against;  // "openai/gpt-5.5"
  std::string at;       // instant whose prices hold
  pricing::ServingWish wish;
  pricing::Serving serving;
  pricing::HourlyCost cost;  // of one accelerator
  pricing::OwnCapacity own;
  pricing::DailyWorkload work;
  double prompt_per_request = 0;
  std::optional<Money> api_day;  // exact, of the workload
  std::vector<ApiRate> api_rates;
  std::vector<Sensitivity> sensitivity;
  std::vector<std::string> notes;
};
Document breakeven_document(const BreakEvenReport& report);

}  // namespace costwar::reports
