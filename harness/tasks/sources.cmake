# Sources of harness/tasks, relative to harness/.
set(TASKS_SOURCES)
