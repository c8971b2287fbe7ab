// From runs of the store to the report that compare, report and export print: read, priced, compared, with
// the notes that only the store and the command line know.
#pragma once

#include <memory>
#include <string>

#include "analysis/comparison.h"
#include "cli/costing.h"
#include "cli/measure.h"
#include "cli/run_reference.h"
#include "core/document.h"
#include "core/item_rows.h"
#include "pricing/price_book.h"

namespace costwar::cli {

struct ReportSettings {
  const CostingFlags* costing;
  const pricing::PriceBook* book;
  Wall known_at;            // of prices
  std::string store;        // the flag, for commands that notes name
  bool cost_lines = false;  // what was billed, line by line, as tables of the document
  analysis::EnergyFactors energy{};
  bool bootstrap = false;  // ratios also where there are so many items that the delta method serves
};

struct RunReport {
  Document document;
  std::unique_ptr<ItemRows> items;  // only when asked for; needs the runs
  bool complete = false;            // no result is missing and nothing is unpriced
};

RunReport report_on(OpenRuns& runs, const ReportSettings& settings, bool items);

// What of the run was measured by this call, where not all of it was.
void add_measured_note(Document& document, const Measured& measured, const RunHeader& header);

}  // namespace costwar::cli
