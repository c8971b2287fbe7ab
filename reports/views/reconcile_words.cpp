#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/day.h"
#include "reports/render/cell_text.h"
#include "reports/views/reconcile_parts.h"

namespace costwar::reports {
namespace {

using pricing::ReconciledGroup;
using pricing::ReconciledMeter;
using pricing::Reconciliation;

struct BilledName {
  Meter meter;
  std::string_view words;
};
constexpr std::array kBilledNames{
    BilledName{Meter::fresh_input, "input"},
    BilledName{Meter::cache_read, "cache reads"},
    BilledName{Meter::cache_write_5m, "cache writes"},
    BilledName{Meter::cache_write_1h, "cache writes of 1 hour"},
    BilledName{Meter::visible_output, "output"},
    BilledName{Meter::requests, "requests"},
    BilledName{Meter::tool_calls, "tool calls"},
    BilledName{Meter::web_searches, "web searches"},
    BilledName{Meter::cache_token_hours, "cache storage"},
};

std::string words(const Money& amount) {
  return money_text(amount, money_decimals(amount));
}

// A part of the difference, and what it is, in words.
struct Cause {
  Money amount;
  std::string words;
};

std::set<std::int64_t> days_with(const Reconciliation& result, std::optional<Meter> meter,
                                 bool (*holds)(const ReconciledMeter&)) {
  std::set<std::int64_t> days;
  for (const ReconciledGroup& group : result.groups)
    for (const ReconciledMeter& part : group.meters)
      if (part.meter == meter && holds(part)) days.insert(group.day);
  return days;
}

std::string quantity_words(const Reconciliation& result, const ReconciledMeter& meter) {
  const std::string name = billed_name(meter.meter);
  const auto of_days = [&](const std::set<std::int64_t>& days) {
    return fmt::format("{} of {}", plural(static_cast<std::int64_t>(days.size()), "day", "days"), name);
  };
  if (!meter.computed)
    return of_days(days_with(result, meter.meter, [](const ReconciledMeter& m) { return !m.computed; })) +
           " that the log lacks";
  if (!meter.invoiced)
    return of_days(days_with(result, meter.meter, [](const ReconciledMeter& m) { return !m.invoiced; })) +
           " that the invoice lacks";
  return fmt::format("{} counted differently", name);
}

// Biggest first.
std::vector<Cause> causes(const Reconciliation& result) {
  std::vector<Cause> found;
  const auto add = [&](const Money& amount, std::string words) {
    if (!amount.is_zero()) found.push_back({amount, std::move(words)});
  };
  for (const ReconciledMeter& meter : result.meters) {
    add(meter.parts.quantity, quantity_words(result, meter));
    add(meter.parts.price, fmt::format("{} at another price", billed_name(meter.meter)));
  }
  add(result.total.parts.rounding, "rounding");
  add(result.total.parts.range, "within what the tariff leaves open");
  std::stable_sort(found.begin(), found.end(),
                   [](const Cause& a, const Cause& b) { return absolute(a.amount) > absolute(b.amount); });
  return found;
}

std::string percent_of(const Money& part, const Money& whole) {
  if (whole.is_zero()) return "";
  const double share = 100 * part.approximate() / whole.approximate();
  if (share < 0.005) return " (less than 0.01 %)";
  return fmt::format(" ({:.{}f} %)", share, share < 0.95 ? 2 : 1);
}

void add_side_notes(const Reconciliation& result, std::vector<Note>& notes) {
  Money only_invoice(result.currency, 0), only_log(result.currency, 0);
  std::int64_t invoice_groups = 0, log_groups = 0, unpriced = 0;
  for (const ReconciledGroup& group : result.groups) {
    unpriced += group.unpriced;
    if (group.side == pricing::Side::invoice_only) {
      ++invoice_groups;
      only_invoice += *group.invoiced;
    } else if (group.side == pricing::Side::log_only) {
      ++log_groups;
      if (group.computed) only_log += *group.computed;
    }
  }
  if (invoice_groups > 0)
    notes.push_back(
        {NoteKind::warning,
         fmt::format("The invoice alone has {} ({}); nothing in the log compares with it.",
                     plural(invoice_groups, "day of a model", "days of models"), words(only_invoice))});
  if (log_groups > 0)
    notes.push_back({NoteKind::warning,
                     fmt::format("The log alone has {} ({}); the invoice does not bill it.",
                                 plural(log_groups, "day of a model", "days of models"), words(only_log))});
  if (unpriced > 0)
    notes.push_back(
        {NoteKind::warning,
         fmt::format("{} of the log without a whole price: the computed cost there is \"at least\", "
                     "and counts explain nothing.",
                     plural(unpriced, "record", "records"))});
}

void add_scope_notes(const Reconciliation& result, std::vector<Note>& notes) {
  if (!result.separate.empty())
    notes.push_back({NoteKind::note,
                     "Credits, taxes, minimums and rounding lines of the invoice stand apart: they are in no "
                     "sum of usage."});
  if (!result.converted_from.empty())
    notes.push_back({NoteKind::note, fmt::format("Amounts in {} were exchanged line by line at the rate of "
                                                 "their day.",
                                                 fmt::join(result.converted_from, " and "))});
  if (!result.missing_rates.empty())
    notes.push_back(
        {NoteKind::warning,
         fmt::format("No exchange rate for {}: what these days cost in {} is not known.",
                     plural(static_cast<std::int64_t>(result.missing_rates.size()), "day", "days"),
                     result.currency.code())});
  if (result.days_outside > 0)
    notes.push_back(
        {NoteKind::note, fmt::format("{} of the log outside the invoice's days, {}, left aside.",
                                     plural(result.days_outside, "day", "days"), words(result.outside))});
  if (result.other_providers > 0)
    notes.push_back({NoteKind::note, fmt::format("{} of the log billed by another vendor, left aside.",
                                                 plural(result.other_providers, "model", "models"))});
  if (!result.total.parts.rounding.is_zero())
    notes.push_back(
        {NoteKind::note,
         fmt::format("Rounding: the invoice prints {} decimals, so each line may hide half a unit "
                     "of the last.",
                     result.decimals)});
  if (result.other_offsets > 0)
    notes.push_back(
        {NoteKind::warning,
         fmt::format("{} of the invoice printed in another zone than the first: their days begin at "
                     "another hour than the log's.",
                     plural(static_cast<std::int64_t>(result.other_offsets), "line", "lines"))});
  if (result.bad_lines == 0) return;
  for (const pricing::BadInvoiceLine& bad : result.bad_samples)
    notes.push_back({NoteKind::warning,
                     fmt::format("Line {} of the invoice could not be read: {}.", bad.line, bad.what)});
  if (result.bad_lines > result.bad_samples.size())
    notes.push_back(
        {NoteKind::warning,
         fmt::format("{} more of the invoice could not be read.",
                     plural(static_cast<std::int64_t>(result.bad_lines - result.bad_samples.size()), "line",
                            "lines"))});
}

std::string model_words(const std::string& model) {
  return model.empty() ? "all models" : model;
}

void add_next_step(const Reconciliation& result, const ReconcileVerdict& verdict, std::vector<Note>& notes) {
  if (!result.shifted_models.empty()) {
    notes.push_back(
        {NoteKind::next_step,
         fmt::format("The differences of {} cancel out over the days, as if the vendor's day began "
                     "at another hour than midnight {}: try --billing-zone.",
                     model_words(result.shifted_models.front()), format_offset(result.day_offset_ns))});
    return;
  }
  if (verdict.open_days.empty()) return;
  if (!result.missing_rates.empty()) {
    notes.push_back(
        {NoteKind::next_step, fmt::format("Add the rate from {} to {} of {} to the --fx file.",
                                          result.missing_rates.front().from.code(), result.currency.code(),
                                          format_day(result.missing_rates.front().day))});
    return;
  }
  const auto largest = std::max_element(
      result.groups.begin(), result.groups.end(), [](const ReconciledGroup& a, const ReconciledGroup& b) {
        return absolute(a.parts.unexplained) < absolute(b.parts.unexplained);
      });
  if (largest == result.groups.end() || largest->parts.unexplained.is_zero()) return;
  notes.push_back({NoteKind::next_step, fmt::format("Look first at {} on {}: {} of it is unexplained.",
                                                    model_words(largest->model), format_day(largest->day),
                                                    words(largest->parts.unexplained))});
}

}  // namespace

std::string billed_name(std::optional<Meter> meter) {
  for (const BilledName& name : kBilledNames)
    if (meter == name.meter) return std::string(name.words);
  return meter ? std::string(meter_row(*meter).title) : "lines without a meter";
}

Money absolute(const Money& amount) {
  return amount.atto() < 0 ? Money(amount.currency(), -amount.atto()) : amount;
}

std::string reconcile_headline(const Reconciliation& result) {
  const Money& difference = result.total.difference;
  const Money& unexplained = result.total.parts.unexplained;
  std::string text;
  if (difference.is_zero()) {
    text = fmt::format("The invoice is what the log adds up to, {}", words(result.total.computed));
  } else {
    text = fmt::format("The invoice is {}{} {} the {} that the log adds up to", words(absolute(difference)),
                       percent_of(absolute(difference), result.total.computed),
                       difference.atto() > 0 ? "above" : "below", words(result.total.computed));
  }
  const auto parts = causes(result);
  for (std::size_t i = 0; i < parts.size() && i < 2; ++i)
    text += fmt::format("; {}{} is {}", words(parts[i].amount), i == 0 ? " of it" : "", parts[i].words);
  if (parts.size() > 2)
    text += fmt::format("; {} more", plural(static_cast<std::int64_t>(parts.size()) - 2, "cause", "causes"));
  const bool open = std::any_of(result.groups.begin(), result.groups.end(), [](const ReconciledGroup& group) {
    return !group.parts.unexplained.is_zero();
  });
  if (!unexplained.is_zero()) {
    text += fmt::format("; {} is unexplained", words(unexplained));
  } else if (open) {
    text += "; what is unexplained cancels out between days or models";
  } else if (!difference.is_zero()) {
    text += "; nothing is unexplained";
  }
  if (!result.total.complete) text += "; days without an exchange rate are left out";
  if (result.bad_lines > 0)
    text += fmt::format("; {} of the invoice could not be read",
                        plural(static_cast<std::int64_t>(result.bad_lines), "line", "lines"));
  return text + ".";
}

std::vector<Note> reconcile_notes(const Reconciliation& result, const ReconcileVerdict& verdict) {
  std::vector<Note> notes;
  const std::string_view what = verdict.whole_difference ? "difference" : "unexplained remainder";
  notes.push_back(
      {NoteKind::note, verdict.open_days.empty()
                           ? fmt::format("No day's {} is above the tolerance ({}).", what,
                                         verdict.tolerance.empty() ? "0" : verdict.tolerance)
                           : fmt::format("{} of {} with {} {} above the tolerance ({}), or unknown.",
                                         verdict.open_days.size(),
                                         plural(static_cast<std::int64_t>(result.days.size()), "day", "days"),
                                         verdict.whole_difference ? "a" : "an", what,
                                         verdict.tolerance.empty() ? "0" : verdict.tolerance)});
  if (!verdict.whole_difference && verdict.open_days.empty() && !result.total.difference.is_zero())
    notes.push_back({NoteKind::note,
                     "Differences that counts or prices explain pass; --gate difference holds them to the "
                     "tolerance too."});
  add_side_notes(result, notes);
  add_scope_notes(result, notes);
  add_next_step(result, verdict, notes);
  return notes;
}

}  // namespace costwar::reports
