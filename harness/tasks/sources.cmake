# Sources of harness/tasks, relative to harness/.
set(TASKS_SOURCES
  tasks/bfcl.cpp
  tasks/choices.cpp
  tasks/field.cpp
  tasks/field_guess.cpp
  tasks/folder_records.cpp
  tasks/given_answers.cpp
  tasks/item_rule.cpp
  tasks/line_reader.cpp
  tasks/manifest.cpp
  tasks/records.cpp
  tasks/redact.cpp
  tasks/task_reader.cpp
  tasks/user_task.cpp)
