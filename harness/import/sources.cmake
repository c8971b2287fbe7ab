# Sources of harness/import, relative to harness/.
set(IMPORT_SOURCES
  import/imports.cpp)
