# Sources of harness/scoring, relative to harness/.
set(SCORING_SOURCES
  scoring/decimal_text.cpp
  scoring/scorers.cpp)
