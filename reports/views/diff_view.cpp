#include "reports/views/diff_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/time.h"
#include "reports/render/cell_text.h"
#include "reports/views/comparison_parts.h"
#include "reports/views/diff_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::Diff;
using analysis::DiffPart;
using analysis::PairFinding;

void add(std::vector<Note>& notes, NoteKind kind, std::string text) {
  notes.push_back({kind, std::move(text)});
}

void add_price_notes(std::vector<Note>& notes, const Diff& diff) {
  for (const auto& [side, label] : {std::pair(&diff.overall.first, &diff.first_label),
                                    std::pair(&diff.overall.second, &diff.second_label)})
    if (side->cost.unpriced > 0)
      add(notes, NoteKind::warning,
          fmt::format("{} of {} attempts of {} have no known price: costs are not compared.",
                      grouped(side->cost.unpriced), grouped(side->cost.attempts), *label));
  if (diff.by_delta) add(notes, NoteKind::note, delta_note());
}

// What else but the models differs; the items are in the coverage.
void add_differences(std::vector<Note>& notes, const Diff& diff) {
  for (const analysis::Difference& difference : diff.comparability.differences)
    if (difference.field != "items")
      add(notes, NoteKind::warning, fmt::format("{}: the difference may be due to that.", difference.words));
}

void add_task_notes(std::vector<Note>& notes, const Diff& diff) {
  if (diff.tasks.size() > 1)
    add(notes, NoteKind::note,
        "Each task's p is adjusted for all of them (Holm): a task counts as resolved only where that agrees "
        "with "
        "its interval.");
  if (diff.overall.pair.clustered())
    add(notes, NoteKind::note,
        fmt::format(
            "The {} items form {} clusters of related ones, which are resampled and tested whole: a design "
            "effect of {:.2f}.",
            grouped(diff.overall.pair.counts.items()), grouped(diff.overall.pair.clusters),
            diff.overall.pair.design_effect));
}

void add_resolving_note(std::vector<Note>& notes, const Diff& diff) {
  const DiffPart& part = diff.overall;
  if (part.pair.quality != analysis::Verdict::unresolved) return;
  if (part.items_to_resolve)
    add(notes, NoteKind::next_step,
        fmt::format(
            "About {} shared items would resolve a difference of {:.1f} points at 80 % power, if it is "
            "what it seems.",
            grouped(std::max(*part.items_to_resolve, part.pair.counts.items() + 1)),
            std::abs(part.pair.difference) * 100));
  else
    add(notes, NoteKind::note,
        "No number of items can be named that would resolve a difference of which nothing was seen.");
}

}  // namespace

Document diff_document(const Diff& diff, std::span<const FlipTexts> texts, std::size_t shown) {
  Document document;
  document.kind = "diff";
  document.headline = diff_headline(diff);
  document.facts = {{"run", TextCell{diff.header.id}},
                    {"seed", TextCell{std::to_string(diff.seed)}},
                    {"level", NumberCell{diff.options.level, 2}},
                    {"resamples", IntegerCell{diff.options.resamples}},
                    {"ratio_intervals", TextCell{ratio_method(diff.by_delta)}},
                    {"coverage", coverage_cell(diff)}};
  for (auto& member : part_members(diff, diff.overall)) document.facts.push_back(std::move(member));
  document.facts.emplace_back("flip_count", IntegerCell{static_cast<std::int64_t>(diff.flips.size())});
  document.tables.push_back(measures_table(diff));
  document.tables.push_back(diff_tasks_table(diff));
  document.tables.push_back(flips_table(diff, texts));
  document.tables.push_back(flips_shown_table(diff, texts.first(std::min(shown, texts.size()))));
  add(document.notes, NoteKind::note, coverage_words(diff));
  add_price_notes(document.notes, diff);
  add_differences(document.notes, diff);
  add_task_notes(document.notes, diff);
  if (texts.size() < diff.flips.size())
    add(document.notes, NoteKind::note,
        fmt::format("{} of the {} flips are listed.", grouped(static_cast<std::int64_t>(texts.size())),
                    grouped(static_cast<std::int64_t>(diff.flips.size()))));
  add_resolving_note(document.notes, diff);
  return document;
}

}  // namespace costwar::reports
