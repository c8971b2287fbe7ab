// costwar claim: whether a statement about models holds, by runs, published scores and prices.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "cli/claim/judge.h"
#include "cli/claim/statements.h"
#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/measured_set.h"
#include "cli/output.h"
#include "cli/published_set.h"
#include "cli/quantities.h"
#include "cli/verb.h"
#include "core/error.h"
#include "reports/views/claim_view.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

class ClaimVerb final : public Verb {
 public:
  void declare(CLI::App& app) override {
    declare_measured_flags(app, settings_.measured, 0);
    app.add_option("--capability", capability_,
                   "The first solves at least this many times as much as the second (0.80, 80%)");
    app.add_option("--cost", cost_,
                   "It costs at most this many times as much, on the same items (0.25, 25%)");
    app.add_option("--lag", lag_,
                   "The model is so many months behind the frontier, by published scores (3..6)")
        ->type_name("MONTHS");
    app.add_option("--file", file_, "Judge a list of claims (docs/claims.md)")->type_name("FILE");
    app.add_option("--as-of", days_,
                   "By what was known and priced on this day; comma-separated for several (default: now)")
        ->delimiter(',');
    app.add_option("--alpha", settings_.options.alpha, "Chance of a wrong verdict at most (default: 0.05)")
        ->check(CLI::Range(0.0001, 0.5));
    app.add_option("--seed", settings_.seed, "Seed of the bootstraps (default: the run's)")
        ->check(kWholeNumber);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const std::vector<std::optional<AsOf>> days = read_days();
    const ClaimsFile file = claims();
    check_flags_of_runs(file);
    const pricing::PriceBook book = load_price_book(settings_.measured.costing.books, environment);
    reports::ClaimsShown shown;
    shown.name = file.name;
    shown.alpha = settings_.options.alpha;
    for (const auto& day : days) {
      const std::string text = format_wall(day ? day->instant : SystemClock().wall());
      shown.days.push_back(day && !day->whole_day ? text : text.substr(0, 10));
    }
    for (const WrittenClaim& claim : file.claims) {
      reports::ClaimShown each{claim.text, claim.source, std::string(statement_kind(claim.statement)), {}};
      for (const auto& day : days)
        each.judged.push_back(judge(claim.statement, day, settings_, book, environment));
      shown.claims.push_back(std::move(each));
    }
    emit(reports::claims_document(shown), output_, environment);
    return settings_.measured.strict && !is_complete(shown) ? say_incomplete(environment) : exit_code(shown);
  }

 private:
  std::vector<std::optional<AsOf>> read_days() const {
    std::vector<std::optional<AsOf>> days;
    for (const std::string& text : days_) days.emplace_back(parse_as_of(text, "--as-of"));
    if (days.empty()) days.emplace_back();
    return days;
  }

  void check_flags_of_runs(const ClaimsFile& file) const {
    const MeasuredFlags& flags = settings_.measured;
    if (!days_.empty() && !flags.costing.at.empty())
      throw Error(ErrorKind::usage, "--at and --as-of both say when prices are of",
                  "--as-of takes an instant too: 2026-04-30T12:00:00Z");
    const bool runs = std::any_of(file.claims.begin(), file.claims.end(),
                                  [](const WrittenClaim& claim) { return is_about_runs(claim.statement); });
    if (!runs)
      refuse_flags_of_runs({{"--at", !flags.costing.at.empty()},
                            {"--machine-rate", !flags.costing.machine_rate.empty()},
                            {"--imported-costs", flags.costing.imported_costs},
                            {"--strict", flags.strict},
                            {"--store", !flags.store.empty()},
                            {"--seed", settings_.seed.has_value()}});
  }

  static bool is_complete(const reports::ClaimsShown& shown) {
    return std::none_of(shown.claims.begin(), shown.claims.end(), [](const reports::ClaimShown& claim) {
      const auto& evidence = claim.judged.back().evidence;
      return std::any_of(evidence.begin(), evidence.end(), [](const analysis::ClaimEvidence& row) {
        return row.cost && !row.cost->ratio.value;
      });
    });
  }

