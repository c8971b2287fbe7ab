#include "reports/views/published_compare_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "reports/views/price_words.h"
#include "reports/views/published_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::OriginFindings;
using analysis::OriginPair;
using analysis::PublishedScore;
using analysis::PublishedScores;
using analysis::ScoreOrigin;
using analysis::SideLine;
using analysis::SideScore;

// "90.1 % max": what stands in a model's column.
std::string side_text(const PublishedScore& it) {
  const std::string effort = it.effort == "unspecified" || it.effort == "not_applicable" ? "" : it.effort;
  return effort.empty() ? score_words(it) : fmt::format("{} {}", score_words(it), effort);
}

std::string line_measurer(const SideLine& line) {
  if (!line.measured_by.empty()) {
    const bool maker = std::any_of(line.sides.begin(), line.sides.end(), [](const SideScore& it) {
      return it.score->origin == ScoreOrigin::vendor;
    });
    return maker ? fmt::format("{} (a maker)", line.measured_by) : line.measured_by;
  }
  const bool vendors = std::all_of(line.sides.begin(), line.sides.end(), [](const SideScore& it) {
    return it.score->origin == ScoreOrigin::vendor;
  });
  if (vendors) return "each maker";
  std::vector<std::string> words;
  for (const SideScore& it : line.sides) words.push_back(origin_words(*it.score));
  return fmt::format("{}", fmt::join(words, "; "));
}

// What differs besides who measured, which has a column of its own.
std::string line_marks(const SideLine& line) {
  std::vector<analysis::SoftDifference> all;
  for (const SideScore& side : line.sides)
    for (const analysis::SoftDifference& it : side.differences)
      if (it.field != "measured_by" && it.field != "origin") all.push_back(it);
  return analysis::difference_fields(all);
}

// The version that most lines of a model are of; the first of those in the order of their names.
std::string usual_version(const PublishedComparison& it, std::size_t model) {
  std::map<std::string, std::size_t> counts;
  for (const SideLine& line : it.sides.lines) ++counts[line.sides[model].score->model_version];
  std::string usual;
  std::size_t most = 0;
  for (const auto& [version, count] : counts)
    if (count > most) usual = version, most = count;
  return usual;
}

// A line of another version than the usual one says so: it is not the same model.
std::string version_mark(const std::string& usual, const PublishedScore& score) {
  if (score.model_version == usual) return "";
  return fmt::format(" ({})", score.model_version.empty() ? "version not told" : score.model_version);
}

Cell sides_cell(const PublishedScores& scores, const SideLine& line) {
  TableBuilder table("sides", "");
  table.data("row").data("difference").data("ratio").data("differences");
  for (const SideScore& it : line.sides)
    table.row({score_record_cell(scores, *it.score), number_cell(it.difference, 4), number_cell(it.ratio, 4),
               differences_cell(it.differences)});
  return table_cell(table.build());
}

std::string best_words(const SideLine& line, const std::vector<std::string>& models) {
  std::vector<std::string> names;
  for (const std::size_t i : line.best) names.push_back(models[i]);
  return fmt::format("{}", fmt::join(names, ", "));
}

Table lines_table(const PublishedScores& scores, const PublishedComparison& it) {
  const bool pair = it.models.size() == 2;
  TableBuilder table("lines", "");
  table.data("benchmark").data("variant").shown("Benchmark", Align::left);
  table.data("metric_family").data("scale").data("better").data("measured_by").data("best").data("sides");
  for (const std::string& model : it.models) table.shown(model);
  table.shown(pair ? "Second − first" : "Best", pair ? Align::right : Align::left);
  if (pair) table.shown("Ratio");
  table.shown("Measured by", Align::left).shown("Also differs", Align::left);
  table.when_empty("The models have no comparable published scores.");
  std::vector<std::string> usual;
  for (std::size_t i = 0; i < it.models.size(); ++i) usual.push_back(usual_version(it, i));
  for (const SideLine& line : it.sides.lines) {
    const PublishedScore& first = *line.sides.front().score;
    std::vector<Cell> cells{TextCell{first.benchmark_id},
                            TextCell{first.variant},
                            TextCell{benchmark_words(scores, first)},
                            TextCell{first.metric_family},
                            TextCell{std::string(analysis::score_scale_name(first.scale))},
                            TextCell{first.lower_is_better ? "lower" : "higher"},
                            text_cell(line.measured_by),
                            TextCell{best_words(line, it.models)},
                            sides_cell(scores, line)};
    for (std::size_t i = 0; i < line.sides.size(); ++i)
      cells.push_back(
          TextCell{side_text(*line.sides[i].score) + version_mark(usual[i], *line.sides[i].score)});
    if (pair) {
      cells.push_back(TextCell{score_difference_text(*line.sides[1].difference, first.scale)});
      cells.push_back(number_cell(line.sides[1].ratio, 2, NumberStyle::factor));
    } else {
      cells.push_back(TextCell{best_words(line, it.models)});
    }
    cells.push_back(TextCell{line_measurer(line)});
    cells.push_back(text_cell(line_marks(line)));
    table.row(std::move(cells));
  }
  return table.build();
}

