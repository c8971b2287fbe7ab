# Sources of tests/harness/tasks, relative to tests/harness/.
set(TASKS_TEST_SOURCES
  tasks/manifest_test.cpp
  tasks/public_sets_test.cpp
  tasks/records_test.cpp
  tasks/user_task_test.cpp)
