# Sources of harness/load, relative to harness/.
set(LOAD_SOURCES
  load/http_target.cpp
  load/load_engine.cpp
  load/load_thread.cpp
  load/load_thread_end.cpp
  load/load_worker.cpp)
