# Sources of harness/procedural, relative to harness/.
set(PROCEDURAL_SOURCES
  procedural/registry.cpp)
