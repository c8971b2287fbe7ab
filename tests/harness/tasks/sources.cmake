# Sources of tests/harness/tasks, relative to tests/harness/.
set(TASKS_TEST_SOURCES)
