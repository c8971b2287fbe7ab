#include "harness/store/batches.h"

#include <fmt/format.h>

#include "core/error.h"
#include "harness/store/rows.h"

namespace costwar::harness {
namespace {

constexpr std::int64_t kFirstVersion = 3;  // of stores with batches

bool has_batches(Database& database) {
  return database.integer("PRAGMA user_version") >= kFirstVersion;
}

// The batch's number in the table, or 0.
std::int64_t number_of(Database& database, std::int64_t run, const std::string& tag) {
  Statement find = database.use("SELECT batch FROM batches WHERE run=? AND tag=?");
  return find.bind(run).bind_text(tag).step() ? find.integer(0) : 0;
}

std::optional<std::int64_t> ns(const std::optional<Wall>& instant) {
  return instant ? std::optional(instant->ns) : std::nullopt;
}

BatchRow read_batch(const Database& database, const Statement& cells) {
  BatchRow row;
  row.tag = cells.text(1);
  row.model = static_cast<std::uint32_t>(cells.integer(2));
  row.vendor_id = cells.text(3);
  const auto state = batch_state_by_name(cells.text(4));
  if (!state)
    throw Error(ErrorKind::input,
                fmt::format("the store {} holds the batch state '{}', which has no meaning there",
                            database.path(), cells.text(4)),
                "it was changed by another program, or is damaged");
  row.state = *state;
  row.requests = cells.integer(5);
  row.submitted = Wall{cells.integer(6)};
  if (const auto ended = cells.optional_integer(7)) row.ended = Wall{*ended};
  row.error = cells.text(8);
  return row;
}

constexpr std::string_view kSelect =
    "SELECT batch,tag,model,vendor_id,state,requests,submitted_ns,ended_ns,error FROM batches WHERE run=? "
    "ORDER BY batch";

}  // namespace

void write_leaving_batch(Database& database, std::int64_t run, const BatchRow& row,
                         std::span<const AttemptRow> attempts) {
  if (number_of(database, run, row.tag) != 0)
    throw Error(ErrorKind::internal, fmt::format("the batch {} has left already", row.tag));
  Statement insert = database.use(
      "INSERT INTO batches(run,tag,model,vendor_id,state,requests,submitted_ns,ended_ns,error) "
      "VALUES(?,?,?,?,?,?,?,?,?)");
  insert.bind(run).bind_text(row.tag).bind(row.model).bind_text(row.vendor_id);
  insert.bind_text(batch_state_row(row.state).name).bind(row.requests).bind(row.submitted.ns);
  insert.bind_optional(ns(row.ended)).bind_text(row.error).step();
  const std::int64_t batch = database.last_row();
  for (const AttemptRow& attempt : attempts) {
    write_row(database, run, attempt);
    Statement join = database.use(
        "UPDATE attempts SET batch=? WHERE run=? AND trial=? AND role=? AND turn=? AND number=?");
    join.bind(batch).bind(run).bind(attempt.trial).bind_text(call_role_name(attempt.role));
    join.bind(attempt.turn).bind(attempt.number).step();
  }
}

void update_batch(Database& database, std::int64_t run, const BatchRow& row) {
  const std::int64_t batch = number_of(database, run, row.tag);
  if (batch == 0) throw Error(ErrorKind::internal, fmt::format("the batch {} never left", row.tag));
  Statement update = database.use(
      "UPDATE batches SET vendor_id=?,state=?,requests=?,submitted_ns=?,ended_ns=?,error=? WHERE batch=?");
  update.bind_text(row.vendor_id).bind_text(batch_state_row(row.state).name).bind(row.requests);
  update.bind(row.submitted.ns).bind_optional(ns(row.ended)).bind_text(row.error).bind(batch).step();
}

std::vector<BatchRow> read_batches(Database& database, std::int64_t run) {
  std::vector<BatchRow> rows;
  if (!has_batches(database)) return rows;
  Statement statement = database.use(kSelect);
  statement.bind(run);
  while (statement.step()) rows.push_back(read_batch(database, statement));
  return rows;
}

std::vector<OpenBatch> open_batches(Database& database, std::int64_t run) {
  std::vector<OpenBatch> open;
  if (!has_batches(database)) return open;
  const ReadSnapshot snapshot(database);
  Statement statement = database.use(kSelect);
  statement.bind(run);
  while (statement.step()) {
    OpenBatch batch{read_batch(database, statement), {}};
    Statement items = database.use(
        "SELECT trial,number FROM attempts WHERE run=? AND batch=? AND ended=0 ORDER BY trial,number");
    items.bind(run).bind(statement.integer(0));
    while (items.step())
      batch.items.push_back({items.integer(0), static_cast<std::uint32_t>(items.integer(1))});
    if (!batch.items.empty()) open.push_back(std::move(batch));
  }
  return open;
}

std::int64_t count_in_batches(Database& database, std::int64_t run) {
  if (!has_batches(database)) return 0;
  Statement statement =
      database.use("SELECT count(*) FROM attempts WHERE run=? AND ended=0 AND batch IS NOT NULL");
  return statement.bind(run).step() ? statement.integer(0) : 0;
}

}  // namespace costwar::harness
