#include "harness/store/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "core/error.h"

namespace costwar::harness {
namespace {

// Longer than any commit of ours; a store that is busy for longer is stuck.
constexpr int kBusyTimeoutMs = 30'000;

// SQLite's URI form, in which '?', '#' and '%' have a meaning.
std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '?' || c == '#' || c == '%')
      uri += fmt::format("%{:02X}", static_cast<unsigned>(c));
    else
      uri += c;
  }
  return uri + "?immutable=1";
}

[[noreturn]] void fail(sqlite3* handle, const std::string& path, int code) {
  std::string detail = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  const int primary = code & 0xff;
  if (const int cause = handle != nullptr ? sqlite3_system_errno(handle) : 0;
      cause != 0 && (primary == SQLITE_CANTOPEN || primary == SQLITE_IOERR))
    detail += fmt::format(" ({})", std::strerror(cause));
  switch (primary) {
    case SQLITE_NOTADB:
      throw Error(ErrorKind::input, fmt::format("{} is not a costwar store: {}", path, detail),
                  "it was left as it is; move it away to begin a new store");
    case SQLITE_CORRUPT:
      throw Error(ErrorKind::input, fmt::format("the store {} is damaged: {}", path, detail),
                  "it was left as it is; restore a copy, or save what can be read with sqlite3's .recover");
    case SQLITE_FULL:
    case SQLITE_IOERR:
      throw Error(ErrorKind::input, fmt::format("the store {} cannot be written or read: {}", path, detail),
                  "free some space or check the disk, then run the same command again: it goes on from what "
                  "is stored");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(ErrorKind::input,
                  fmt::format("the store {} has been locked for {} s", path, kBusyTimeoutMs / 1000),
                  "another process holds it open for writing; end that one, then run the same command again");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      throw Error(ErrorKind::input, fmt::format("the store {} cannot be opened for this: {}", path, detail),
                  "check that the folder exists and that you may write in it");
    default:
      throw Error(ErrorKind::internal, fmt::format("the store {}: {}", path, detail));
  }
}

}  // namespace

struct Database::Impl {
  std::string path;
  sqlite3* handle = nullptr;
  std::map<std::string, std::vector<sqlite3_stmt*>, std::less<>> idle;  // prepared, not in use, by their text

  void check(int code) const {
    if (code != SQLITE_OK) fail(handle, path, code);
  }

  ~Impl() {
    for (auto& [sql, statements] : idle)
      for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
    sqlite3_close(handle);
  }
};

Database::Database(const std::filesystem::path& path, Mode mode) : impl_(std::make_unique<Impl>()) {
  impl_->path = path.string();
  const std::string name = mode == Mode::immutable ? immutable_uri(impl_->path) : impl_->path;
  int flags = SQLITE_OPEN_NOMUTEX;
  if (mode == Mode::immutable) flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
  if (mode == Mode::existing) flags |= SQLITE_OPEN_READWRITE;
  if (mode == Mode::create) flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  impl_->check(sqlite3_open_v2(name.c_str(), &impl_->handle, flags, nullptr));
  sqlite3_extended_result_codes(impl_->handle, 1);
  impl_->check(sqlite3_busy_timeout(impl_->handle, kBusyTimeoutMs));
}

Database::Database(Database&&) noexcept = default;
Database::~Database() = default;

Statement Database::use(std::string_view sql) {
  auto found = impl_->idle.find(sql);
  if (found == impl_->idle.end())
    found = impl_->idle.emplace(std::string(sql), std::vector<sqlite3_stmt*>{}).first;
  sqlite3_stmt* prepared = nullptr;
  if (!found->second.empty()) {
    prepared = found->second.back();
    found->second.pop_back();
  } else {
    impl_->check(sqlite3_prepare_v3(impl_->handle, found->first.c_str(),
                                    static_cast<int>(found->first.size()) + 1, SQLITE_PREPARE_PERSISTENT,
                                    &prepared, nullptr));
  }
  return {*impl_, reinterpret_cast<Statement::Prepared*>(prepared), found->first};
}

