// What a Store is made of. Only store*.cpp include this.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "harness/store/rows.h"
#include "harness/store/run_claims.h"
#include "harness/store/sqlite.h"
#include "harness/store/store.h"
#include "harness/store/writer.h"

namespace costwar::harness {

// Members are destroyed from the last to the first: the writer commits before the claims are given up.
struct Store::Impl {
  Impl(const std::filesystem::path& path, Database opened, std::unique_ptr<RunClaims> held)
      : claims(std::move(held)), database(std::move(opened)), name(path.string()) {}

  std::unique_ptr<RunClaims> claims;
  mutable Database database;
  std::string name;
  std::unique_ptr<Writer> writer;  // null without an event loop

  RunHeader header(std::string_view line) const { return parse_run_header(line, name); }

  std::int64_t number(std::string_view run) {
    Statement statement = database.use("SELECT run FROM runs WHERE id=?");
    if (statement.bind_text(run).step()) return statement.integer(0);
    throw Error(ErrorKind::usage, fmt::format("there is no run {} in {}", run, name),
                "costwar runs lists them");
  }

  // The run's number, if it was created or resumed by this store; else Error{internal}.
  std::int64_t mine(std::string_view run) {
    const std::int64_t known = number(run);
    if (claims->mine(known)) return known;
    throw Error(ErrorKind::internal,
                fmt::format("run {} was neither created nor resumed by this store", run));
  }

  // The same, for what is written behind the loop's back.
  std::int64_t written_by_me(std::string_view run) {
    if (writer) return mine(run);
    throw Error(ErrorKind::internal, fmt::format("run {} belongs to a store without an event loop", run));
  }

  void read(const RowSelection& selection, const std::function<void(const RunRow&)>& each);
  RunSummary summary(std::int64_t run, std::string_view line);
  ClaimGuard claim(std::string_view id, std::int64_t run) const;
  using TrialSource = std::function<TrialRow(std::int64_t trial)>;
  void create_run(WriteTransaction& transaction, const RunHeader& header, std::size_t trials,
                  const TrialSource& trial);
  bool is_live(std::string_view run);
  std::vector<HoldRow> with_doubts(std::vector<HoldRow> holds);
  LedgerState ledger_state(std::int64_t ledger);
};

}  // namespace costwar::harness
