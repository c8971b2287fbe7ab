# Sources of tests/harness/import, relative to tests/harness/.
set(IMPORT_TEST_SOURCES
  import/foreign_values_test.cpp
  import/inspect_test.cpp
  import/json_elements_test.cpp
  import/old_imports_test.cpp
  import/other_logs_test.cpp
  import/real_logs_test.cpp)
