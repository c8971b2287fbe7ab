// The notes that change how to read a comparison. Each warning says what to do about it.
#include <fmt/format.h>

#include <algorithm>

#include "reports/render/cell_text.h"
#include "reports/views/comparison_parts.h"

namespace costwar::reports {
namespace {

using analysis::Comparison;
using analysis::ModelFinding;
using analysis::PairFinding;
using analysis::Verdict;

std::string items_text(std::int64_t count) {
  return fmt::format("{} item{}", grouped(count), count == 1 ? "" : "s");
}

std::string attempts_text(std::int64_t count) {
  return fmt::format("{} attempt{}", grouped(count), count == 1 ? "" : "s");
}

void warn(std::vector<Note>& notes, std::string text) {
  notes.push_back({NoteKind::warning, std::move(text)});
}
void say(std::vector<Note>& notes, std::string text) {
  notes.push_back({NoteKind::note, std::move(text)});
}

void add_completeness(std::vector<Note>& notes, const ModelFinding& model) {
  if (model.missing_bounds)
    warn(notes,
         fmt::format(
             "{} of {} of {} have no result yet: neither solved nor failed, so its share of all of them lies "
             "between {:.1f} % and {:.1f} %. Quality counts finished items only, cost counts every attempt "
             "made; run the same command again to measure what is missing.",
             grouped(model.missing()), items_text(model.items), model.label,
             model.missing_bounds->worst * 100, model.missing_bounds->best * 100));
  if (const std::int64_t lost = model.attempts_with(Outcome::in_doubt); lost > 0)
    warn(notes,
         fmt::format(
             "{} of {} left and no end was seen. What it cost is not known, so totals are lower bounds: "
             "compare with the vendor's usage page.",
             attempts_text(lost), model.label));
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

// The different values that are told, in the order in which they came.
std::vector<std::string> told(const ModelFinding& model, std::string analysis::ServedModel::*what) {
  std::vector<std::string> values;
  for (const analysis::ServedModel& served : model.served)
    if (!(served.*what).empty() && std::find(values.begin(), values.end(), served.*what) == values.end())
      values.push_back(served.*what);
  return values;
}

void add_served(std::vector<Note>& notes, const ModelFinding& model) {
  // That a route was answered by two is what it is for.
  const bool as_routed =
      !model.card.members.empty() && told(model, &analysis::ServedModel::model).size() == 2;
  if (model.served_models_differ() && as_routed)
    say(notes, fmt::format("{} was answered by {}: the table of served models tells whose answer was last.",
                           model.label, listed(told(model, &analysis::ServedModel::model))));
  else if (model.served_models_differ())
    warn(notes,
         fmt::format(
             "{} was answered by {} different models: {}. Its row mixes them; the table of served models "
             "tells them apart.",
             model.label, told(model, &analysis::ServedModel::model).size(),
             listed(told(model, &analysis::ServedModel::model))));
  if (model.service_classes_differ())
    warn(notes, fmt::format(
                    "{} was answered in different service classes: {}. Its row mixes their prices and times; "
                    "the table of served models tells them apart.",
                    model.label, listed(told(model, &analysis::ServedModel::service_class))));
}

void add_limited(std::vector<Note>& notes, const ModelFinding& model) {
  if (model.time.limited_attempts == 0) return;
  say(notes,
      fmt::format("{} of {} waited for limits before leaving, {:.1f} s in all. Times count from when an "
                  "attempt left, so that they are the model's.",
                  attempts_text(model.time.limited_attempts), model.label, model.time.limited_s));
}

void add_prices(std::vector<Note>& notes, const ModelFinding& model) {
  if (model.cost.unpriced == 0) return;
  if (model.cost.unpriced == model.cost.attempts)
    warn(notes,
         fmt::format(
             "No attempt of {} has a price ({}), so it has no cost per solved task. Unknown is not zero: "
             "import a price book that has it, see costwar prices.",
             model.label, model.pricing.basis.empty() ? "no price is known" : model.pricing.basis));
  else
    warn(notes,
         fmt::format(
             "{} of {} of {} are unpriced: its costs are lower bounds. See costwar prices for what the "
             "price book holds.",
             grouped(model.cost.unpriced), attempts_text(model.cost.attempts), model.label));
}

void add_counts(std::vector<Note>& notes, const ModelFinding& model) {
  if (model.tokens.attempts_without > 0)
    say(notes,
        fmt::format("{} of {} of {} came without token counts: its token sums are lower bounds.",
                    grouped(model.tokens.attempts_without), attempts_text(model.cost.attempts), model.label));
  if (model.tokens.weakest == Provenance::estimated)
    warn(notes, fmt::format("Some token counts of {} are estimates; its costs are no better than they are.",
                            model.label));
}

void add_nothing_solved(std::vector<Note>& notes, const ModelFinding& model) {
  if (model.quality.items == 0 || model.quality.solved > 0) return;
  if (model.cost_per_solved.unbounded() && model.quality.interval)
    say(notes,
        fmt::format("{} solved nothing: its cost per solved task has no upper bound. The lower bound is its "
                    "mean cost over the highest solve rate that n = {} allows, {:.1f} %.",
                    model.label, model.quality.items, model.quality.interval->high * 100));
  else
    say(notes, fmt::format("{} solved nothing, so a solved task has no price.", model.label));
}

// Related answers are fewer pieces of evidence than they are answers.
void add_clusters(std::vector<Note>& notes, const Comparison& comparison) {
  for (const ModelFinding& model : comparison.models) {
    if (!model.quality.clustered()) continue;
    const std::int64_t clusters = model.quality.clusters;
    if (clusters < 2)
      return warn(
          notes,
          "All answers belong to one cluster: they are one piece of evidence, so no interval is given. "
          "Measure items of several clusters.");
    return say(notes, fmt::format("{} answers of {} are of {} clusters (repeats of an item, items that share "
                                  "a context or a source): intervals count the clusters.",
                                  grouped(model.quality.items), model.label, grouped(clusters)));
  }
}

void add_early_stop(std::vector<Note>& notes, const Comparison& comparison) {
  if (!comparison.early_stop) return;
  const analysis::EarlyStop& stop = *comparison.early_stop;
  say(notes,
      fmt::format("Measured until decided: intervals of differences are confidence sequences, which hold "
                  "whenever one stops (error {:g} % over all pairs and looks, margin {:g} points, items "
                  "that finally failed are {}). Shares of single models carry no interval, because "
                  "stopping depended on them; cost intervals are as if n had been fixed.",
                  stop.alpha * 100, stop.margin * 100, stop.failures_count ? "wrong" : "left out"));
  for (const analysis::StoppedPair& pair : stop.pairs) {
    const std::string models = fmt::format("{} against {}", comparison.models[pair.sequence.first].label,
                                           comparison.models[pair.sequence.second].label);
    if (pair.sequence.decision == stats::Decision::undecided) {
      warn(notes, fmt::format("{} is not decided after {} clusters: raise --n, or accept a larger --margin.",
                              models, grouped(pair.sequence.clusters)));
      continue;
    }
    const std::string money =
        pair.cost_saved && !pair.cost_saved->is_zero()
            ? fmt::format(" and about {}", money_text(*pair.cost_saved, money_decimals(*pair.cost_saved)))
            : "";
    say(notes, fmt::format("{} was decided after {} clusters; stopping saved {} of the planned trials{}.",
                           models, grouped(pair.sequence.clusters), grouped(pair.trials_saved), money));
  }
}

// Small samples have intervals all the same; how often those hold the truth is not vouched for.
void add_weak(std::vector<Note>& notes, const Comparison& comparison) {
  std::vector<std::string> quality;
  std::vector<std::string> cost;
  for (const ModelFinding& model : comparison.models) {
    if (model.quality.weak) quality.push_back(model.label);
    if (model.cost_per_solved.weak) cost.push_back(model.label);
  }
  std::string which;
  if (!quality.empty()) which = "the quality of " + listed(quality);
  if (!cost.empty())
    which += (which.empty() ? "" : " and ") + ("the cost per solved task of " + listed(cost));
  if (which.empty()) return;
  warn(notes,
       fmt::format("The interval of {} is of few data (under 30 independent items or clusters, under 20 "
                   "solved, or under 20 not solved) and may be too narrow: see the coverage table in "
                   "docs/measuring.md, or measure more items.",
                   which));
}

void add_measuring(std::vector<Note>& notes, const Comparison& comparison, const ModelFinding& model) {
  if (model.measuring.attempts == 0) return;
  const CellText cost = cell_text(total_cell(comparison, model.measuring));
  say(notes, fmt::format("Measuring {} took {} of judges or simulated users besides, {}: never its own cost.",
                         model.label, attempts_text(model.measuring.attempts),
                         cost.text == "–" ? "at an unknown price" : "for " + joined(cost)));
}

void add_cold(std::vector<Note>& notes, const Comparison& comparison, const ModelFinding& model) {
  if (!model.cold) return;
  const CellText cost = cell_text(total_cell(comparison, *model.cold));
  say(notes,
      fmt::format("Prompt caching served {} tokens of {}{}.", grouped(*model.tokens.cached), model.label,
                  cost.text == "–" ? "; what that saved is not known, as it has no price"
                                   : "; without any cache its calls would have cost " + joined(cost)));
}

void add_readings(std::vector<Note>& notes, const Comparison& comparison, const ModelFinding& model) {
  for (const analysis::TaskFinding& task : model.tasks)
    if (task.reading_conflicts > 0)
      say(notes,
          fmt::format("{} of {} replies of {} to {} score differently when their answer is read out in "
                      "a second way: so many depend on the form of the reply.",
                      grouped(task.reading_conflicts), grouped(task.readings), model.label,
                      comparison.tasks[task.task].name));
}

void add_unshared(std::vector<Note>& notes, const Comparison& comparison) {
  for (std::size_t a = 0; a < comparison.models.size(); ++a)
    for (std::size_t b = a + 1; b < comparison.models.size(); ++b)
      if (comparison.models[a].quality.items > 0 && comparison.models[b].quality.items > 0 &&
          !pair_of(comparison, a, b))
        warn(notes,
             fmt::format(
                 "{} and {} share no finished item: their shares are of different items. Measure both on the "
                 "same tasks and seed to compare them.",
                 comparison.models[a].label, comparison.models[b].label));
}

void add_price_bases(std::vector<Note>& notes, const Comparison& comparison) {
  std::vector<std::pair<std::string, std::string>> bases;  // basis, labels
  for (const ModelFinding& model : comparison.models) {
    if (model.pricing.basis.empty()) continue;
    const auto known = std::find_if(bases.begin(), bases.end(),
                                    [&](const auto& basis) { return basis.first == model.pricing.basis; });
    if (known == bases.end())
      bases.emplace_back(model.pricing.basis, model.label);
    else
      known->second += " and " + model.label;
  }
  for (const auto& [basis, labels] : bases) say(notes, fmt::format("Cost of {}: {}.", labels, basis));
}

void add_repriced(std::vector<Note>& notes, const Comparison& comparison) {
  const bool any = std::any_of(comparison.models.begin(), comparison.models.end(),
                               [](const ModelFinding& model) { return !model.pricing.repriced.empty(); });
  if (any)
    say(notes,
        "Other rates are applied to the token counts of this run and say nothing about those models: each "
        "counts tokens "
        "in its own way and writes answers of other lengths, so it would be billed for other numbers.");
}

void add_evidence(std::vector<Note>& notes, const Comparison& comparison) {
  std::vector<std::string> elsewhere;
  std::vector<std::string> measured;
  for (const ModelFinding& model : comparison.models)
    (model.evidence == Evidence::measured ? measured : elsewhere)
        .push_back(model.evidence == Evidence::measured
                       ? model.label
                       : fmt::format("{} ({})", model.label, evidence_name(model.evidence)));
  if (elsewhere.empty()) return;
  if (measured.empty())
    say(notes, fmt::format("Not measured by costwar: {}.", listed(elsewhere)));
  else
    warn(notes, fmt::format("Mixed evidence: {} {} measured by costwar, {} {} not. Another harness asks and "
                            "scores in its own way, so differences are between systems, not models.",
                            listed(measured), measured.size() == 1 ? "was" : "were", listed(elsewhere),
                            elsewhere.size() == 1 ? "was" : "were"));
}

// A forecast deserves two digits, rounded up.
std::int64_t two_digits(std::int64_t count) {
  std::int64_t unit = 1;
  while (count / unit >= 100) unit *= 10;
  return (count + unit - 1) / unit * unit;
}

// One step per comparison: the pair of the headline where it is not resolved, else the first that is not.
void add_next_step(std::vector<Note>& notes, const Comparison& comparison) {
  if (comparison.early_stop) return;
  const Leaders two = leaders(comparison);
  auto open = pair_of(comparison, two.best, two.rival);
  if (!open || open->quality != Verdict::unresolved) {
    const auto found =
        std::find_if(comparison.pairs.begin(), comparison.pairs.end(),
                     [](const PairFinding& pair) { return pair.quality == Verdict::unresolved; });
    if (found == comparison.pairs.end()) return;
    open = *found;
  }
  const std::string& a = comparison.models[open->first].label;
  const std::string& b = comparison.models[open->second].label;
  if (!open->items_to_resolve) {
    say(notes, fmt::format(
                   "{} and {} solve equally many of the shared items: no sample size can be named that would "
                   "tell them apart.",
                   a, b));
    return;
  }
  const std::int64_t items = two_digits(std::max(*open->items_to_resolve, open->counts.items() + 1));
  std::string text = fmt::format("To resolve {} against {}, measure about {}", a, b, items_text(items));
  if (const auto tasks = static_cast<std::int64_t>(comparison.tasks.size()); tasks > 0)
    text += fmt::format(" (--n {})", (items + tasks - 1) / tasks);
  notes.push_back({NoteKind::next_step, text + ", if the difference stays as it is (80 % power)."});
}

}  // namespace

void add_origin_notes(std::vector<Note>& notes, std::span<const RunOrigin> origins) {
  if (origins.empty()) return;
  const auto differ = [&](auto same) {
    return std::any_of(origins.begin(), origins.end(),
                       [&](const RunOrigin& origin) { return !same(origin, origins.front()); });
  };
  const auto name = [](const std::optional<ModelCard>& card) { return card ? card->name : std::string(); };
  if (differ([](const RunOrigin& a, const RunOrigin& b) { return a.settings == b.settings; }))
    warn(notes,
         "The runs asked with different settings (such as temperature or the longest answer): "
         "a difference may be theirs. costwar runs show has them.");
  if (differ([&](const RunOrigin& a, const RunOrigin& b) { return name(a.judge) == name(b.judge); }))
    warn(notes, "The runs had different judges: a difference of judged scores may be theirs.");
  if (differ([&](const RunOrigin& a, const RunOrigin& b) {
        return name(a.simulated_user) == name(b.simulated_user);
      }))
    warn(notes, "The runs had different simulated users: a difference may be theirs.");
}

std::vector<Note> comparison_notes(const Comparison& comparison) {
  std::vector<Note> notes;
  for (const ModelFinding& model : comparison.models) {
    add_served(notes, model);
    add_completeness(notes, model);
    add_prices(notes, model);
    add_counts(notes, model);
    add_limited(notes, model);
    add_nothing_solved(notes, model);
    add_measuring(notes, comparison, model);
    add_cold(notes, comparison, model);
    add_readings(notes, comparison, model);
  }
  add_weak(notes, comparison);
  if (comparison.taken_over > 0)
    say(notes, fmt::format("{} taken over from earlier runs, with token counts, prices and times of then; "
                           "--no-cache asks again.",
                           comparison.taken_over == 1
                               ? "1 answer was"
                               : fmt::format("{} answers were", grouped(comparison.taken_over))));
  if (!comparison.weaker_sandbox.empty())
    warn(notes, fmt::format("Of the tasks that run programs: {}.", comparison.weaker_sandbox));
  add_clusters(notes, comparison);
  add_early_stop(notes, comparison);
  add_unshared(notes, comparison);
  add_evidence(notes, comparison);
  add_origin_notes(notes, comparison.origins);
  if (comparison.by_delta) say(notes, delta_note());
  add_price_bases(notes, comparison);
  add_repriced(notes, comparison);
  if (comparison.pairs.size() > 1 && !comparison.early_stop)
    say(notes, fmt::format(
                   "{} pairs are tested: a difference counts as resolved only where Holm's adjustment of its "
                   "test agrees with its interval.",
                   comparison.pairs.size()));
  add_next_step(notes, comparison);
  // Warnings first, steps last, otherwise in the order found.
  const auto rank = [](const Note& note) {
    return note.kind == NoteKind::warning ? 0 : note.kind == NoteKind::note ? 1 : 2;
  };
  std::stable_sort(notes.begin(), notes.end(),
                   [&](const Note& a, const Note& b) { return rank(a) < rank(b); });
  return notes;
}

}  // namespace costwar::reports
