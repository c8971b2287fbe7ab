# Sources of tests/harness/procedural, relative to tests/harness/.
set(PROCEDURAL_TEST_SOURCES
  procedural/conduct_test.cpp
  procedural/families_test.cpp
  procedural/long_context_test.cpp
  procedural/reasoning_test.cpp
  procedural/registry_test.cpp)
