#include "cli/forecast/run_workload.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "cli/run_reference.h"
#include "core/error.h"
#include "core/suggest.h"

namespace costwar::cli {
namespace {

std::string priced_as(const ForecastPlan& plan, const ModelCard& card) {
  for (const std::string& name : {card.name, card.model})
    if (const auto found = plan.price_as.find(name); found != plan.price_as.end()) return found->second;
  if (card.own_machine || card.price_model.empty())
    throw Error(ErrorKind::usage, fmt::format("{} is in no price book", card.name),
                fmt::format("say as what it is priced: --price-as {}=openai/gpt-5.5", card.name));
  return card.price_provider + "/" + card.price_model;
}

// Its calls go to several models at several rates, and what a task takes each of them is not told apart.
Error route_error(const ForecastPlan& plan, const ModelCard& card) {
  std::vector<std::string> names;
  for (const ModelCard& member : card.members) names.push_back(member.name);
  return {ErrorKind::usage,
          fmt::format("{} in run {} is a route of {}: its calls have no one price", card.name, plan.run,
                      fmt::join(names, ", ")),
          "name a member that was measured on its own, --run RUN#MODEL; a scenario's option with \"shares\" "
          "mixes them"};
}

void check_names(const ForecastPlan& plan, const RunHeader& header) {
  std::vector<std::string> names;
  for (const ModelCard& card : header.models) {
    names.push_back(card.name);
    names.push_back(card.model);
  }
  for (const auto& [name, as] : plan.price_as) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const auto near = nearest_name(name, std::span<const std::string>(names));
    throw Error(ErrorKind::usage, fmt::format("--price-as: run {} has no model {}", plan.run, name),
                near ? fmt::format("did you mean {}?", *near)
                     : fmt::format("its models are {}", fmt::join(names, ", ")));
  }
}

}  // namespace

std::vector<MeasuredModel> measured_models(const ForecastPlan& plan, const std::string& store,
                                           const Environment& environment) {
  const std::array<std::string, 1> names{plan.run};
  OpenRuns runs(environment, store, names);
  const RunColumns columns = runs.read_columns();
  check_names(plan, columns.header);
  std::vector<MeasuredModel> models;
  for (std::uint32_t i = 0; i < columns.header.models.size(); ++i) {
    const ModelCard& card = columns.header.models[i];
    if (!card.members.empty()) throw route_error(plan, card);
    MeasuredModel model{priced_as(plan, card), {}};
    const auto tokens = analysis::tokens_per_task(columns, i);
    if (!tokens || !(tokens->mean.total() > 0) || tokens->unknown > 0)
      throw Error(ErrorKind::usage,
                  tokens && tokens->unknown > 0
                      ? fmt::format("{} attempts of {} in run {} have no token counts", tokens->unknown,
                                    card.name, plan.run)
                      : fmt::format("{} has no finished trial in run {}", card.name, plan.run),
                  "give the tokens: --input-per-day, --output-per-day");
    if (!tokens->relative_error)
      throw Error(ErrorKind::input,
                  fmt::format("{} finished the trials of only one item, or of one group of items, in run {}: "
                              "how far its tokens are off cannot be told",
                              card.name, plan.run),
                  "measure two items or more (--n 20), or give the tokens: --input-per-day, "
                  "--output-per-day");
    model.tokens = *tokens;
    const bool again = std::any_of(models.begin(), models.end(), [&](const MeasuredModel& each) {
      return each.price_id == model.price_id;
    });
    if (again)
      throw Error(ErrorKind::usage,
                  fmt::format("two models of run {} are priced as {}", plan.run, model.price_id),
                  "name one of them: RUN#MODEL");
    models.push_back(std::move(model));
  }
  return models;
}

}  // namespace costwar::cli
