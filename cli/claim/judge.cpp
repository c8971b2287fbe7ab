#include "cli/claim/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "analysis/published/side_by_side.h"
#include "cli/host/hardware.h"
#include "cli/published_catalogue.h"
#include "core/error.h"
#include "core/suggest.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

using analysis::JudgedClaim;

constexpr std::int64_t kDayNs = 86'400'000'000'000;

// What the judging of one claim has at hand.
class Judge {
 public:
  Judge(const std::optional<AsOf>& as_of, const JudgeSettings& settings, const pricing::PriceBook& book,
        const Environment& environment)
      : as_of_(as_of),
        instant_(!as_of             ? SystemClock().wall()
                 : as_of->whole_day ? Wall{as_of->instant.ns + kDayNs - 1}
                                    : as_of->instant),
        settings_(settings),
        book_(book),
        environment_(environment),
        scores_(published_scores().known_by(instant_.ns / kDayNs)) {}

  JudgedClaim operator()(const RatioStatement& ratio) const {
    if (ratio.all_published) return judge_all_published(ratio);
    const bool first = analysis::is_published_reference(ratio.cheap);
    if (first != analysis::is_published_reference(ratio.strong))
      throw Error(ErrorKind::usage,
                  fmt::format("{} and {}: a published figure and a measured one are not compared",
                              ratio.cheap, ratio.strong),
                  "name two runs or models, or two published rows of one benchmark");
    if (!first) return judge_runs(ratio);
    const analysis::ClaimEvidence pair =
        analysis::judge_published_pair(ratio.bounds, row(ratio.cheap), row(ratio.strong), settings_.options);
    return analysis::judge_published(ratio.bounds, {pair});
  }

  JudgedClaim operator()(const ListPriceStatement& said) const {
    require_model(said.cheap);
    require_model(said.strong);
    return analysis::judge_list_price_ratio(said.cheap, said.strong, said.cost_at_most, book_, instant_);
  }

  JudgedClaim operator()(const PriceStatement& said) const {
    require_model(said.prices.model);
    return analysis::judge_prices(said.prices, book_, instant_);
  }

