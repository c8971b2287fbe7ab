# Sources of harness/store, relative to harness/.
set(STORE_SOURCES
  store/batches.cpp
  store/earlier_answers.cpp
  store/kept_answers.cpp
  store/ledger.cpp
  store/recordings.cpp
  store/rows.cpp
  store/rows_reading.cpp
  store/run_claims.cpp
  store/schema.cpp
  store/sinks.cpp
  store/sqlite.cpp
  store/store.cpp
  store/store_budget.cpp
  store/store_reading.cpp
  store/writer.cpp)
