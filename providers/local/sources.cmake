# Sources of providers/local, relative to providers/, and how its arithmetic is compiled.
set(LOCAL_SOURCES
  local/chat_template.cpp
  local/compute.cpp
  local/deepseek2.cpp
  local/dense.cpp
  local/engine.cpp
  local/feed_forward.cpp
  local/gguf.cpp
  local/gguf_parser.cpp
  local/gguf_shape.cpp
  local/gguf_writer.cpp
  local/kernels.cpp
  local/layers.cpp
  local/local_provider.cpp
  local/machine_lane.cpp
  local/matrix.cpp
  local/model_config.cpp
  local/model_shape.cpp
  local/pretokenizer.cpp
  local/random_model.cpp
  local/router.cpp
  local/server_command.cpp
  local/spawned_provider.cpp
  local/spawned_server.cpp
  local/sampler.cpp
  local/tensor.cpp
  local/text_stream.cpp
  local/thread_pool.cpp
  local/tokenizer.cpp
  local/transformer.cpp)

# The kernels choose an instruction set at run time and need full optimisation in every build type.
set_source_files_properties(local/kernels.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON
  COMPILE_OPTIONS "-O3;-ffp-contract=off;-fno-math-errno;-fno-trapping-math")
