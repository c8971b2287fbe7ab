# Sources of the store's tests, relative to tests/harness/.
set(STORE_TEST_SOURCES
  store/answers_test.cpp
  store/batches_test.cpp
  store/failures_test.cpp
  store/judge_test.cpp
  store/ledger_properties_test.cpp
  store/ledger_test.cpp
  store/load_store_test.cpp
  store/recordings_test.cpp
  store/resume_test.cpp
  store/rows_test.cpp
  store/runs_test.cpp
  store/writer_test.cpp)
