// The tables of the store, and the way from any older version to the present one. PRAGMA application_id marks
// a file as ours and PRAGMA user_version counts its migrations, so that a foreign or newer file is refused
// before it is touched.
#pragma once

#include <filesystem>

#include "harness/store/sqlite.h"

namespace costwar::harness {

// "cost" in ASCII.
inline constexpr int kStoreApplicationId = 0x636f7374;

// Opens the store for writing, making or migrating it where needed: WAL, full synchronisation, foreign keys.
// The caller keeps other processes from doing the same at once. Error{input} when the file is foreign,
// damaged, newer than this program, or not writable; it is then unchanged.
Database open_for_writing(const std::filesystem::path& path);

// Opens an existing store, also in a folder that may not be written. Error{input} when there is none, or as
// above.
Database open_for_reading(const std::filesystem::path& path);

}  // namespace costwar::harness
