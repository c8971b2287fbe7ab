# Sources of harness/tasks, relative to harness/.
set(TASKS_SOURCES
  tasks/bfcl.cpp
  tasks/choices.cpp
  tasks/field.cpp
  tasks/item_rule.cpp
  tasks/line_reader.cpp
  tasks/manifest.cpp
  tasks/records.cpp
  tasks/task_reader.cpp)
