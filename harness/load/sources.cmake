# Sources of harness/load, relative to harness/.
set(LOAD_SOURCES)
