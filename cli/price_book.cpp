#include "cli/price_book.h"

#include <fmt/format.h>

#include <sstream>

#include "cli/catalogue.h"
#include "cli/updated_book.h"
#include "core/error.h"
#include "pricing/import/import.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

std::vector<pricing::Source> builtin_sources() {
  std::vector<pricing::Source> sources;
  for (const CatalogueFile& file : catalogue_folder("prices"))
    sources.push_back({std::string(file.path), file.bytes});
  sources.push_back({"models.json", catalogue_file("models.json")});
  return sources;
}

std::vector<std::string> book_files(const BookFlags& flags, const Environment& environment) {
  std::vector<std::string> files;
  std::istringstream named(environment.variable("COSTWAR_PRICE_BOOKS").value_or(""));
  for (std::string file; std::getline(named, file, ':');)
    if (!file.empty()) files.push_back(file);
  files.insert(files.end(), flags.files.begin(), flags.files.end());
  return files;
}

// Another tool's catalogue is a likely mistake: say what makes a book of it.
void refuse_other_formats(const std::string& file, const std::string& bytes) {
  if (const pricing::ImportFormat* format = pricing::guess_format(bytes))
    throw Error(ErrorKind::input, fmt::format("{}: this is {}, not a price book", file, format->title),
                fmt::format("costwar prices import {} --output BOOK.json makes a book of it", file));
}

}  // namespace

const pricing::PriceBook& price_book() {
  static const pricing::PriceBook book = pricing::PriceBook::parse(builtin_sources());
  return book;
}

void declare_book_flags(CLI::App& app, BookFlags& flags) {
  app.add_option("--book", flags.files,
                 "A price book of your own over the built-in one; repeatable, the later wins (also: the "
                 "variable COSTWAR_PRICE_BOOKS)")
      ->type_name("FILE")
      ->expected(1)
      ->take_all();
}

pricing::PriceBook load_price_book(const BookFlags& flags, const Environment& environment) {
  const std::vector<std::string> files = book_files(flags, environment);
  const std::optional<std::string> updated = read_updated_book(environment);
  if (files.empty() && !updated) return price_book();
  std::vector<std::string> bytes;
  bytes.reserve(files.size());  // sources are views of them
  std::vector<pricing::Source> sources = builtin_sources();
  if (updated) {
    const std::filesystem::path path = *updated_book_path(environment);
    pricing::PriceBook book = parse_updated_book(path, *updated);
    if (files.empty()) return book;
    sources = {{path.string(), *updated}};
  }
  for (const std::string& file : files) {
    bytes.push_back(read_file(file));
    refuse_other_formats(file, bytes.back());
    sources.push_back({file, bytes.back(), static_cast<std::uint32_t>(bytes.size())});
  }
  return pricing::PriceBook::parse(sources);
}

}  // namespace costwar::cli
