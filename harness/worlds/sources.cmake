# Sources of harness/worlds, relative to harness/.
set(WORLDS_SOURCES
  worlds/agent_dialogue.cpp
  worlds/agent_item.cpp
  worlds/agent_oracle.cpp
  worlds/agent_rows.cpp
  worlds/bank.cpp
  worlds/files.cpp
  worlds/history.cpp
  worlds/inventory.cpp
  worlds/memory_dialogue.cpp
  worlds/memory_oracle.cpp
  worlds/memory_rows.cpp
  worlds/mentions.cpp
  worlds/notebook.cpp
  worlds/oracle.cpp
  worlds/tables.cpp
  worlds/tickets.cpp
  worlds/tool_messages.cpp
  worlds/tools.cpp
  worlds/world.cpp)

# Every world has its kTools, kGoals, kPolicy and fill, and all of them a namespace that has names of the harness's
# again: in a unity build each stays a file of its own.
set_source_files_properties(${WORLDS_SOURCES} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
