# Sources of harness/import, relative to harness/.
set(IMPORT_SOURCES
  import/foreign_values.cpp
  import/gsm8k_solutions.cpp
  import/harbor.cpp
  import/import_file.cpp
  import/import_stream.cpp
  import/imports.cpp
  import/inspect.cpp
  import/inspect_sample.cpp
  import/json_elements.cpp
  import/lm_eval.cpp
  import/openai_evals.cpp
  import/promptfoo.cpp
  import/result_source.cpp
  import/routellm.cpp
  import/table.cpp
  import/tau_bench.cpp)
