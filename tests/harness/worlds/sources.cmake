# Sources of tests/harness/worlds, relative to tests/harness/.
set(WORLDS_TEST_SOURCES
  worlds/agent_test.cpp
  worlds/book_test.cpp
  worlds/driving.cpp
  worlds/hostile_test.cpp
  worlds/injection_test.cpp
  worlds/memory_test.cpp
  worlds/world_test.cpp)