  JudgedClaim operator()(const LagStatement& said) const {
    (void)published_scores().of_model(
        said.model);  // a name that nobody has is an error, one without rows yet is not
    try {
      return analysis::judge_lag(analysis::find_lag(scores_, model_releases(), said.model), said.months);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::usage) throw;
      JudgedClaim judged;
      judged.because = "no score of it was published by then";
      return judged;
    }
  }

  JudgedClaim operator()(const ActiveShareStatement& said) const {
    return analysis::judge_active_share(require_model(said.model), said.low, said.high, instant_);
  }

  JudgedClaim operator()(const ContextStatement& said) const {
    return analysis::judge_context(require_model(said.model), said.tokens_at_least, instant_);
  }

  JudgedClaim operator()(const RelativeStatement& said) const {
    return analysis::judge_relative(accelerator_catalogue(), said.subject, said.versus, said.metric,
                                    said.gain, instant_);
  }

 private:
  // One that was out by the day; one that was not is told as such.
  const analysis::PublishedScore& row(const std::string& reference) const {
    (void)published_scores().find(reference);
    return scores_.find(reference);
  }

  JudgedClaim judge_all_published(const RatioStatement& ratio) const {
    std::vector<std::vector<const analysis::PublishedScore*>> models;
    for (const std::string& name : {ratio.cheap, ratio.strong}) {
      (void)published_scores().of_model(name);
      models.emplace_back();
      try {
        models.back() = scores_.of_model(name);
      } catch (const Error& error) {  // nothing was out yet
        if (error.kind() != ErrorKind::usage) throw;
      }
    }
    std::vector<analysis::ClaimEvidence> pairs;
    for (const analysis::SideLine& line : analysis::side_by_side(models).lines)
      pairs.push_back(analysis::judge_published_pair(ratio.bounds, *line.sides[0].score, *line.sides[1].score,
                                                     settings_.options));
    return analysis::judge_published(ratio.bounds, pairs);
  }

  JudgedClaim judge_runs(const RatioStatement& ratio) const {
    MeasuredFlags flags = settings_.measured;
    flags.references = {ratio.cheap, ratio.strong};
    if (as_of_) flags.costing.at = format_wall(as_of_->instant);
    const MeasuredSet measured(flags, environment_);
    if (measured.columns().header.models.size() != 2)
      throw Error(ErrorKind::usage,
                  fmt::format("{} and {} are {} models together, and a claim is about two", ratio.cheap,
                              ratio.strong, measured.columns().header.models.size()),
                  "pick one of each run: RUN#MODEL");
    analysis::ClaimOptions options = settings_.options;
    options.seed = settings_.seed.value_or(measured.columns().header.seed);
    const bool whole_day = as_of_ && as_of_->whole_day;
    const analysis::SharedOutcomes shared = analysis::shared_outcomes(
        measured.columns(), whole_day ? measured.costs_on(as_of_->instant) : measured.costs());
    JudgedClaim judged =
        analysis::judge_measured(ratio.bounds, shared, 0, 1, measured.differences(1, 0), options);
    add_what_runs_say(judged, measured, shared, whole_day);
    return judged;
  }

  // What is missing, what the prices are, and that a run whose data decided when to stop decides nothing
  // here.
  static void add_what_runs_say(JudgedClaim& judged, const MeasuredSet& measured,
                                const analysis::SharedOutcomes& shared, bool whole_day) {
    if (const auto stopped = measured.runs().stopped_when_decided(); !stopped.empty()) {
      judged.warnings.push_back(stopped_note(stopped).text);
      if (judged.verdict == analysis::ClaimVerdict::supported ||
          judged.verdict == analysis::ClaimVerdict::refuted) {
        judged.verdict = analysis::ClaimVerdict::unresolved;
        judged.because =
            "the run stopped when its data had decided, so a test for a fixed number of items does not hold";
      }
    }
    const TrialColumns& trials = measured.columns().trials;
    for (const analysis::ModelOutcomes& model : shared.models) {
      const auto planned =
          std::count(trials.model.begin(), trials.model.end(), static_cast<std::uint32_t>(model.model));
      if (planned > model.completed)
        judged.warnings.push_back(fmt::format("{} of {} tries of {} have no result and are left out.",
                                              planned - model.completed, planned, model.label));
      judged.notes.push_back(fmt::format("{}: {}{}.", model.name, measured.pricing()[model.model].basis,
                                         whole_day ? ", at every hour of that day" : ""));
    }
  }

  const pricing::ModelFacts& require_model(const std::string& id) const {
    const auto& models = book_.book().models;
    std::vector<std::string> names;
    for (const pricing::ModelFacts& model : models) {
      if (model.id == id) return model;
      names.push_back(model.id);
    }
    const auto near = nearest_name(id, std::span<const std::string>(names));
    throw Error(ErrorKind::usage, fmt::format("the catalogue has no model {}", id),
                near ? fmt::format("did you mean {}?", *near) : "write it as provider/model");
  }

  std::optional<AsOf> as_of_;
  Wall instant_;
  const JudgeSettings& settings_;
  const pricing::PriceBook& book_;
  const Environment& environment_;
  analysis::PublishedScores scores_;
};

}  // namespace

AsOf parse_as_of(std::string_view text, std::string_view flag) {
  const auto read = read_wall(text);
  if (!read || !(read->date_only || read->strict))
    throw Error(ErrorKind::usage, fmt::format("{} {}: no day", flag, text), "write 2026-04-30");
  return {read->wall, read->date_only};
}

bool is_about_runs(const Statement& statement) {
  const auto* ratio = std::get_if<RatioStatement>(&statement);
  return ratio != nullptr && !ratio->all_published && !analysis::is_published_reference(ratio->cheap);
}

JudgedClaim judge(const Statement& statement, const std::optional<AsOf>& as_of, const JudgeSettings& settings,
                  const pricing::PriceBook& book, const Environment& environment) {
  return std::visit(Judge(as_of, settings, book, environment), statement);
}

std::string_view statement_kind(const Statement& statement) {
  constexpr std::array<std::string_view, std::variant_size_v<Statement>> kKinds{
      "ratio", "list_price_ratio", "price", "lag", "active_share", "context", "relative"};
  return kKinds.at(statement.index());
}

}  // namespace costwar::cli
