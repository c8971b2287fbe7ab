# Sources of tests/harness/procedural, relative to tests/harness/.
set(PROCEDURAL_TEST_SOURCES)
