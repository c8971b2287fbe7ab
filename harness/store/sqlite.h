// The only door to SQLite: one connection and its prepared statements, with failures turned into Error. A
// Database and its Statements belong to one thread at a time; several connections to one file, in one process
// or many, are fine. Statements are prepared once and kept for the next use; a Statement must not outlive its
// Database.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace costwar::harness {

class Statement;

class Database {
 public:
  enum class Mode {
    create,     // read and write; the file is made when missing
    existing,   // read, and write where the system lets us; the file must exist
    immutable,  // read a file that nobody writes, without locks: the way into a read-only folder
  };

  // Error{input} that names the path. Nothing is read or written yet.
  Database(const std::filesystem::path& path, Mode mode);
  Database(Database&&) noexcept;
  ~Database();

  // A prepared statement ready for its first bind.
  Statement use(std::string_view sql);

  // Runs every statement of `sql`, ignoring result rows.
  void execute(std::string_view sql);

  // First column of the first row.
  std::int64_t integer(std::string_view sql);

  std::int64_t last_row() const;  // row number of the last insert
  bool read_only() const;
  bool moved() const;  // the file was deleted or renamed since it was opened
  const std::string& path() const;

 private:
  friend class Statement;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();  // resets, and keeps the prepared statement for the next use

  // Each binds the next parameter. Text and bytes must live until the statement is dropped.
  Statement& bind(std::int64_t value);
  Statement& bind_real(double value);
  Statement& bind_text(std::string_view text);
  Statement& bind_bytes(std::string_view bytes);
  Statement& bind_optional(const std::optional<std::int64_t>& value);
  Statement& bind_optional_real(const std::optional<double>& value);

  // True: a row is ready. False: done.
  bool step();

  // Cells of the row, from column 0. Views live until the next step. NULL reads as 0 and as empty text.
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::optional<std::int64_t> optional_integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;
  std::string_view bytes(int column) const;

 private:
  friend class Database;
  struct Prepared;
  Statement(Database::Impl& owner, Prepared* prepared, std::string_view sql);

  Database::Impl* owner_;
  Prepared* prepared_;
  std::string_view sql_;  // the owner's copy
  int next_ = 1;
};

// A write transaction; takes the write lock at once, and rolls back unless committed.
class WriteTransaction {
 public:
  explicit WriteTransaction(Database& database);
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;
  ~WriteTransaction();
  void
  commit();  // Error{input} also when the file has been deleted or renamed: nobody would read what is written

 private:
  Database& database_;
  bool open_ = true;
};

// One view of the database for several reads; may be nested.
class ReadSnapshot {
 public:
  explicit ReadSnapshot(Database& database);
  ReadSnapshot(const ReadSnapshot&) = delete;
  ReadSnapshot& operator=(const ReadSnapshot&) = delete;
  ~ReadSnapshot();

 private:
  Database& database_;
};

}  // namespace costwar::harness
