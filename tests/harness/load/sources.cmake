# Sources of tests/harness/load, relative to tests/harness/.
set(LOAD_TEST_SOURCES
  load/arrivals_test.cpp
  load/client_limits_test.cpp
  load/engine_budget_test.cpp
  load/lease_test.cpp
  load/lengths_test.cpp
  load/load_counters_test.cpp
  load/load_engine_test.cpp
  load/prompts_test.cpp
  load/rate_search_test.cpp
  load/saved_schedule_test.cpp
  load/second_try_test.cpp
  load/simulated_server.cpp
  load/sweep_test.cpp
  load/synthetic_schedule_test.cpp
  load/trace_test.cpp)
