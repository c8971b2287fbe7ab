// Short ways to import a text and to look at the book that comes out. All models and prices are made up.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/error.h"
#include "pricing/import/import.h"
#include "pricing/price_book.h"

namespace costwar::pricing::test {

inline ImportedBook imported(std::string_view format, const std::string& text) {
  const ImportFormat* row = import_format(format);
  REQUIRE(row != nullptr);
  CHECK(guess_format(text) == row);
  return import_book(*row, text, {"file.json", "2026-11-20", ""});
}

inline PriceBook imported_book(const ImportedBook& imported) {
  const Source source{"imported.json", imported.text};
  return PriceBook::parse({&source, 1});
}

inline std::string complaint(std::string_view format, const std::string& text) {
  try {
    import_book(*import_format(format), text, {"file.json", "2026-11-20", ""});
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "accepted";
}

// "input/cache_read/cache_write_5m/cache_write_1h/output" per million tokens of the record with that id, with
// "-" for what is not known.
inline std::string rates(const PriceBook& book, std::string_view id) {
  for (const PriceRecord& price : book.book().prices) {
    if (price.evidence.id != id) continue;
    std::string text;
    for (const auto& rate : price.rates)
      text += (text.empty() ? "" : "/") +
              (rate ? Money(price.currency, *rate).times(1'000'000).decimal() : std::string("-"));
    return text;
  }
  return "no such record";
}

// "3 x what (example)", one a line.
inline std::string left_out(const ImportedBook& book) {
  std::string text;
  for (const LeftOut& each : book.left_out)
    text += std::to_string(each.count) + " x " + each.what + " (" + each.example + ")\n";
  return text;
}

// The input price per million tokens of a small prompt; "none" where there is none.
inline std::string input_at(const PriceBook& book, const std::string& provider, const std::string& model,
                            std::string_view instant, const std::string& service_class = "standard") {
  const auto found =
      book.resolve({provider, model, Currency(), service_class, "any", parse_wall("2026-12-31")});
  if (!std::holds_alternative<Tariff>(found)) return "none";
  Usage usage;
  usage.set(Meter::fresh_input, 1'000, Provenance::reported);
  usage.set(Meter::visible_output, 0, Provenance::reported);
  BillingFacts facts;
  facts.requested = parse_wall(instant);
  const Bill bill = std::get<Tariff>(found).bill(usage, facts);
  return bill.total() ? bill.amount(Meter::fresh_input).times(1'000).decimal() : "none";
}

}  // namespace costwar::pricing::test
