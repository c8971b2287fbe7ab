# Tests of providers/local, relative to tests/providers/.
set(LOCAL_TEST_SOURCES
  local/engine_test.cpp
  local/gguf_test.cpp
  local/golden_test.cpp
  local/kernels_test.cpp
  local/local_provider_test.cpp
  local/matrix_test.cpp
  local/model_config_test.cpp
  local/model_shape_test.cpp
  local/random_model_test.cpp
  local/router_test.cpp
  local/sampler_test.cpp
  local/server_command_test.cpp
  local/spawned_provider_test.cpp
  local/text_stream_test.cpp
  local/tokenizer_test.cpp)
