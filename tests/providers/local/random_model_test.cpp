// Files of random weights: what is written is what the reader of GGUF files and the engine find.
#include "providers/local/random_model.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "core/error.h"
#include "providers/local/engine.h"
#include "providers/local/matrix.h"
#include "providers/local/model_config.h"
#include "providers/local/model_shape.h"

using namespace costwar;
using namespace costwar::local;

namespace {

ModelShape small(const char* type, bool compressed_queries) {
  Json config = Json::parse(R"({"hidden_size":64,"intermediate_size":96,"moe_intermediate_size":32,
      "num_hidden_layers":3,"first_k_dense_replace":1,"num_attention_heads":2,"n_routed_experts":4,
      "n_shared_experts":1,"num_experts_per_tok":2,"kv_lora_rank":32,"qk_nope_head_dim":32,"qk_rope_head_dim":8,
      "v_head_dim":32,"vocab_size":300,"tie_word_embeddings":false,"num_nextn_predict_layers":1,
      "max_position_embeddings":256,"torch_dtype":"bfloat16"})");
  config["model_type"] = type;
  if (compressed_queries) config["q_lora_rank"] = 32;
  ModelShape shape = read_model_config(JsonIn(config, "test"));
  shape.name = "small";
  return shape;
}

ModelShape dense() {
  const Json config = Json::parse(R"({"model_type":"llama","hidden_size":64,"intermediate_size":96,
      "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":300,
      "tie_word_embeddings":true,"torch_dtype":"bfloat16","max_position_embeddings":256})");
  ModelShape shape = read_model_config(JsonIn(config, "test"));
  shape.name = "dense";
  return shape;
}

std::vector<std::byte> written(const RandomModel& model) {
  std::string text;
  model.write([&](std::string_view piece) { text += piece; });
  CHECK(text.size() == model.file_bytes());
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

std::string refusal(const ModelShape& shape, const char* format = "q4_0") {
  try {
    const RandomModel model(shape, *find_weight_format(format), 1);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("a written file has the shape, says that its weights are random, and is computed by the engine") {
  for (const char* format : {"f32", "f16", "q8_0", "q4_0"}) {
    for (const ModelShape& shape : {small("deepseek_v2", false), small("deepseek_v3", true), dense()}) {
      CAPTURE(format);
      CAPTURE(shape.architecture);
      const RandomModel model(shape, *find_weight_format(format), 7);
      const auto bytes = written(model);
      const Gguf file = Gguf::parse(bytes, "random.gguf");
      CHECK(has_random_weights(file));
      const ModelShape read = read_model_shape(file);
      CHECK(read.name == "random weights in the shape of " + shape.name);
      CHECK(count_parameters(read).total == count_parameters(shape).total);
      CHECK(count_parameters(read).active == count_parameters(shape).active);
      CHECK(weight_bytes(read) == weight_bytes(model.shape()));
      CHECK(read.layers == shape.layers);
      CHECK(attention_flops(read, 3, 5) == attention_flops(shape, 3, 5));
      const auto engine = Engine::load(bytes, "random.gguf");
      GenerateRequest request;
      request.prompt = {1, 2, 3, 4};
      request.max_tokens = 20;
      const Generation done = engine->generate(request);
      CHECK(done.tokens.size() >= 2);
      // Random, but alive: not one token over and over.
      CHECK(std::set<std::int32_t>(done.tokens.begin(), done.tokens.end()).size() > 1);
    }
  }
}

TEST_CASE(
    "weights have no mean, which would push all texts in one direction, and the deviation of their inputs") {
  const ModelShape shape = dense();
  for (const char* const name : {"q4_0", "q8_0", "f16", "f32"}) {
    CAPTURE(name);
    const auto bytes = written(RandomModel(shape, *find_weight_format(name), 1));
    const Gguf file = Gguf::parse(bytes, name);
    const GgufTensor* const tensor = file.find_tensor("blk.0.ffn_up.weight");
    REQUIRE(tensor != nullptr);
    std::vector<float> values(static_cast<std::size_t>(tensor->shape[0] * tensor->shape[1]));
    dequantise(tensor->type, tensor->data.data(), values.size(), values.data());
    double sum = 0, squares = 0;
    for (const float value : values) {
      sum += double{value};
      squares += double{value} * double{value};
    }
    const auto count = static_cast<double>(values.size());
    const double deviation = std::sqrt(squares / count);
    CHECK(deviation * std::sqrt(static_cast<double>(tensor->shape[0])) == doctest::Approx(1).epsilon(0.05));
    CHECK(std::abs(sum / count) < 4 * deviation / std::sqrt(count));
  }
}

TEST_CASE("the seed decides every byte") {
  const ModelShape shape = dense();
  const WeightFormat& format = *find_weight_format("q8_0");
  CHECK(written(RandomModel(shape, format, 1)) == written(RandomModel(shape, format, 1)));
  CHECK(written(RandomModel(shape, format, 1)) != written(RandomModel(shape, format, 2)));
}

TEST_CASE("fewer layers: the first ones") {
  const ModelShape two = first_layers(small("deepseek_v3", true), 2);
  CHECK(two.layers.size() == 2);
  CHECK(two.predictors == 0);
  for (const TensorShape& tensor : two.tensors) CHECK(tensor.layer < 2);
  CHECK(first_layers(dense(), 99).layers.size() == 2);
}

TEST_CASE("shapes that no file can be made of are refused") {
  CHECK(refusal(dense(), "q4_k") == "random weights cannot be made in q4_k");
  ModelShape other = dense();
  other.architecture = "qwen3";
  CHECK(refusal(other) == "dense: files of the architecture \"qwen3\" cannot be made");
  ModelShape small_vocabulary = dense();
  small_vocabulary.vocabulary = 100;
  CHECK(refusal(small_vocabulary) ==
        "dense: no file of its shape can be made: its vocabulary has no room for all bytes");
  ModelShape windows = dense();
  windows.layers[1].attention.window = 4;
  CHECK(refusal(windows) == "dense: no file of its shape can be made: its layers' attention differs");
}
