// costwar plan: before spending. What a run will take, from a pilot or from what was measured before, and
// what so many items can show.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/costing.h"
#include "cli/exit_code.h"
#include "cli/measure.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/quantities.h"
#include "cli/suite.h"
#include "cli/verb.h"
#include "core/error.h"
#include "reports/views/plan_view.h"
#include "stats/power.h"

namespace costwar::cli {
namespace {

// Where two models were never compared. Of public results on GSM8K and MMLU, pairs of near models disagree on
// 10 to 20 % of the items.
constexpr double kAssumedDiscordance = 0.15;
constexpr std::size_t kMostRuns = 20;  // that a forecast rests on, the newest

struct Basis {
  std::vector<RunColumns> runs;
  std::vector<Costing> costings;
  std::vector<std::string> ids;
};

class Plan final : public Verb {
 public:
  void declare(CLI::App& app) override {
    declare_measure_flags(app, measure_);
    app.add_option("--pilot", pilot_,
                   "Measure so many items of each task first; the run itself takes them over")
        ->check(CLI::Range(1, 10'000));
    app.add_option("--run", run_, "Forecast from this run alone (its id, or the beginning)");
    app.add_option("--resolve", resolve_,
                   "How many items a difference of so many points takes, such as 3pts");
    declare_costing_flags(app, costing_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    const Wall now = SystemClock().wall();
    check_output_flags(output_);
    const pricing::PriceBook book = load_price_book(costing_.books, environment);
    costing_.no_reprice = true;
    check_costing_flags(costing_, book, now);
    reports::PlanReport report;
    if (!resolve_.empty()) report.resolve = parse_points(resolve_, "--resolve");
    const auto tasks = resolve_tasks(measure_.tasks, measure_.seed, measure_.items, environment);
    std::vector<analysis::PlannedPart> parts;
    for (const harness::TaskItems& task : tasks) {
      const auto items = static_cast<std::int64_t>(task.items.size());
      parts.push_back({task.task.name, items * static_cast<std::int64_t>(measure_.repeats)});
      report.items += items;
    }
    if (measure_.models.empty()) measure_.models = kDefaultModels;
    if (pilot_ > 0) run_ = pilot(book, environment);

    const Basis basis = read_basis(book, now, environment);
    std::vector<analysis::MeasuredRun> measured;
    for (std::size_t i = 0; i < basis.runs.size(); ++i)
      measured.push_back({&basis.runs[i], &basis.costings[i].costs});
    for (const std::string& model : measure_.models) {
      report.models.push_back(analysis::forecast_model(model, parts, measured));
      report.own_machine.push_back(is_own_machine(model, basis));
    }
    add_pairs(report, measured);
    report.concurrency = measure_.concurrency;
    report.repeats = measure_.repeats;
    report.tasks = tasks.size();
    report.based_on = basis.ids;
    report.command =
        fmt::format("costwar compare {} --n {}{}", fmt::join(measure_.models, " "), measure_.items,
                    measure_.tasks.empty() ? "" : fmt::format(" --tasks {}", fmt::join(measure_.tasks, ",")));
    emit(reports::plan_document(report), output_, environment);
    return kOk;
  }

 private:
  // The first items of the very plan, so that nothing of the pilot is paid for again.
  std::string pilot(const pricing::PriceBook& book, const Environment& environment) const {
    MeasureFlags flags = measure_;
    flags.items = std::min<std::size_t>(flags.items, pilot_);
    flags.until_decided = false;
    flags.label = flags.label.empty() ? "pilot" : flags.label;
    return measure(flags, book, environment).run;
  }

  Basis read_basis(const pricing::PriceBook& book, Wall now, const Environment& environment) const {
    Basis basis;
    const auto path = store_path(environment, measure_.store);
    if (!std::filesystem::exists(path)) {
      if (!run_.empty()) throw no_run();
      return basis;
    }
    const auto store = harness::Store::open_existing(path);
    std::vector<std::string> ids;
    if (!run_.empty()) {
      const auto header = store->find_run(run_);
      if (!header) throw no_run();
      ids.push_back(header->id);
    } else {
      const auto runs = store->list_runs();
      for (auto run = runs.rbegin(); run != runs.rend() && ids.size() < kMostRuns; ++run)
        if (run->header.evidence == Evidence::measured && run->complete > 0 && concerns(run->header))
          ids.push_back(run->header.id);
    }
    for (const std::string& id : ids) {
      basis.runs.push_back(store->read_columns(id));
      RunColumns& run = basis.runs.back();
      std::fill(run.attempts.requested_ns.begin(), run.attempts.requested_ns.end(), now.ns);
      std::fill(run.attempts.completed_ns.begin(), run.attempts.completed_ns.end(), now.ns);
      basis.costings.push_back(cost_run(run, costing_, book, now));
      basis.ids.push_back(id);
    }
    return basis;
  }

  Error no_run() const {
    return {ErrorKind::usage, fmt::format("there is no run {}", run_), "costwar runs lists them"};
  }

  bool concerns(const RunHeader& header) const {
    return std::any_of(header.models.begin(), header.models.end(), [&](const ModelCard& card) {
      return std::find(measure_.models.begin(), measure_.models.end(), card.name) != measure_.models.end();
    });
  }

  static bool is_own_machine(const std::string& model, const Basis& basis) {
    for (const RunColumns& run : basis.runs)
      for (const ModelCard& card : run.header.models)
        if (card.name == model) return card.own_machine;
    return parse_model_spec(model).provider == "local";
  }

  void add_pairs(reports::PlanReport& report, std::span<const analysis::MeasuredRun> measured) const {
    const auto& models = measure_.models;
    for (std::size_t a = 0; a < models.size(); ++a)
      for (std::size_t b = a + 1; b < models.size(); ++b) {
        reports::PairPower pair{
            models[a],           models[b], analysis::find_discordance(models[a], models[b], measured),
            kAssumedDiscordance, {},        {}};
        // Few shared items say little of how often two models disagree: the share lies within Laplace's
        // bounds.
        if (pair.seen)
          pair.discordance =
              (static_cast<double>(pair.seen->discordant) + 1) / (static_cast<double>(pair.seen->shared) + 2);
        pair.detectable = stats::detectable_paired_difference(report.items, pair.discordance);
        if (report.resolve) pair.items_for = stats::paired_items_for(*report.resolve, pair.discordance);
        report.pairs.push_back(std::move(pair));
      }
  }

  MeasureFlags measure_;
  CostingFlags costing_;
  OutputFlags output_;
  std::size_t pilot_ = 0;
  std::string run_;
  std::string resolve_;
};

}  // namespace

std::unique_ptr<Verb> make_plan() {
  return std::make_unique<Plan>();
}

}  // namespace costwar::cli
