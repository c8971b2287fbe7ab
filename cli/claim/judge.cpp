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
  Judge(const std::optional<Wall>& day, const JudgeSettings& settings, const pricing::PriceBook& book,
        const Environment& environment)
      : day_(day),
        instant_(day ? Wall{day->ns + kDayNs - 1} : SystemClock().wall()),
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
    if (day_) flags.costing.at = format_wall(*day_);
    const MeasuredSet measured(flags, environment_);
    if (measured.columns().header.models.size() != 2)
      throw Error(ErrorKind::usage,
                  fmt::format("{} and {} are {} models together, and a claim is about two", ratio.cheap,
                              ratio.strong, measured.columns().header.models.size()),
                  "pick one of each run: RUN#MODEL");
    analysis::ClaimOptions options = settings_.options;
    options.seed = settings_.seed.value_or(measured.columns().header.seed);
    const analysis::SharedOutcomes shared = analysis::shared_outcomes(measured.columns(), measured.costs());
    return analysis::judge_measured(ratio.bounds, shared, 0, 1, measured.differences(1, 0), options);
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

  std::optional<Wall> day_;
  Wall instant_;
  const JudgeSettings& settings_;
  const pricing::PriceBook& book_;
  const Environment& environment_;
  analysis::PublishedScores scores_;
};

}  // namespace

JudgedClaim judge(const Statement& statement, const std::optional<Wall>& day, const JudgeSettings& settings,
                  const pricing::PriceBook& book, const Environment& environment) {
  return std::visit(Judge(day, settings, book, environment), statement);
}

std::string_view statement_kind(const Statement& statement) {
  constexpr std::array<std::string_view, std::variant_size_v<Statement>> kKinds{
      "ratio", "list_price_ratio", "price", "lag", "active_share", "context", "relative"};
  return kKinds.at(statement.index());
}

}  // namespace costwar::cli
