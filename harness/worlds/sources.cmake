# Sources of harness/worlds, relative to harness/.
set(WORLDS_SOURCES
  worlds/agent_dialogue.cpp
  worlds/agent_item.cpp
  worlds/agent_oracle.cpp
  worlds/agent_rows.cpp
  worlds/bank.cpp
  worlds/files.cpp
  worlds/inventory.cpp
  worlds/mentions.cpp
  worlds/oracle.cpp
  worlds/tables.cpp
  worlds/tickets.cpp
  worlds/tool_messages.cpp
  worlds/tools.cpp
  worlds/world.cpp
  worlds/world_score.cpp)
