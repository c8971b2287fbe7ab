# Sources of harness/procedural, relative to harness/.
set(PROCEDURAL_SOURCES
  procedural/counting_words.cpp
  procedural/graph_walk.cpp
  procedural/log_aggregation.cpp
  procedural/long_text.cpp
  procedural/making.cpp
  procedural/mrcr.cpp
  procedural/needle.cpp
  procedural/registry.cpp
  procedural/tracing.cpp
  procedural/words.cpp)