void Database::execute(std::string_view sql) {
  impl_->check(sqlite3_exec(impl_->handle, std::string(sql).c_str(), nullptr, nullptr, nullptr));
}

std::int64_t Database::integer(std::string_view sql) {
  Statement statement = use(sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(impl_->handle);
}

bool Database::read_only() const {
  return sqlite3_db_readonly(impl_->handle, "main") != 0;
}

bool Database::moved() const {
  int result = 0;
  impl_->check(sqlite3_file_control(impl_->handle, "main", SQLITE_FCNTL_HAS_MOVED, &result));
  return result != 0;
}

const std::string& Database::path() const {
  return impl_->path;
}

namespace {
template <typename Prepared>
sqlite3_stmt* raw(Prepared* prepared) {
  return reinterpret_cast<sqlite3_stmt*>(prepared);
}
}  // namespace

Statement::Statement(Database::Impl& owner, Prepared* prepared, std::string_view sql)
    : owner_(&owner), prepared_(prepared), sql_(sql) {}

Statement::Statement(Statement&& other) noexcept
    : owner_(other.owner_),
      prepared_(std::exchange(other.prepared_, nullptr)),
      sql_(other.sql_),
      next_(other.next_) {}

Statement::~Statement() {
  if (prepared_ == nullptr) return;
  sqlite3_reset(raw(prepared_));
  sqlite3_clear_bindings(raw(prepared_));
  owner_->idle.find(sql_)->second.push_back(raw(prepared_));
}

Statement& Statement::bind(std::int64_t value) {
  owner_->check(sqlite3_bind_int64(raw(prepared_), next_++, value));
  return *this;
}

Statement& Statement::bind_real(double value) {
  owner_->check(sqlite3_bind_double(raw(prepared_), next_++, value));
  return *this;
}

// A null pointer would bind NULL, and an empty view may have one.
Statement& Statement::bind_text(std::string_view text) {
  owner_->check(sqlite3_bind_text64(raw(prepared_), next_++, text.empty() ? "" : text.data(), text.size(),
                                    SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_bytes(std::string_view bytes) {
  owner_->check(sqlite3_bind_blob64(raw(prepared_), next_++, bytes.empty() ? "" : bytes.data(), bytes.size(),
                                    SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind_optional(const std::optional<std::int64_t>& value) {
  if (value) return bind(*value);
  ++next_;  // parameters are NULL until bound
  return *this;
}

Statement& Statement::bind_optional_real(const std::optional<double>& value) {
  if (value) return bind_real(*value);
  ++next_;
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(raw(prepared_));
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  fail(owner_->handle, owner_->path, code);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(raw(prepared_), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(raw(prepared_), column);
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(raw(prepared_), column);
}

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(raw(prepared_), column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(raw(prepared_), column))};
}

std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(raw(prepared_), column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(raw(prepared_), column))};
}

WriteTransaction::WriteTransaction(Database& database) : database_(database) {
  database_.use("BEGIN IMMEDIATE").step();
}

WriteTransaction::~WriteTransaction() {
  if (!open_) return;
  try {
    database_.use("ROLLBACK").step();
  } catch (const Error&) {
    // SQLite has rolled back by itself after a full disk or an I/O error; there is nothing left to undo.
  }
}

void WriteTransaction::commit() {
  if (database_.moved())
    throw Error(ErrorKind::input,
                fmt::format("the store {} was removed while it was in use", database_.path()),
                "put it back, or run the same command again to begin a new store");
  database_.use("COMMIT").step();
  open_ = false;
}

ReadSnapshot::ReadSnapshot(Database& database) : database_(database) {
  database_.use("SAVEPOINT snapshot").step();
}

ReadSnapshot::~ReadSnapshot() {
  try {
    database_.use("RELEASE snapshot").step();
  } catch (const Error&) {
    // Nothing was written, so that a failure to end the view loses nothing.
  }
}

}  // namespace costwar::harness