  // One from the flags, or a file's.
  ClaimsFile claims() const {
    const auto& names = settings_.measured.references;
    const bool ratio = !capability_.empty() || !cost_.empty();
    const int given = (ratio ? 1 : 0) + (lag_.empty() ? 0 : 1) + (file_.empty() ? 0 : 1);
    if (given != 1)
      throw Error(
          ErrorKind::usage,
          given == 0 ? "there is no claim"
                     : "--capability or --cost, --lag and --file are claims of their own",
          "costwar claim --capability 0.80 --cost 0.25 CHEAP STRONG, --lag 3..6 MODEL, or --file FILE");
    if (!file_.empty()) {
      if (!names.empty())
        throw Error(ErrorKind::usage,
                    fmt::format("--file names what its claims are about; {} is not needed", names[0]),
                    "leave out the runs, or --file");
      return read_claims_file(file_);
    }
    const std::size_t wanted = ratio ? 2 : 1;
    if (names.size() != wanted)
      throw Error(ErrorKind::usage,
                  ratio ? fmt::format("a claim about capability or cost is about two models, and {} named",
                                      names.size() == 1 ? "one is" : fmt::format("{} are", names.size()))
                        : "--lag is about one model",
                  ratio ? "costwar claim --capability 0.80 --cost 0.25 CHEAP STRONG"
                        : "costwar claim --lag 3..6 deepseek-v4-pro");
    ClaimsFile file;
    file.claims.push_back(
        ratio ? ratio_claim(names[0], names[1])
              : WrittenClaim{fmt::format("{} is {} months behind the frontier", names[0], lag_), "",
                             LagStatement{names[0], parse_months(lag_, "--lag")}});
    return file;
  }

  WrittenClaim ratio_claim(const std::string& cheap, const std::string& strong) const {
    RatioStatement ratio;
    ratio.cheap = cheap;
    ratio.strong = strong;
    std::string text = cheap + " has";
    if (!capability_.empty()) {
      ratio.bounds.capability = bound(capability_, "--capability");
      text += fmt::format(" at least {:g} % of the capability of {}", *ratio.bounds.capability * 100, strong);
    }
    if (!cost_.empty()) {
      ratio.bounds.cost = bound(cost_, "--cost");
      text += ratio.bounds.capability
                  ? fmt::format(" at no more than {:g} % of its cost", *ratio.bounds.cost * 100)
                  : fmt::format(" no more than {:g} % of the cost of {}", *ratio.bounds.cost * 100, strong);
    }
    return {text, "", ratio};
  }

  // A ratio may be above one.
  static double bound(const std::string& text, std::string_view flag) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    std::string_view unit(end);
    while (unit.starts_with(' ')) unit.remove_prefix(1);
    const double ratio = unit == "%" ? number / 100 : number;
    if (end == text.c_str() || !(unit.empty() || unit == "%") || !(ratio > 0 && ratio < 1000))
      throw Error(ErrorKind::usage, fmt::format("{} {}: no ratio", flag, text), "write 0.80 or 80%");
    return ratio;
  }

  static int exit_code(const reports::ClaimsShown& shown) {
    bool open = false;
    for (const reports::ClaimShown& claim : shown.claims) {
      const analysis::ClaimVerdict verdict = claim.judged.back().verdict;
      if (verdict == analysis::ClaimVerdict::refuted) return kGateFailed;
      open = open || verdict != analysis::ClaimVerdict::supported;
    }
    return open ? kUnresolved : kOk;
  }

  JudgeSettings settings_;
  std::string capability_;
  std::string cost_;
  std::string lag_;
  std::string file_;
  std::vector<std::string> days_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_claim() {
  return std::make_unique<ClaimVerb>();
}

}  // namespace costwar::cli
