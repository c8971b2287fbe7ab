#include "providers/local/model_shape.h"

#include <doctest/doctest.h>

#include "tests/providers/local/tiny_model.h"

using namespace costwar;
using namespace costwar::local;
using namespace costwar::local::test;

TEST_CASE("total and active parameters, bytes and operations of a mixture of experts, by hand") {
  const auto bytes = tiny_model();
  const ModelFacts shape = facts_of(read_model_shape(Gguf::parse(bytes, "m.gguf")));
  const std::int64_t embedding = kWidth * kVocabulary;
  const std::int64_t attention_matrices = 16 * 12 + 16 * 10 + 4 * 8 * 2 + 8 * 6 * 2 + 12 * 16;
  const std::int64_t norms = 16 + (16 + 8 + 16) * 2;
  const std::int64_t dense = 3 * 16 * 24, expert = 3 * 16 * 8, router = 16 * 4;
  CHECK(shape.architecture == "deepseek2");
  CHECK(shape.layers == 2);
  CHECK(shape.experts == 4);
  CHECK(shape.experts_used == 2);
  CHECK(shape.experts_shared == 1);
  CHECK(shape.context_length == 64);
  CHECK(shape.total_parameters ==
        embedding + norms + 2 * attention_matrices + dense + router + expert + 4 * expert);
  // The embedding table is the output matrix too, so it counts in full; two of four routed experts are used.
  const std::int64_t active =
      embedding + norms + 2 * attention_matrices + dense + router + expert + 2 * expert;
  CHECK(shape.active_parameters == active);
  CHECK(shape.weight_bytes == 4 * shape.total_parameters);
  CHECK(shape.weight_bytes_per_token == 4 * active);
  CHECK(shape.flops_per_token == 2 * (active - norms));
}

TEST_CASE("an embedding table apart from the output counts as one row, prediction blocks not at all") {
  GgufBuilder file;
  file.string("general.architecture", "llama")
      .u32("llama.block_count", 2)
      .u32("llama.nextn_predict_layers", 1);
  file.tensor("token_embd.weight", {4, 10}, std::vector<float>(40));
  file.tensor("output.weight", {4, 10}, std::vector<float>(40));
  file.tensor("blk.0.attn_q.weight", {4, 4}, std::vector<float>(16));
  file.tensor("blk.1.attn_q.weight", {4, 4}, std::vector<float>(16));
  const auto bytes = file.build();
  const ModelFacts shape = facts_of(read_model_shape(Gguf::parse(bytes, "m.gguf")));
  CHECK(shape.layers == 1);
  CHECK(shape.total_parameters == 96);
  CHECK(shape.active_parameters == 4 + 40 + 16);
  CHECK(shape.weight_bytes_per_token == 4 * 60);
  CHECK(shape.flops_per_token == 2 * (40 + 16));
}

TEST_CASE("used experts may differ by layer") {
  GgufBuilder file;
  file.string("general.architecture", "any").u32("any.block_count", 2).u32("any.expert_count", 4);
  file.u32s("any.expert_used_count", {1, 3});
  file.tensor("blk.0.ffn_up_exps.weight", {2, 2, 4}, std::vector<float>(16));
  file.tensor("blk.1.ffn_up_exps.weight", {2, 2, 4}, std::vector<float>(16));
  const auto bytes = file.build();
  const ModelFacts shape = facts_of(read_model_shape(Gguf::parse(bytes, "m.gguf")));
  CHECK(shape.active_parameters == 4 + 12);
  CHECK(shape.experts_used == 3);
}
