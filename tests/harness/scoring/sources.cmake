# Sources of tests/harness/scoring, relative to tests/harness/.
set(SCORING_TEST_SOURCES
  scoring/scorers_test.cpp)
