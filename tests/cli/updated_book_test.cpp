// Where an updated price book is looked for, and what the built-in one is as one document.
#include "cli/updated_book.h"

#include <doctest/doctest.h>

#include <map>

#include "core/json.h"

using namespace costwar;

namespace {

std::string path(std::map<std::string, std::string> variables) {
  cli::Environment environment;
  environment.variable = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  const auto found = cli::updated_book_path(environment);
  return found ? found->string() : "none";
}

}  // namespace

TEST_CASE("an updated book lies in the data folder of the user") {
  CHECK(path({{"XDG_DATA_HOME", "/data"}, {"HOME", "/home/me"}}) == "/data/costwar/prices.json");
  CHECK(path({{"HOME", "/home/me"}}) == "/home/me/.local/share/costwar/prices.json");
  CHECK(path({{"XDG_DATA_HOME", "relative"}, {"HOME", "/home/me"}}) ==
        "/home/me/.local/share/costwar/prices.json");
  CHECK(path({}) == "none");
  CHECK(cli::previous_book_path("/data/costwar/prices.json") == "/data/costwar/prices.previous.json");
}

TEST_CASE("the bundle holds every record of the built-in book, and prices as it does") {
  const std::string bundle = cli::builtin_bundle();
  const Json document = parse_json(bundle, "bundle");
  const pricing::Source source{"bundle", bundle};
  const pricing::PriceBook book = pricing::PriceBook::parse({&source, 1});
  const std::size_t parsed = book.book().prices.size() + book.book().aliases.size() +
                             book.book().multipliers.size() + book.book().units.size();
  CHECK(document["records"].size() == parsed);
  CHECK(parsed == cli::describe_builtin_book().records);
  CHECK(document["as_of"] == cli::describe_builtin_book().as_of);
  CHECK(cli::builtin_bundle() == bundle);
}
