#include "cli/updated_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/catalogue.h"
#include "core/error.h"
#include "core/json.h"
#include "harness/sha256.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

namespace fs = std::filesystem;

const char* const kUndo = "costwar prices update --undo takes it away again";

// ",\n" between the elements, so that a change of one record is a change of one line.
void append_array(std::string& out, std::string_view key, const std::vector<Json>& elements) {
  out += fmt::format(",\n\"{}\": [", key);
  for (std::size_t i = 0; i < elements.size(); ++i) out += (i == 0 ? "\n" : ",\n") + elements[i].dump();
  out += "\n]";
}

std::size_t count_records(const pricing::Book& book) {
  return book.prices.size() + book.aliases.size() + book.multipliers.size() + book.units.size();
}

}  // namespace

std::string builtin_bundle() {
  std::vector<CatalogueFile> files = catalogue_folder("prices");
  files.push_back({"models.json", catalogue_file("models.json")});
  std::string as_of;
  std::vector<Json> calendars;
  std::vector<Json> models;
  std::vector<Json> records;
  for (const CatalogueFile& file : files) {
    const Json document = parse_json(file.bytes, file.path);
    as_of = std::max(as_of, document.at("as_of").get<std::string>());
    const auto take = [&](const char* key, std::vector<Json>& into) {
      if (const auto found = document.find(key); found != document.end())
        into.insert(into.end(), found->begin(), found->end());
    };
    take("calendars", calendars);
    take("models", models);
    take("records", records);
  }
  std::string out = fmt::format("{{\n\"schema_version\": 1,\n\"as_of\": \"{}\"", as_of);
  append_array(out, "calendars", calendars);
  append_array(out, "models", models);
  append_array(out, "records", records);
  return out + "\n}\n";
}

std::optional<fs::path> updated_book_path(const Environment& environment) {
  fs::path folder;
  // The XDG specification has relative paths ignored.
  if (const auto data = environment.variable("XDG_DATA_HOME"); data && fs::path(*data).is_absolute())
    folder = *data;
  else if (const auto home = environment.variable("HOME"))
    folder = fs::path(*home) / ".local" / "share";
  else
    return std::nullopt;
  return folder / "costwar" / "prices.json";
}

fs::path previous_book_path(const fs::path& updated) {
  return updated.parent_path() / "prices.previous.json";
}

bool something_at(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
}

std::optional<std::string> read_updated_book(const Environment& environment) {
  const auto path = updated_book_path(environment);
  if (!path || !something_at(*path)) return std::nullopt;
  try {
    return read_file(*path, kLargestBook);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("the updated price book: {}", error.what()), kUndo);
  }
}

pricing::PriceBook parse_updated_book(const fs::path& path, const std::string& bytes) {
  try {
    const pricing::Source source{path.string(), bytes};
    return pricing::PriceBook::parse({&source, 1});
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("the updated price book is damaged: {}", error.what()), kUndo);
  }
}

std::string as_of_in(const std::string& bundle, const std::string& name) {
  const Json document = parse_json(bundle, name);
  return JsonIn(document, name).at("as_of").string();
}

BaseBook describe_builtin_book() {
  const std::string bundle = builtin_bundle();
  const pricing::Source source{"the built-in price book", bundle};
  return {false, "built in", as_of_in(bundle, source.name), harness::Sha256().update(bundle).finish_hex(),
          count_records(pricing::PriceBook::parse({&source, 1}).book())};
}

BaseBook describe_base_book(const Environment& environment) {
  const auto bytes = read_updated_book(environment);
  if (!bytes) return describe_builtin_book();
  const fs::path path = *updated_book_path(environment);
  const pricing::PriceBook book = parse_updated_book(path, *bytes);
  return {true, path.string(), as_of_in(*bytes, path.string()), harness::Sha256().update(*bytes).finish_hex(),
          count_records(book.book())};
}

}  // namespace costwar::cli
