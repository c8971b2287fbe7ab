#include "harness/store/recordings.h"

#include "core/chat_json.h"
#include "harness/sha256.h"

namespace costwar::harness {

void write_recording_header(Database& database, std::int64_t run, const RecordingHeader& header) {
  const std::string line = to_json_line(header);
  database.use("UPDATE runs SET recording=? WHERE run=? AND recording IS NULL")
      .bind_text(line)
      .bind(run)
      .step();
}

std::optional<std::string> recording_header(Database& database, std::int64_t run) {
  constexpr std::int64_t kFirstWithRecordings = 3;
  if (database.integer("PRAGMA user_version") < kFirstWithRecordings) return std::nullopt;
  Statement statement = database.use("SELECT recording FROM runs WHERE run=?");
  if (!statement.bind(run).step() || statement.is_null(0)) return std::nullopt;
  return std::string(statement.text(0));
}

void write_exchange(Database& database, std::int64_t run, Exchange& exchange) {
  const std::string request = Sha256().update(chat_request_text(exchange.request)).finish_hex();
  {
    Statement next = database.use(
        "SELECT coalesce(max(ordinal) + 1, 0) FROM recordings WHERE run=? AND model=? AND request=?");
    next.bind(run).bind(exchange.model).bind_text(request).step();
    exchange.ordinal = static_cast<std::uint32_t>(next.integer(0));
  }
  const std::string line = to_json_line(exchange);
  Statement insert = database.use("INSERT INTO recordings(run,model,request,ordinal,line) VALUES(?,?,?,?,?)");
  insert.bind(run).bind(exchange.model).bind_text(request).bind(exchange.ordinal).bind_text(line).step();
}

void read_exchanges(Database& database, std::int64_t run, const std::function<void(std::string_view)>& each) {
  Statement statement = database.use("SELECT line FROM recordings WHERE run=? ORDER BY exchange");
  statement.bind(run);
  while (statement.step()) each(statement.text(0));
}

}  // namespace costwar::harness
