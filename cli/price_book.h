// The price book: the embedded catalogue, and the user's own books over it.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/environment.h"
#include "pricing/price_book.h"

namespace costwar::cli {

// The embedded catalogue alone. Parsed on first use; lives as long as the program.
const pricing::PriceBook& price_book();

// --book FILE, as often as wanted; a later book wins over an earlier one, and any over the built-in one. The
// variable COSTWAR_PRICE_BOOKS names books, separated by colons, that come before those of the flags.
struct BookFlags {
  std::vector<std::string> files;
};
void declare_book_flags(CLI::App& app, BookFlags& flags);

// The built-in book, or its update (cli/updated_book.h), with the user's books over it. Error{input} names
// the file and where in it.
pricing::PriceBook load_price_book(const BookFlags& flags, const Environment& environment);

}  // namespace costwar::cli
