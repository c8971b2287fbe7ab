// costwar prices check: a file of instants with the price that held, against the book.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/price_book.h"
#include "cli/prices/commands.h"
#include "cli/prices/question.h"
#include "core/error.h"
#include "core/json.h"
#include "reports/views/price_words.h"
#include "reports/views/table_builder.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

using pricing::Rate;

constexpr std::uint64_t kLargestFile = std::uint64_t{64} << 20;

struct Vector {
  std::string pointer;
  pricing::TariffKey key;
  Wall instant;
  std::int64_t prompt_tokens = 0;
  std::vector<std::pair<Rate, std::optional<Money>>> expected;  // nullopt: no price
};

Wall read_instant(const JsonIn& in) {
  try {
    return parse_wall(in.string());
  } catch (const Error& error) {
    in.fail(error.what(), error.hint());
  }
}

Currency read_currency(const JsonIn& in) {
  const std::optional<std::string> code = in.optional_string("currency");
  if (!code) return Currency();
  try {
    return Currency(*code);
  } catch (const Error& error) {
    in.at("currency").fail(error.what(), error.hint());
  }
}

Rate read_rate_name(const JsonIn& in, const std::string& name) {
  std::string names;
  for (const reports::RateTitle& title : reports::kRateTitles) {
    if (title.key == name) return title.rate;
    names += (names.empty() ? "" : ", ") + std::string(title.key);
  }
  in.fail(fmt::format("'{}' is not a meter with a price", name), "use " + names);
}

std::optional<Money> read_price(const JsonIn& in, Currency currency) {
  if (in.is_null()) return std::nullopt;
  try {
    return Money::parse(currency, in.string());
  } catch (const Error& error) {
    in.fail(error.what(), error.hint());
  }
}

Vector read_vector(const JsonIn& in, Wall now) {
  in.allow_only({"provider", "model", "instant", "currency", "known_at", "expect", "source", "class",
                 "region", "prompt_tokens"});
  Vector vector;
  vector.pointer = in.pointer();
  vector.key = {in.at("provider").string(),
                in.at("model").string(),
                read_currency(in),
                in.optional_string("class").value_or("standard"),
                in.optional_string("region").value_or("any"),
                now};
  vector.instant = read_instant(in.at("instant"));
  if (const auto known_at = in.find("known_at")) vector.key.known_at = read_instant(*known_at);
  if (const auto prompt = in.find("prompt_tokens")) vector.prompt_tokens = prompt->integer(0);
  for (const auto& [name, price] : in.at("expect").members())
    vector.expected.emplace_back(read_rate_name(in.at("expect"), name),
                                 read_price(price, vector.key.currency));
  if (vector.expected.empty()) in.at("expect").fail("expects no price");
  return vector;
}

// What the book says about a vector: the row in effect, or why there is none.
struct Answer {
  std::optional<pricing::SheetRow> row;
  std::string reason;
};

Answer ask(const pricing::PriceBook& book, const Vector& vector) {
  const auto found = book.resolve(vector.key);
  if (const auto* unpriced = std::get_if<pricing::Unpriced>(&found)) return {std::nullopt, unpriced->reason};
  const auto& tariff = std::get<pricing::Tariff>(found);
  Usage usage;
  usage.set(Meter::fresh_input, vector.prompt_tokens, Provenance::reported);
  usage.set(Meter::visible_output, 0, Provenance::reported);
  BillingFacts facts;
  facts.requested = vector.instant;
  const pricing::Bill bill = tariff.bill(usage, facts);
  if (bill.refusal != pricing::Refusal::none) return {std::nullopt, tariff.reason(bill)};
  return {tariff.resolved().segments[bill.segment].rows[bill.row], ""};
}

bool agrees(const pricing::RateSpan& span, const std::optional<Money>& expected, Currency currency) {
  if (!expected || !span.known) return !expected && !span.known;
  return span.low == span.high && Money(currency, span.low).times(1'000'000) == *expected;
}

class PricesCheck final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("file", file_,
                   "JSON: [{provider, model, instant, currency, known_at, expect{meter: price}}]")
        ->type_name("FILE")
        ->required();
    declare_book_flags(app, books_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const Json json = parse_json(read_file(file_, kLargestFile), file_);
    const Wall now = instant_or_now("");
    std::vector<Vector> vectors;
    for (const JsonIn& element : JsonIn(json, file_).elements()) vectors.push_back(read_vector(element, now));
    if (vectors.empty()) throw Error(ErrorKind::input, fmt::format("{}: holds no vector to check", file_));
    const pricing::PriceBook book = load_price_book(books_, environment);
    std::size_t right = 0;
    for (const Vector& vector : vectors) right += compare(book, vector) ? 1U : 0U;
    emit(document(right, vectors.size()), output_, environment);
    if (right == vectors.size()) return kOk;
    fmt::print(environment.err, "costwar: {} of {} vectors differ from the price book\n",
               vectors.size() - right, vectors.size());
    return kGateFailed;
  }

 private:
  bool compare(const pricing::PriceBook& book, const Vector& vector) {
    const Answer answer = ask(book, vector);
    const std::size_t before = mismatches_.rows();
    for (const auto& [rate, expected] : vector.expected) {
      const pricing::RateSpan span =
          answer.row ? answer.row->rates[static_cast<std::size_t>(rate)] : pricing::RateSpan();
      if (agrees(span, expected, vector.key.currency)) continue;
      mismatches_.row({TextCell{reports::tariff_words(vector.key)}, TextCell{format_wall(vector.instant)},
                       TextCell{std::string(reports::kRateTitles[static_cast<std::size_t>(rate)].key)},
                       expected ? Cell{MoneyCell{*expected, true}} : Cell{Unknown{}},
                       reports::rate_cell(span, vector.key.currency), reports::text_cell(answer.reason),
                       TextCell{format_wall(vector.key.known_at)}, TextCell{vector.pointer}});
    }
    return mismatches_.rows() == before;
  }

  Document document(std::size_t right, std::size_t all) {
    Document document;
    document.kind = "price_check";
    document.headline =
        right == all
            ? fmt::format("{} of {} vectors agree with the price book, to the last digit.", right, all)
            : fmt::format("{} of {} vectors agree with the price book; {}.", right, all,
                          all - right == 1 ? "one does not" : fmt::format("{} do not", all - right));
    document.facts = {{"agreeing", IntegerCell{static_cast<std::int64_t>(right)}},
                      {"vectors", IntegerCell{static_cast<std::int64_t>(all)}}};
    document.tables.push_back(mismatches_.build());
    return document;
  }

  static reports::TableBuilder mismatch_table() {
    reports::TableBuilder table("mismatches", "Mismatches, per million tokens");
    table.text("model", "Model").text("instant", "Instant").text("meter", "Meter");
    table.number("expected", "Expected").number("got", "Got").text("reason", "Reason");
    table.data("known_at").data("pointer");
    return table;
  }

  std::string file_;
  BookFlags books_;
  OutputFlags output_;
  reports::TableBuilder mismatches_ = mismatch_table();
};

}  // namespace

std::unique_ptr<Verb> make_prices_check() {
  return std::make_unique<PricesCheck>();
}

}  // namespace costwar::cli
