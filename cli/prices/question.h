// What show, explain and history ask: one model in one currency, service class and region, as known at one
// instant. Wrong words become one-line errors with a suggestion.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "cli/environment.h"
#include "cli/price_book.h"
#include "pricing/price_book.h"

namespace costwar::cli {

struct PriceQuestion {
  std::string model;  // "provider/model"; an effort after '@' is ignored, since prices do not depend on it
  std::string known_at;
  std::string currency = "USD";
  std::string service_class = "standard";
  std::string region = "any";
  BookFlags books;
};

void declare_price_question(CLI::App& app, PriceQuestion& question);

// The book that the question is put to.
pricing::PriceBook asked_book(const PriceQuestion& question, const Environment& environment);

// Error{usage} for a provider, model, currency, class or region without any price; Error{input} for an
// instant that is none.
pricing::Tariff answer(const pricing::PriceBook& book, const PriceQuestion& question);

// Now, unless the text says otherwise.
Wall instant_or_now(const std::string& text);

// Error{usage} when the tariff has no price at that instant, with the nearest instant that has one.
void require_price_at(const pricing::Tariff& tariff, Wall at);

}  // namespace costwar::cli
