# Sources of tests/harness/scoring, relative to tests/harness/.
set(SCORING_TEST_SOURCES
  scoring/answer_reading_test.cpp
  scoring/conformance_test.cpp
  scoring/hostile_test.cpp
  scoring/judge_test.cpp
  scoring/reading_test.cpp
  scoring/reference_files_test.cpp
  scoring/scorers_test.cpp
  scoring/sequence_match_test.cpp)
