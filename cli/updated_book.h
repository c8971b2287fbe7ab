// The base price book: the built-in one, or the newer one that `costwar prices update` put in its place. The
// update is one file, $XDG_DATA_HOME/costwar/prices.json (default ~/.local/share), with the one before it
// beside it; both are written atomically, so that a reader sees one or the other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/environment.h"
#include "pricing/price_book.h"

namespace costwar::cli {

inline constexpr std::uint64_t kLargestBook = std::uint64_t{64} << 20;

// All of the built-in book as one document of docs/schema/prices.schema.json, one record a line.
std::string builtin_bundle();

// nullopt where neither XDG_DATA_HOME nor HOME is set.
std::optional<std::filesystem::path> updated_book_path(const Environment& environment);
std::filesystem::path previous_book_path(const std::filesystem::path& updated);

// Whether anything is there, also what cannot be read or a link that leads nowhere: that is no missing
// update.
bool something_at(const std::filesystem::path& path);

// The update's bytes; nullopt when there is none.
// Error{input} when it cannot be read.
std::optional<std::string> read_updated_book(const Environment& environment);

// The whole book is checked. Error{input} with the file, the JSON pointer and what to do.
pricing::PriceBook parse_updated_book(const std::filesystem::path& path, const std::string& bytes);

// The base book in words and figures.
struct BaseBook {
  bool updated = false;
  std::string where;   // the file, or "built in"
  std::string as_of;   // "2026-11-23"
  std::string sha256;  // of the file, or of builtin_bundle()
  std::size_t records = 0;
};
BaseBook describe_builtin_book();
BaseBook describe_base_book(const Environment& environment);  // Error{input} when the update is damaged
std::string as_of_in(const std::string& bundle, const std::string& name);

}  // namespace costwar::cli
