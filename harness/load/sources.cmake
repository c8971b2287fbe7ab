# Sources of harness/load, relative to harness/.
set(LOAD_SOURCES
  load/client_limits.cpp
  load/lease.cpp
  load/lease_pool.cpp
  load/load_counters.cpp)
