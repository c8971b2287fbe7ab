// What a LoadStore is made of. Only load_store*.cpp include this.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "harness/store/load_queue.h"
#include "harness/store/load_rows.h"
#include "harness/store/load_store.h"
#include "harness/store/run_claims.h"
#include "harness/store/sqlite.h"

namespace costwar::harness {

// Members are destroyed from the last to the first: the queue commits before the claims are given up.
struct LoadStore::Impl {
  Impl(std::filesystem::path where, Database opened)
      : path(std::move(where)), claims(path), database(std::move(opened)) {}

  std::filesystem::path path;
  RunClaims claims;
  mutable Database database;
  std::unique_ptr<LoadQueue> queue;  // null when it was opened to read

  LoadHeader header(std::string_view line) const { return parse_load_header(line, path.string()); }

  std::int64_t number(std::string_view run) const {
    if (const auto found = load_run_number(database, run)) return *found;
    throw Error(ErrorKind::usage, fmt::format("there is no load run {} in {}", run, path.string()),
                "costwar load runs lists them");
  }

  bool mine(std::int64_t run) const { return claims.mine(kLoadClaims + run); }
  bool live(std::int64_t run) const { return claims.live(kLoadClaims + run); }

  // The run's number, if it was begun or resumed by this store; else Error{internal}.
  std::int64_t written_by_me(std::string_view run) const {
    const std::int64_t known = number(run);
    if (queue && mine(known)) return known;
    throw Error(ErrorKind::internal,
                fmt::format("load run {} was neither begun nor resumed by this store", run));
  }

  ClaimGuard claim(std::string_view id, std::int64_t run);
  LoadRunSummary summary(std::int64_t run, std::string_view header_line) const;
};

}  // namespace costwar::harness
