# Sources of harness/procedural, relative to harness/.
set(PROCEDURAL_SOURCES
  procedural/abstention.cpp
  procedural/calculations.cpp
  procedural/counting_words.cpp
  procedural/date_arithmetic.cpp
  procedural/graph_walk.cpp
  procedural/interval_scheduling.cpp
  procedural/json_schema.cpp
  procedural/lists.cpp
  procedural/log_aggregation.cpp
  procedural/long_text.cpp
  procedural/making.cpp
  procedural/mrcr.cpp
  procedural/needle.cpp
  procedural/over_refusal.cpp
  procedural/propositional_logic.cpp
  procedural/registry.cpp
  procedural/shortest_path.cpp
  procedural/table_questions.cpp
  procedural/tracing.cpp
  procedural/words.cpp)

# Every family has its kFamily, kParameters, kRows and make: in a unity build each stays a file of its own.
set_source_files_properties(${PROCEDURAL_SOURCES} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
