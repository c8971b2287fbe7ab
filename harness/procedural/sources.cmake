# Sources of harness/procedural, relative to harness/.
set(PROCEDURAL_SOURCES
  procedural/making.cpp
  procedural/registry.cpp)
