# Sources of tests/harness/load, relative to tests/harness/.
set(LOAD_TEST_SOURCES
  load/load_engine_test.cpp)
