#include "cli/measured_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "system/event_loop.h"

namespace costwar::cli {

void declare_measured_flags(CLI::App& app, MeasuredFlags& flags, int fewest) {
  CLI::Option* const references = app.add_option(
      "RUN|MODEL", flags.references,
      "Runs: an id or its beginning, a label, a file of an exported run, #MODEL behind it for one "
      "of its models; or a model alone, of which the newest run is meant");
  references->expected(fewest, -1);
  if (fewest > 0) references->required();
  app.add_flag("--strict", flags.strict, "Exit with 7 when anything is incomplete or unpriced");
  app.add_option("--store", flags.store,
                 "The store's file (default: .costwar/store.db of the project folder)");
  app.add_option("--machine-rate", flags.costing.machine_rate, "What an hour of this machine costs, in USD");
  app.add_option("--at", flags.costing.at, "Price everything at this instant instead of its own");
  app.add_flag("--imported-costs", flags.costing.imported_costs,
               "Imported runs cost what their source says, also where their tokens can be priced");
  declare_book_flags(app, flags.costing.books);
  flags.costing.no_reprice = true;  // what others would have cost is no finding of these
}

MeasuredSet::MeasuredSet(const MeasuredFlags& flags, const Environment& environment)
    : costing_flags_(flags.costing), book_(load_price_book(flags.costing.books, environment)) {
  const Wall now = SystemClock().wall();
  check_costing_flags(flags.costing, book_, now);
  runs_ = std::make_unique<OpenRuns>(environment, flags.store, flags.references);
  columns_ = runs_->read_columns();
  served_ = runs_->served_answers();
  costing_ = cost_run(columns_, flags.costing, book_, now);
}

bool MeasuredSet::complete() const {
  if (!runs_->stopped_when_decided().empty()) return true;  // the rest was not needed
  const auto& complete = columns_.trials.complete;
  return std::find(complete.begin(), complete.end(), 0) == complete.end();
}

analysis::CostColumns MeasuredSet::costs_on(Wall day) const {
  constexpr std::int64_t kHours = 24;
  constexpr std::int64_t kHourNs = 3'600'000'000'000;
  const Wall known{day.ns + kHours * kHourNs - 1};
  std::vector<analysis::CostColumns> hours;
  for (std::int64_t hour = 0; hour < kHours; ++hour) {
    CostingFlags flags = costing_flags_;
    flags.at = format_wall(Wall{day.ns + hour * kHourNs});
    hours.push_back(cost_run(columns_, flags, book_, known).costs);
  }
  analysis::CostColumns costs;
  costs.reserve(hours.front().size());
  for (std::size_t i = 0; i < hours.front().size(); ++i) {
    analysis::AttemptCost all = hours.front()[i];
    for (const analysis::CostColumns& each : hours) {
      const analysis::AttemptCost cost = each[i];
      const auto least = [](const analysis::AttemptCost& of) { return of.low ? of.low : of.amount; };
      const auto most = [](const analysis::AttemptCost& of) { return of.high ? of.high : of.amount; };
      all.unpriced = all.unpriced || cost.unpriced;
      if (least(cost) == least(all) && most(cost) == most(all)) continue;
      all.low = least(cost) && least(all) ? std::min(least(cost), least(all)) : std::nullopt;
      all.high = most(cost) && most(all) ? std::max(most(cost), most(all)) : std::nullopt;
      all.amount.reset();
    }
    costs.push_back(all);
  }
  return costs;
}

std::vector<analysis::Difference> MeasuredSet::differences(std::size_t first, std::size_t second) const {
  std::vector<analysis::Difference> differences =
      analysis::compare_measurements(columns_, first, second, served_, {}).differences;
  std::erase_if(differences, [](const analysis::Difference& d) { return d.field == "items"; });
  return differences;
}

void MeasuredSet::add_notes(Document& document) const {
  if (const auto stopped = runs_->stopped_when_decided(); !stopped.empty())
    document.notes.insert(document.notes.begin(), stopped_note(stopped));
  const auto& models = columns_.header.models;
  for (std::size_t m = 1; m < models.size(); ++m)
    for (const analysis::Difference& difference : differences(0, m))
      document.notes.push_back({NoteKind::warning, fmt::format("{} and {}: {}.", models[0].name,
                                                               models[m].name, difference.words)});
  for (std::size_t m = 0; m < models.size(); ++m)
    document.notes.push_back(
        {NoteKind::note, fmt::format("{}: {}.", models[m].name, costing_.pricing[m].basis)});
}

}  // namespace costwar::cli
