# Sources of tests/harness/worlds, relative to tests/harness/.
set(WORLDS_TEST_SOURCES
  worlds/agent_test.cpp
  worlds/book_test.cpp
  worlds/driving.cpp
  worlds/hostile_test.cpp
  worlds/injection_test.cpp
  worlds/memory_test.cpp
  worlds/world_test.cpp)

# Their namespaces have names of the harness's again.
set_source_files_properties(${WORLDS_TEST_SOURCES} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
