#include "cli/price_book.h"

#include "cli/catalogue.h"

namespace costwar::cli {

const pricing::PriceBook& price_book() {
  static const pricing::PriceBook book = [] {
    std::vector<pricing::Source> sources;
    for (const CatalogueFile& file : catalogue_folder("prices"))
      sources.push_back({std::string(file.path), file.bytes});
    sources.push_back({"models.json", catalogue_file("models.json")});
    return pricing::PriceBook::parse(sources);
  }();
  return book;
}

}  // namespace costwar::cli
