// The project's own price catalogue, read from disk (tests run in the source root), and short ways to ask it.
#pragma once
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/json.h"
#include "pricing/price_book.h"

namespace costwar::pricing::test {

// Bytes of a file below the source root; fails the test when it cannot be read.
std::string read_file(const std::string& path);

// Every file of catalog/prices and catalog/models.json.
const PriceBook& catalogue();

Usage usage_of(std::initializer_list<std::pair<Meter, std::int64_t>> counts);
BillingFacts at(std::string_view instant);

// The tariff of "provider/model" as known on 2026-11-23 unless told otherwise; fails the test when there is
// none.
Tariff tariff(std::string_view name, std::string_view service_class = "standard",
              std::string_view region = "any", std::string_view currency = "USD",
              std::string_view known_at = "2026-11-23");

// Small records of the provider "acme", with `patch` merged over them: a null removes a member.
Json price_record(const Json& patch = Json::object());
Json alias_record(const Json& patch = Json::object());
Json multiplier_record(const Json& patch = Json::object());
Json unit_record(const Json& patch = Json::object());

// A book of one source named "book.json".
PriceBook book_of(const std::vector<Json>& records, const std::vector<Json>& calendars = {},
                  const std::vector<Json>& models = {});
PriceBook book_from(const Json& document);

// The tariff of acme/model-a in such a book, or the reason why there is none.
std::variant<Tariff, Unpriced> acme(const PriceBook& book, std::string_view known_at = "2026-11-23",
                                    std::string_view service_class = "standard",
                                    std::string_view region = "any", std::string_view model = "model-a");

// What one million fresh input tokens and no output cost, as decimal text; "refused" where nothing is known.
std::string input_price(const std::variant<Tariff, Unpriced>& answer, std::string_view instant);

}  // namespace costwar::pricing::test
