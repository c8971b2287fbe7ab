#include "reports/views/published_frontier_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "analysis/published/published_candidates.h"
#include "analysis/published/score_labels.h"
#include "core/text.h"
#include "reports/render/cell_text.h"
#include "reports/views/estimate_cells.h"
#include "reports/views/published_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::FrontierGoal;
using analysis::FrontierPlace;
using analysis::PublishedFrontier;
using analysis::PublishedPoint;
using analysis::PublishedScore;

std::string named_list(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

class FrontierOfScores {
 public:
  FrontierOfScores(const analysis::PublishedScores& scores, const PublishedFrontier& frontier)
      : scores_(scores), frontier_(frontier), first_(*frontier.points.front().score) {
    std::vector<const PublishedScore*> rows;
    for (const PublishedPoint& point : frontier.points) rows.push_back(point.score);
    labels_ = analysis::score_labels(rows);
  }

  Document document() const {
    Document document;
    document.kind = "published_frontier";
    document.headline = headline();
    document.facts = {{"as_of", TextCell{scores_.as_of()}},
                      {"benchmark", TextCell{first_.benchmark_id}},
                      {"variant", TextCell{first_.variant}},
                      {"metric_family", TextCell{first_.metric_family}},
                      {"scale", TextCell{std::string(analysis::score_scale_name(first_.scale))}},
                      {"better", TextCell{first_.lower_is_better ? "lower" : "higher"}},
                      {"level", NumberCell{frontier_.options.level, 4}},
                      {"seed", IntegerCell{static_cast<std::int64_t>(frontier_.seed)}},
                      {"resamples", IntegerCell{frontier_.resamples}},
                      {"monte_carlo_error", NumberCell{frontier_.worst_error, 4}}};
    document.tables = {models(), goals(true), goals(false), varying(), sources()};
    add_notes(document);
    if (ScatterChart drawn = chart(); drawn.points.size() >= 2)
      document.charts.emplace_back(std::move(drawn));
    return document;
  }

 private:
  double unit() const { return analysis::full_score(first_).value_or(1); }

  Cell chance(double probability) const {
    return frontier_.resamples > 0 ? Cell{NumberCell{probability, 0, NumberStyle::share}} : Cell{Unknown{}};
  }

  std::string place_in_words(const PublishedPoint& point) const {
    if (!point.place) return {};
    if (point.place->on_frontier)
      return point.place->on_hull || !frontier_.is_share ? "on it" : "on it; a mix of two others is better";
    return point.place->dominated_by ? fmt::format("below {}", labels_[*point.place->dominated_by])
                                     : "below it";
  }

  // The score with its interval in the scale's own numbers.
  std::string score_in_words(const PublishedPoint& point) const {
    std::string words = analysis::score_text(*point.score);
    if (!point.doubt) return words;
    const bool percent = first_.scale == analysis::ScoreScale::percent;
    const int decimals = first_.scale == analysis::ScoreScale::fraction ? 3 : percent ? 1 : 0;
    return fmt::format("{} [{:.{}f}, {:.{}f}]", words, point.doubt->interval.low, decimals,
                       point.doubt->interval.high, decimals);
  }

  Table models() const {
    TableBuilder table("models", "");
    table.text("label", "Model").shown("Score").shown("Cost per item");
    table.number("frontier_probability", "On frontier").shown("Place", Align::left);
    table.text("evidence", "Evidence").text("measured_by", "Measured by").text("effort", "Effort");
    table.text("harness", "Harness").text("date", "Date");
    for (const char* key : {"reference",
                            "model",
                            "version",
                            "origin",
                            "confirmed",
                            "source",
                            "score",
                            "value",
                            "low",
                            "high",
                            "doubt_from",
                            "independent_items",
                            "cost_per_item",
                            "cost_basis",
                            "cost_per_solved",
                            "cost_per_solved_basis",
                            "on_frontier",
                            "on_hull",
                            "hull_probability",
                            "dominated_by",
                            "dominated_probability",
                            "setting"})
      table.data(key);
    for (std::size_t i = 0; i < frontier_.points.size(); ++i) table.row(model_cells(i));
    return table.build();
  }

  std::vector<Cell> model_cells(std::size_t i) const {
    const PublishedPoint& point = frontier_.points[i];
    const PublishedScore& it = *point.score;
    const bool placed = point.place.has_value();
    const FrontierPlace place = point.place.value_or(FrontierPlace{});
    const auto known = [&](Cell cell) { return placed ? cell : Cell{Unknown{}}; };
    const bool has_hull = placed && frontier_.is_share;
    std::vector<Cell> cells{TextCell{labels_[i]},
                            TextCell{score_in_words(point)},
                            money_cell(point.cost.per_item),
                            known(chance(place.probability)),
                            text_cell(place_in_words(point)),
                            TextCell{std::string(evidence_kind_name(analysis::kind_of_origin(it.origin)))},
                            text_cell(it.measured_by),
                            text_cell(effort_words(it)),
                            text_cell(it.harness),
                            text_cell(it.date)};
    const auto add = [&](Cell cell) { cells.push_back(std::move(cell)); };
    add(TextCell{scores_.reference_of(it)});
    add(TextCell{it.model_id});
    add(text_cell(it.model_version));
    add(TextCell{std::string(score_origin_name(it.origin))});
    add(BooleanCell{it.confirmed});
    add(TextCell{it.source});
    add(TextCell{analysis::score_text(it)});
    add(score_value_cell(it.score));
    add(point.doubt ? Cell{NumberCell{point.doubt->interval.low, 4}} : Cell{Unknown{}});
    add(point.doubt ? Cell{NumberCell{point.doubt->interval.high, 4}} : Cell{Unknown{}});
    add(text_cell(point.doubt ? point.doubt->basis : ""));
    add(integer_cell(analysis::independent_items(it)));
    add(money_cell(point.cost.per_item));
    add(text_cell(point.cost.per_item_basis));
    add(money_cell(point.cost.per_solved));
    add(text_cell(point.cost.per_solved_basis));
    add(known(BooleanCell{place.on_frontier}));
    add(has_hull ? Cell{BooleanCell{place.on_hull}} : Cell{Unknown{}});
    add(has_hull ? chance(place.hull_probability) : Cell{Unknown{}});
    add(place.dominated_by ? Cell{TextCell{labels_[*place.dominated_by]}} : Cell{Unknown{}});
    add(place.dominated_by ? chance(place.dominated_probability) : Cell{Unknown{}});
    add(text_cell(it.setting));
    return cells;
  }

  std::string mix_in_words(const FrontierGoal& goal) const {
    if (!goal.mix) return {};
    const std::string& first = labels_[goal.mix->first];
    if (goal.mix->share == 0) return first;
    return fmt::format("{:.0f} % {}, else {}", goal.mix->share * 100, labels_[goal.mix->second], first);
  }

  // Ends of a mix come from the doubt of the scores; costs are taken as they are.
  Table goals(bool quality) const {
    TableBuilder table(quality ? "at_quality" : "at_cost",
                       quality ? "The cheapest way to a share solved" : "The best at a cost");
    if (quality)
      table.number("quality", "Solve at least");
    else
      table.number("cost_per_item", "At most per item");
    table.text("model", "One model")
        .number(quality ? "cost" : "solved", quality ? "Cost per item" : "Solved");
    table.shown("A random mix", Align::left).data("mix_cheap").data("mix_strong").data("mix_share");
    table.number(quality ? "mix_cost" : "mix_solved", quality ? "Its cost" : "It solves");
    table.number("probability", "Reachable");
    const auto amount = [&](bool known, const analysis::Estimated& of, bool money) -> Cell {
      if (!known) return Unknown{};
      return money ? estimated_cost_cell(Currency(), of, 1) : estimated_cell(of, NumberStyle::share);
    };
    for (const FrontierGoal& goal : frontier_.goals) {
      if (goal.is_quality != quality) continue;
      table.row({quality ? Cell{NumberCell{goal.target, 1, NumberStyle::share}}
                         : estimated_cost_cell(Currency(), analysis::Estimated{goal.target, {}}, 1),
                 goal.model ? text_cell(labels_[*goal.model]) : Cell{Unknown{}},
                 amount(goal.model.has_value(), goal.single, quality), text_cell(mix_in_words(goal)),
                 goal.mix ? text_cell(labels_[goal.mix->first]) : Cell{Unknown{}},
                 goal.mix ? text_cell(labels_[goal.mix->second]) : Cell{Unknown{}},
                 number_cell(goal.mix ? std::optional(goal.mix->share) : std::nullopt, 1, NumberStyle::share),
                 amount(goal.mix.has_value(), goal.mixed, quality), chance(goal.probability)});
    }
    return table.build();
  }

  Table varying() const {
    TableBuilder table("differences", "");
    table.data("field").data("values").show(Show::data_only);
    for (const analysis::VaryingField& it : frontier_.varying) {
      std::vector<std::string> values;
      for (const std::string& value : it.values) values.push_back(value.empty() ? "not told" : value);
      table.row({TextCell{it.field}, TextCell{fmt::format("{}", fmt::join(values, "; "))}});
    }
    return table.build();
  }

  Table sources() const {
    TableBuilder table("sources", "Sources");
    table.shown("Model", Align::left).data("reference").text("remarks", "What its source adds");
    table.text("source", "Source").detail();
    for (std::size_t i = 0; i < frontier_.points.size(); ++i) {
      const PublishedScore& it = *frontier_.points[i].score;
      table.row({TextCell{labels_[i]}, TextCell{scores_.reference_of(it)},
                 text_cell(fmt::format("{}", fmt::join(it.notes, "; "))), TextCell{it.source}});
    }
    return table.build();
  }

  std::string headline() const {
    const std::string best =
        fmt::format("{} scores best: {}", labels_.front(), score_in_words(frontier_.points.front()));
    const std::string where = benchmark_words(scores_, first_);
    if (frontier_.placed() == 0)
      return fmt::format(
          "By published scores on {}, {}. No cost is published of any of them, so none has a "
          "place.",
          where, best);
    std::vector<std::string> on, below;
    double chance_below = 0;
    for (std::size_t i = 0; i < frontier_.points.size(); ++i) {
      const auto& place = frontier_.points[i].place;
      if (!place) continue;
      (place->on_frontier ? on : below).push_back(labels_[i]);
      if (!place->on_frontier) chance_below = 1 - place->probability;
    }
    std::string text = fmt::format("By published scores and costs on {}, {} {} worth a look", where,
                                   named_list(on), on.size() == 1 ? "is" : "are");
    if (!below.empty())
      text += fmt::format("; {} {} dominated", named_list(below), below.size() == 1 ? "is" : "are");
    if (below.size() == 1 && frontier_.resamples > 0)
      text += fmt::format(" (probability {:.0f} %)", chance_below * 100);
    return fmt::format("{}. {}.", text, best);
  }

  void add_notes(Document& document) const {
    const auto add = [&](NoteKind kind, std::string text) {
      document.notes.push_back({kind, std::move(text)});
    };
    for (std::string& words : varying_words(frontier_.varying)) add(NoteKind::warning, std::move(words));
    std::vector<std::string> without_cost, without_figure, without_doubt;
    std::set<std::string> bases;
    for (std::size_t i = 0; i < frontier_.points.size(); ++i) {
      const PublishedPoint& point = frontier_.points[i];
      if (!point.score->score)
        without_figure.push_back(labels_[i]);
      else if (!point.cost.per_item)
        without_cost.push_back(labels_[i]);
      if (point.doubt)
        bases.insert(point.doubt->basis);
      else if (point.place)
        without_doubt.push_back(labels_[i]);
    }
    if (!without_cost.empty())
      add(NoteKind::note, fmt::format("No cost is published of {}: no place.", named_list(without_cost)));
    if (!without_figure.empty())
      add(NoteKind::note,
          fmt::format("Only a range is published of {}: no place.", named_list(without_figure)));
    if (!without_doubt.empty())
      add(NoteKind::note,
          fmt::format("There are no chances, because neither a sample size nor an uncertainty "
                      "is published of {}.",
                      named_list(without_doubt)));
    if (!bases.empty())
      add(NoteKind::note, fmt::format("{:g} % intervals of scores: {}.", frontier_.options.level * 100,
                                      fmt::join(bases, "; ")));
    if (frontier_.resamples > 0)
      add(NoteKind::note,
          fmt::format("Chances by {} draws of the scores, each on its own: nobody tells which items two "
                      "systems solved, so differences are less sure here than on shared items.",
                      grouped(frontier_.resamples)));
    if (std::string text = unsettled_words(frontier_.settled, frontier_.worst_error, frontier_.resamples);
        frontier_.resamples > 0 && !text.empty())
      add(NoteKind::note, std::move(text));
    if (frontier_.placed() > 0)
      add(NoteKind::note,
          "Costs are as published (a published total counts over its number of items), at the prices of then "
          "and without an interval; nothing is priced again. "
          "Scores are listed by quality, never by what a dollar buys.");
    add(NoteKind::next_step,
        fmt::format("costwar scores show {}", scores_.reference_of(*frontier_.points.front().score)));
  }

  ScatterChart chart() const {
    const bool share = frontier_.is_share;
    ScatterChart drawn{"cost_quality",
                       fmt::format("Cost against published score: {}", benchmark_words(scores_, first_)),
                       {"USD per item", NumberStyle::plain, 4, Currency(), true},
                       {share ? "Solved" : std::string(analysis::score_scale_name(first_.scale)),
                        share ? NumberStyle::share : NumberStyle::plain,
                        share ? 1 : 0,
                        {},
                        false},
                       {}};
    if (frontier_.lower_is_better) return drawn;  // a chart has the better ones above
    for (std::size_t i = 0; i < frontier_.points.size(); ++i) {
      const PublishedPoint& point = frontier_.points[i];
      if (!point.place) continue;
      Estimate quality{point.score->score->value / unit(), {}, {}};
      if (point.doubt) {
        quality.low = point.doubt->interval.low / unit();
        quality.high = point.doubt->interval.high / unit();
      }
      drawn.points.push_back({labels_[i],
                              {point.cost.per_item->approximate(), {}, {}},
                              quality,
                              point.place->on_frontier,
                              fmt::format("{}, {}", origin_words(*point.score), point.score->date)});
    }
    return drawn;
  }

  const analysis::PublishedScores& scores_;
  const PublishedFrontier& frontier_;
  const PublishedScore& first_;
  std::vector<std::string> labels_;
};

}  // namespace

std::vector<std::string> varying_words(const std::vector<analysis::VaryingField>& varying) {
  std::vector<std::string> words;
  for (const analysis::VaryingField& it : varying) {
    if (it.field == "unconfirmed") {
      words.emplace_back(
          "Not every figure is confirmed by an official page or two agreeing parties: costwar scores show "
          "says which.");
      continue;
    }
    std::vector<std::string> values;
    for (const std::string& value : it.values) values.push_back(value.empty() ? "not told" : value);
    const std::string what = it.field == "measured_by" ? "who measured" : it.field;
    std::string text = fmt::format("Not alike in {}: {}.", what, fmt::join(values, "; "));
    if (it.field == "harness") text += " The comparison is of systems, not of models.";
    if (it.field == "origin") text += " A maker's own figures and those of others stand side by side.";
    words.push_back(std::move(text));
  }
  return words;
}

Document published_frontier_document(const analysis::PublishedScores& scores,
                                     const analysis::PublishedFrontier& frontier) {
  return FrontierOfScores(scores, frontier).document();
}

}  // namespace costwar::reports