// The same, a row per line and model, for formats that have no arrays within a row.
Table flat_table(const PublishedScores& scores, const PublishedComparison& it) {
  TableBuilder table("scores", "");
  table.data("line").data("benchmark").data("variant").data("metric_family").data("scale").data("better");
  table.data("named").data("model").data("version").data("effort").data("harness").data("value");
  table.data("origin").data("measured_by").data("date").data("confirmed").data("difference").data("ratio");
  table.data("differs").data("source").data("reference").show(Show::data_only);
  std::int64_t number = 0;
  for (const SideLine& line : it.sides.lines) {
    ++number;
    for (std::size_t i = 0; i < line.sides.size(); ++i) {
      const PublishedScore& score = *line.sides[i].score;
      table.row({IntegerCell{number},
                 TextCell{score.benchmark_id},
                 TextCell{score.variant},
                 TextCell{score.metric_family},
                 TextCell{std::string(analysis::score_scale_name(score.scale))},
                 TextCell{score.lower_is_better ? "lower" : "higher"},
                 TextCell{it.models[i]},
                 TextCell{score.model_id},
                 text_cell(score.model_version),
                 TextCell{score.effort},
                 text_cell(score.harness),
                 score_value_cell(score.score),
                 TextCell{std::string(analysis::score_origin_name(score.origin))},
                 text_cell(score.measured_by),
                 text_cell(score.date),
                 BooleanCell{score.confirmed},
                 number_cell(line.sides[i].difference, 4),
                 number_cell(line.sides[i].ratio, 4),
                 text_cell(analysis::difference_fields(line.sides[i].differences)),
                 TextCell{score.source},
                 TextCell{scores.reference_of(score)}});
    }
  }
  return table.build();
}

Table origins_table(const PublishedScores& scores, const PublishedComparison& it) {
  TableBuilder table("origins", "What the maker reported against what others measured");
  table.data("model").shown("Model", Align::left).shown("Benchmark", Align::left);
  table.data("benchmark").data("variant").data("scale").data("better").data("vendor").data("independent");
  table.shown("Maker").shown("Others").shown("By", Align::left).data("gap").shown("Maker − others");
  table.data("differences").shown("Also differs", Align::left);
  table.when_empty("No benchmark has comparable rows of both.");
  for (std::size_t i = 0; i < it.models.size(); ++i)
    for (const OriginPair& pair : it.origins[i].pairs) {
      const PublishedScore& vendor = *pair.vendor;
      std::vector<analysis::SoftDifference> others = pair.differences;
      std::erase_if(others,
                    [](const auto& each) { return each.field == "measured_by" || each.field == "origin"; });
      table.row({TextCell{vendor.model_id}, TextCell{model_words(vendor)},
                 TextCell{benchmark_words(scores, vendor)}, TextCell{vendor.benchmark_id},
                 TextCell{vendor.variant}, TextCell{std::string(analysis::score_scale_name(vendor.scale))},
                 TextCell{vendor.lower_is_better ? "lower" : "higher"}, score_record_cell(scores, vendor),
                 score_record_cell(scores, *pair.independent), TextCell{side_text(vendor)},
                 TextCell{side_text(*pair.independent)}, text_cell(pair.independent->measured_by),
                 NumberCell{pair.gap, 4}, TextCell{score_difference_text(pair.gap, vendor.scale)},
                 differences_cell(pair.differences), text_cell(analysis::difference_fields(others))});
    }
  return table.build();
}

// Lines on which one model alone is best, by model; the last: shared.
std::vector<std::size_t> wins_of(const PublishedComparison& it) {
  std::vector<std::size_t> wins(it.models.size() + 1);
  for (const SideLine& line : it.sides.lines)
    ++wins[line.best.size() == 1 ? line.best.front() : it.models.size()];
  return wins;
}

