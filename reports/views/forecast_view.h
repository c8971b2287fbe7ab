// A forecast of costs over months, as a Document.
#pragma once

#include <string>
#include <vector>

#include "analysis/forecast/forecast.h"
#include "analysis/forecast/price_changes.h"
#include "analysis/forecast/price_events.h"
#include "core/document.h"

namespace costwar::reports {

// One thing that the figures rest on.
struct ForecastAssumption {
  std::string what;    // "Growth of the volume"
  std::string value;   // "2%..8%/month"
  std::string origin;  // "given", "default", "price book", "measured"
};

struct ForecastReport {
  analysis::ForecastInput input;
  analysis::Forecast forecast;
  analysis::PriceHistory history;
  std::string history_scope;  // "openai and deepseek"
  std::vector<analysis::PriceEvent> events;
  std::vector<ForecastAssumption> assumptions;
  std::vector<std::string> notes;
};
Document forecast_document(const ForecastReport& report);

}  // namespace costwar::reports
