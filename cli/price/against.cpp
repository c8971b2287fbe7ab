#include "cli/price/against.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/exit_code.h"
#include "core/day.h"
#include "core/error.h"
#include "core/millionths.h"
#include "pricing/invoice/formats.h"
#include "reports/views/reconcile_view.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

constexpr std::uint64_t kLargestInvoice = std::uint64_t{1} << 30;
constexpr std::int64_t kWhole = 100'000'000;  // millionths of a percent

std::string invoice_format_names() {
  std::string names;
  for (const pricing::InvoiceFormat& format : pricing::invoice_formats())
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  return names;
}

pricing::InvoiceOptions invoice_options(const AgainstFlags& flags) {
  pricing::InvoiceOptions options;
  if (!flags.invoice_currency.empty()) options.currency = Currency(flags.invoice_currency);
  for (const std::string& pair : flags.columns) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == pair.size())
      throw Error(ErrorKind::usage, fmt::format("--invoice-columns: '{}' is not KEY=COLUMN", pair),
                  "for example --invoice-columns day=Date,amount=Total");
    options.columns[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return options;
}

pricing::Invoice read(const AgainstFlags& flags) {
  return pricing::read_invoice(read_file(flags.against, kLargestInvoice), flags.invoice_format,
                               invoice_options(flags), flags.against);
}

Money absolute(const Money& amount) {
  return amount.atto() < 0 ? Money(amount.currency(), -amount.atto()) : amount;
}

Money allowed_on(const pricing::ReconciledDay& day, const Tolerance& tolerance) {
  if (tolerance.millionths_of_percent)
    return absolute(day.invoiced).scaled(*tolerance.millionths_of_percent, kWhole);
  return {day.invoiced.currency(), tolerance.atto};
}

}  // namespace

void declare_against_flags(CLI::App& app, AgainstFlags& flags) {
  const auto group = [](CLI::Option* option) { option->group("Reconciling"); };
  group(app.add_option("--against", flags.against, "Compare with this invoice or cost export (CSV)")
            ->type_name("FILE"));
  group(app.add_option("--invoice-format", flags.invoice_format,
                       fmt::format("One of {} (default: by its columns)", invoice_format_names())));
  group(app.add_option(
               "--invoice-columns", flags.columns,
               "For generic: day=COLUMN,amount=COLUMN, also currency, model, meter, quantity, kind, label")
            ->delimiter(',')
            ->type_name("KEY=COLUMN"));
  group(app.add_option("--invoice-currency", flags.invoice_currency,
                       "The currency of an invoice that prints none"));
  group(app.add_option("--fx", flags.fx, "Exchange rates: CSV of date,from,to,rate")->type_name("FILE"));
  group(app.add_option("--tolerance", flags.tolerance,
                       "Unexplained remainder of a day that is let pass: 0.50, or 0.5% of its invoice "
                       "(default: 0)"));
  group(app.add_option("--gate", flags.gate,
                       "What the tolerance is for: the unexplained remainder, or the whole difference, also "
                       "where counts and prices explain it")
            ->check(CLI::IsMember({"unexplained", "difference"}))
            ->capture_default_str());
  group(app.add_option(
      "--billing-zone", flags.billing_zone,
      "The zone of the vendor's billing day, such as +08:00 (default: as the invoice prints)"));
}

void check_against_flags(const AgainstFlags& flags) {
  if (flags.against.empty()) {
    const bool any = !flags.invoice_format.empty() || !flags.columns.empty() ||
                     !flags.invoice_currency.empty() || !flags.fx.empty() || !flags.tolerance.empty() ||
                     !flags.billing_zone.empty();
    if (any)
      throw Error(ErrorKind::usage,
                  "an invoice's format, columns, currency, rates, tolerance and zone need an invoice",
                  "name it with --against FILE");
    return;
  }
  (void)parse_tolerance(flags.tolerance);
  if (!flags.billing_zone.empty()) (void)parse_offset(flags.billing_zone);
  try {
    (void)invoice_options(flags);
  } catch (const Error& error) {
    throw Error(ErrorKind::usage, error.what(), error.hint());
  }
}

std::int64_t billing_offset_ns(const AgainstFlags& flags) {
  if (!flags.billing_zone.empty()) return parse_offset(flags.billing_zone);
  return flags.against.empty() ? 0 : read(flags).day_offset_ns;
}

Tolerance parse_tolerance(const std::string& text) {
  if (text.empty()) return {};
  const std::string_view whole = trimmed(text);
  const bool share = whole.ends_with('%');
  const std::string_view number = trimmed(share ? whole.substr(0, whole.size() - 1) : whole);
  const auto fail = [&] {
    throw Error(ErrorKind::usage,
                fmt::format("--tolerance: '{}' is neither an amount nor a percentage", text),
                "write an amount such as 0.50, or a share of the day's invoice such as 0.5%");
  };
  if (share) {
    const auto percent = parse_millionths(number);
    if (!percent || *percent < 0 || *percent > kWhole) fail();
    return {0, percent};
  }
  Tolerance tolerance;
  try {
    tolerance.atto = Money::parse(Currency(), number).atto();
  } catch (const Error&) {
    fail();
  }
  if (tolerance.atto < 0) fail();
  return tolerance;
}

std::vector<std::int64_t> open_days(const pricing::Reconciliation& result, const Tolerance& tolerance,
                                    bool whole_difference) {
  std::set<std::int64_t> open;
  for (const pricing::ReconciledDay& day : result.days) {
    const Money allowed = allowed_on(day, tolerance);
    const auto above = [&](const Money& unexplained) { return absolute(unexplained) > allowed; };
    const bool model_open =
        std::any_of(result.groups.begin(), result.groups.end(), [&](const pricing::ReconciledGroup& group) {
          return group.day == day.day && above(whole_difference ? group.difference : group.parts.unexplained);
        });
    const Money& left = whole_difference ? day.difference : day.parts.unexplained;
    if (!day.complete || above(left) || model_open) open.insert(day.day);
  }
  return {open.begin(), open.end()};
}

int reconcile_and_report(const pricing::Traffic& traffic, const AgainstFlags& flags,
                         const OutputFlags& output, Environment& environment,
                         const pricing::MatchModel& match) {
  pricing::Invoice invoice = read(flags);
  if (!flags.billing_zone.empty()) invoice.day_offset_ns = parse_offset(flags.billing_zone);
  std::optional<FxTable> fx;
  if (!flags.fx.empty()) fx = FxTable::parse(read_file(flags.fx, kLargestInvoice), flags.fx);
  const pricing::Reconciliation result = pricing::reconcile(traffic, invoice, fx ? &*fx : nullptr, match);
  const bool whole_difference = flags.gate == "difference";
  const reports::ReconcileVerdict verdict{
      flags.tolerance, open_days(result, parse_tolerance(flags.tolerance), whole_difference),
      whole_difference};
  emit(reports::reconcile_document(result, verdict), output, environment);
  if (result.bad_lines > 0) {
    fmt::print(environment.err, "costwar: {}: {} could not be read; the comparison lacks what they bill\n",
               flags.against, result.bad_lines == 1 ? "1 line" : fmt::format("{} lines", result.bad_lines));
    return kBadInput;
  }
  if (verdict.open_days.empty()) return kOk;
  fmt::print(environment.err, "costwar: {} above the tolerance on {}\n",
             whole_difference ? "a difference" : "an unexplained remainder",
             verdict.open_days.size() == 1 ? "1 day" : fmt::format("{} days", verdict.open_days.size()));
  return kGateFailed;
}

}  // namespace costwar::cli