std::string headline_of(const PublishedComparison& it) {
  if (it.models.size() == 1) {
    const OriginFindings& origins = it.origins.front();
    return fmt::format(
        "{} has {} published scores of its maker and {} of others; {} can be put side by side.",
        it.models.front(), origins.vendor_rows, origins.independent_rows, origins.pairs.size());
  }
  if (it.sides.lines.empty())
    return fmt::format("{} have no comparable published scores.", list_words(it.models));
  std::set<std::string> benchmarks;
  for (const SideLine& line : it.sides.lines)
    benchmarks.insert(analysis::benchmark_text(*line.sides.front().score));
  const std::vector<std::size_t> wins = wins_of(it);
  std::vector<std::string> words;
  for (std::size_t i = 0; i < it.models.size(); ++i)
    words.push_back(fmt::format("{} is ahead on {}", it.models[i], wins[i]));
  if (wins.back() > 0) words.push_back(counted(wins.back(), "is level", "are level"));
  return fmt::format("{} have comparable published scores on {} ({} by who measured): {}.",
                     list_words(it.models), counted(benchmarks.size(), "benchmark", "benchmarks"),
                     counted(it.sides.lines.size(), "line", "lines"), fmt::join(words, ", "));
}

void add_warnings(Document& document, const PublishedComparison& it) {
  for (std::size_t i = 0; i < it.models.size(); ++i)
    if (it.origins[i].independent_rows == 0)
      document.notes.push_back(
          {NoteKind::warning,
           it.origins[i].imported_rows == 0
               ? fmt::format("Every published score of {} is its maker's own.", it.models[i])
               : fmt::format(
                     "No published score of {} is known to be independent: {} are its maker's own and "
                     "{} are repeated.",
                     it.models[i], it.origins[i].vendor_rows, it.origins[i].imported_rows)});
  const bool makers_alone =
      !it.sides.lines.empty() &&
      std::all_of(it.sides.lines.begin(), it.sides.lines.end(), [](const SideLine& line) {
        return std::all_of(line.sides.begin(), line.sides.end(),
                           [](const SideScore& side) { return side.score->origin == ScoreOrigin::vendor; });
      });
  if (makers_alone)
    document.notes.push_back(
        {NoteKind::warning,
         "Every line has only what the makers themselves report, each in its own set-up."});
}

void add_notes(Document& document, const PublishedComparison& it) {
  if (!it.sides.lines.empty())
    document.notes.push_back(
        {NoteKind::note,
         "Of several efforts, harnesses or versions of a model the best row counts; @EFFORT and #VERSION "
         "pick "
         "others. Ahead is by the figure, however small the difference: ± is shown where a source gives one. "
         "No figure "
         "is averaged over benchmarks, and there is no ratio where a scale has no zero."});
  for (std::size_t i = 0; i < it.models.size() && !it.sides.lines.empty(); ++i) {
    const std::string usual = usual_version(it, i);
    const bool several = std::any_of(it.sides.lines.begin(), it.sides.lines.end(), [&](const SideLine& line) {
      return line.sides[i].score->model_version != usual;
    });
    if (several && !usual.empty())
      document.notes.push_back(
          {NoteKind::note, fmt::format("Where no version of {} is named, it is {}.", it.models[i], usual)});
  }
  if (!it.sides.refused.empty())
    document.notes.push_back(
        {NoteKind::note, fmt::format("Not put on one axis: {}.", fmt::join(it.sides.refused, "; "))});
  std::set<std::string> variants;
  for (const OriginFindings& origins : it.origins)
    variants.insert(origins.refused.begin(), origins.refused.end());
  if (!variants.empty())
    document.notes.push_back(
        {NoteKind::note, fmt::format("Makers and others used variants that are not comparable on {}.",
                                     fmt::join(variants, "; "))});
}

}  // namespace

Document score_comparison_document(const PublishedScores& scores, const PublishedComparison& it) {
  Document document;
  document.kind = "score_comparison";
  document.headline = headline_of(it);
  document.facts = {{"as_of", TextCell{scores.as_of()}}};
  if (it.models.size() > 1) document.tables.push_back(lines_table(scores, it));
  if (it.models.size() == 1) {
    Table none = lines_table(scores, it);
    none.show = Show::data_only;
    document.tables.push_back(std::move(none));
  }
  document.tables.push_back(origins_table(scores, it));
  document.tables.push_back(flat_table(scores, it));
  add_warnings(document, it);
  add_notes(document, it);
  if (!it.sides.lines.empty())
    document.notes.push_back(
        {NoteKind::next_step, fmt::format("costwar scores show {}",
                                          scores.reference_of(*it.sides.lines.front().sides.front().score))});
  return document;
}

}  // namespace costwar::reports
