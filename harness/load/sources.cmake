# Sources of harness/load, relative to harness/.
set(LOAD_SOURCES
  load/arrivals.cpp
  load/fixed_plan.cpp
  load/lengths.cpp
  load/prompt_file.cpp
  load/prompt_text.cpp
  load/rate_search.cpp
  load/saved_schedule.cpp
  load/saved_schedule_reading.cpp
  load/schedule_json.cpp
  load/sweep.cpp
  load/synthetic_schedule.cpp
  load/trace.cpp
  load/trace_reading.cpp)
