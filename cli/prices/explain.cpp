// costwar prices explain: one bill with every factor, its source and its date.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/prices/commands.h"
#include "cli/prices/question.h"
#include "core/error.h"
#include "core/suggest.h"
#include "pricing/bill_parts.h"
#include "reports/views/price_explain_view.h"

namespace costwar::cli {
namespace {

struct ShortName {
  std::string_view name;
  Meter meter;
};
constexpr std::array kShortNames{
    ShortName{"input", Meter::fresh_input}, ShortName{"cached", Meter::cache_read},
    ShortName{"write5m", Meter::cache_write_5m}, ShortName{"write1h", Meter::cache_write_1h},
    ShortName{"output", Meter::visible_output}};

Meter read_meter(const std::string& name) {
  if (const auto meter = meter_by_name(name)) return *meter;
  std::vector<std::string_view> names;
  for (const ShortName& row : kShortNames) {
    if (row.name == name) return row.meter;
    names.push_back(row.name);
  }
  for (const MeterRow& row : meters()) names.push_back(row.name);
  const auto near = nearest_name(name, std::span<const std::string_view>(names));
  throw Error(ErrorKind::usage, fmt::format("--usage: '{}' is not a meter", name),
              near ? fmt::format("did you mean {}?", *near) : fmt::format("use {}", fmt::join(names, ", ")));
}

std::int64_t read_count(const std::string& part, const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0)
    throw Error(ErrorKind::usage, fmt::format("--usage: '{}' does not end in a count", part),
                "write METER=COUNT, such as input=100000,output=1000");
  return value;
}

Usage read_usage(const std::string& text) {
  Usage usage;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    const std::string part = text.substr(start, end - start);
    const std::size_t equals = std::min(part.find('='), part.size());
    const Meter meter = read_meter(part.substr(0, equals));
    const std::int64_t count = read_count(part, part.substr(std::min(equals + 1, part.size())));
    if (usage[meter])
      throw Error(ErrorKind::usage, fmt::format("--usage: {} is given twice", meter_row(meter).name));
    usage.set(meter, count, Provenance::reported);
    start = end + 1;
  }
  // What is left out was not used, except where a bill needs it: then it is 0 here, not unknown.
  for (const Meter meter : {Meter::fresh_input, Meter::visible_output})
    if (!usage[meter]) usage.set(meter, 0, Provenance::reported);
  return usage;
}

// One million of every meter that the sheet at that instant has a rate for. The prompt would then choose the
// long tier of tiered sheets, as it would for such a request.
Usage millions(const pricing::Tariff& tariff, Wall at) {
  constexpr std::int64_t kMillion = 1'000'000;
  constexpr std::array<Meter, pricing::kRateCount> kMeters{Meter::fresh_input, Meter::cache_read,
                                                           Meter::cache_write_5m, Meter::cache_write_1h,
                                                           Meter::visible_output};
  Usage usage;
  usage.set(Meter::fresh_input, kMillion, Provenance::reported);
  usage.set(Meter::visible_output, kMillion, Provenance::reported);
  for (const pricing::SheetRow& row : pricing::segment_at(tariff.resolved(), at).rows)
    for (std::size_t i = 0; i < pricing::kRateCount; ++i)
      if (row.rates[i].known) usage.set(kMeters[i], kMillion, Provenance::reported);
  return usage;
}

class PricesExplain final : public Verb {
 public:
  void declare(CLI::App& app) override {
    declare_price_question(app, question_);
    app.add_option("--at", at_, "The instant of the request, such as 2026-08-17T02:00:00Z (default: now)");
    app.add_option(
           "--usage", usage_,
           "METER=COUNT,...: input, cached, write5m, write1h, output, reasoning, web_searches, ... (default: "
           "a million of each that has a price per token)")
        ->type_name("COUNTS");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const Wall at = instant_or_now(at_);
    const std::optional<Usage> given = usage_.empty() ? std::nullopt : std::optional(read_usage(usage_));
    const pricing::Tariff tariff = answer(asked_book(question_, environment), question_);
    Document document = reports::price_explain_document(tariff, given ? *given : millions(tariff, at), at);
    if (!given && pricing::segment_at(tariff.resolved(), at).tiered)
      document.notes.insert(document.notes.begin(),
                            {NoteKind::note,
                             "Without --usage a million of each meter is billed, which makes a long prompt; "
                             "give --usage for a request of another size."});
    emit(document, output_, environment);
    return kOk;
  }

 private:
  PriceQuestion question_;
  std::string at_;
  std::string usage_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_prices_explain() {
  return std::make_unique<PricesExplain>();
}

}  // namespace costwar::cli
