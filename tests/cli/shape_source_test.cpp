// The catalogue of shapes against what their publishers say, and where shapes come from.
#include "cli/host/shape_source.h"

#include <doctest/doctest.h>

#include <unistd.h>
#include <cmath>

#include <filesystem>
#include <fstream>

#include "core/error.h"

using namespace costwar;
using namespace costwar::cli;

namespace {

ModelShape named(const std::string& model, const std::string& weights = {}) {
  return find_shape({model, weights});
}

double billions(std::int64_t count) {
  return std::round(static_cast<double>(count) / 1e7) / 100;
}

std::string shape_complaint(const std::string& model, const std::string& weights = {}) {
  try {
    static_cast<void>(named(model, weights));
  } catch (const Error& error) {
    return std::string(error.what()) + " | " + error.hint();
  }
  return "no complaint";
}

class ModelFolder {
 public:
  ModelFolder()
      : path(std::filesystem::temp_directory_path() / ("costwar-shape-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path);
  }
  ~ModelFolder() { std::filesystem::remove_all(path); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path / name) << text; }
  std::filesystem::path path;
};

}  // namespace

TEST_CASE("DeepSeek's published parameter counts follow from the dimensions") {
  // Published: 15.7 B / 2.4 B (V2-Lite) and 236 B / 21 B (V2, arXiv:2405.04434), 671 B / 37 B (V3,
  // arXiv:2412.19437) and, in its README_WEIGHTS.md, 36.6 B with the output matrix; 11.5 B in the layer of
  // prediction.
  const ParameterCounts lite = count_parameters(named("deepseek-v2-lite"));
  CHECK(billions(lite.total) == 15.71);
  CHECK(billions(lite.active) == 2.45);
  const ParameterCounts v2 = count_parameters(named("deepseek-v2"));
  CHECK(billions(v2.total) == 235.74);
  CHECK(std::abs(static_cast<double>(v2.active) - 20.9e9) < 0.1e9);
  CHECK(std::abs(static_cast<double>(v2.active_with_embedding) - 21.4e9) < 0.1e9);
  const ParameterCounts v3 = count_parameters(named("deepseek-v3"));
  CHECK(billions(v3.total) == 671.03);
  CHECK(billions(v3.active) == 36.63);
  CHECK(billions(v3.active_with_embedding) == 37.55);
  CHECK(static_cast<double>(v3.predictors) == doctest::Approx(11.5e9).epsilon(0.01));
  CHECK(count_parameters(named("deepseek-ai/DeepSeek-R1")).total == v3.total);
}

TEST_CASE("every published count is met within 3 %") {
  std::size_t compared = 0;
  for (const std::string& name : catalogue_shapes()) {
    CAPTURE(name);
    if (unknown_shape(name)) continue;
    const ModelShape shape = named(name);
    CHECK(!shape.source.empty());
    CHECK(shape.context_length > 0);
    if (!shape.published) continue;
    ++compared;
    const ParameterCounts counts = count_parameters(shape);
    CHECK(static_cast<double>(counts.total) == doctest::Approx(shape.published->total).epsilon(0.03));
    // Active ones are published in either convention, rounded to whole billions.
    const double low = static_cast<double>(counts.active) * 0.97 - 0.5e9,
                 high = static_cast<double>(counts.active_with_embedding) * 1.03 + 0.5e9;
    CHECK(shape.published->active > low);
    CHECK(shape.published->active < high);
  }
  CHECK(compared >= 9);
}

TEST_CASE("cached bytes per token") {
  // (512 + 64) x 61 layers x 2 bytes; published as 69 KiB.
  CHECK(kv_cache_bytes_per_token(named("deepseek-v3"), 2) == 70272);
  CHECK(std::lround(70272.0 / 1024) == 69);
  CHECK(kv_cache_bytes_per_token(named("deepseek-v2"), 2) == 576 * 60 * 2);
  // Llama 3 8B has 8 heads of keys and values of 128 in 32 layers: published as 128 KiB.
  CHECK(kv_cache_bytes_per_token(named("llama-3.1-8b"), 2) == 128 * 1024);
  // Every second layer of gpt-oss has a window of 128.
  CHECK(kv_cache_bytes_per_token(named("gpt-oss-120b"), 2) == 18 * 2 * 8 * 64 * 2);
}

TEST_CASE("DeepSeek V4 at a million tokens against V3.2, as published") {
  // The model card of V4: at 1M tokens Pro needs 27 % of the operations of one token and 10 % of the cache of
  // V3.2.
  const double context = 1 << 20;
  const ModelShape v32 = named("deepseek-v3.2"), pro = named("deepseek-v4-pro"),
                   flash = named("deepseek-v4-flash");
  const double flops = decode_flops_per_token(pro, context) / decode_flops_per_token(v32, context);
  const double cache = kv_cache_bytes(pro, context, 1) / kv_cache_bytes(v32, context, 1);
  CHECK(flops == doctest::Approx(0.27).epsilon(0.04));
  // In values; in bytes, where the two store the indexer's in another format, it is nearer to 10 %.
  CHECK(cache == doctest::Approx(0.115).epsilon(0.01));
  CHECK(kv_cache_bytes(flash, context, 1) < kv_cache_bytes(pro, context, 1));
  CHECK(attention_summary(flash) == "2 x window 128; 21 x 1/4, best 512; 20 x 1/128");
  CHECK(attention_summary(pro) == "31 x 1/128; 30 x 1/4, best 1,024");
}

TEST_CASE("bytes of published weights") {
  // DeepSeek-V3 in fp8 with its tables in bf16, layer of prediction left out; V4-Flash is published with fp4
  // experts in files of 167 GB, with the layer of prediction and a drafting module.
  CHECK(static_cast<double>(weight_bytes(named("deepseek-v3"))) == doctest::Approx(673e9).epsilon(0.01));
  const double flash = static_cast<double>(weight_bytes(named("deepseek-v4-flash")));
  CHECK(flash > 150e9);
  CHECK(flash < 167e9);
  // Measured in the reference material: the shape of V2-Lite in Q4_0 is a file of 8.24 GiB.
  const double lite = static_cast<double>(weight_bytes(named("deepseek-v2-lite", "q4_0")));
  CHECK(lite / (1 << 30) == doctest::Approx(8.24).epsilon(0.005));
}

TEST_CASE("models whose dimensions are not known say what is published") {
  CHECK(shape_complaint("deepseek-v4.1-flash") ==
        "deepseek-v4.1-flash: its dimensions were not found, and layers that share caches and tables of "
        "n-grams "
        "(arXiv:2609.19969) are not counted by costwar; published are 552 B parameters, 16 B of them active "
        "(models.json: 8 B active in prefill, 16 B in decode) | name its GGUF file or the folder with its "
        "config.json");
  CHECK(unknown_shape("kimi-k3")->published_total == 2.8e12);
  CHECK(!unknown_shape("kimi-k3")->published_active);
  CHECK(!unknown_shape("deepseek-v3"));
}

TEST_CASE("wrong names and formats are complained of with what to do") {
  CHECK(shape_complaint("deepseek-v33") ==
        "deepseek-v33: there is no such file, and no model of that name | did you mean deepseek-v3?");
  CHECK(shape_complaint("deepseek-v3", "q4_9") == "there is no weight format \"q4_9\" | did you mean q4_k?");
  CHECK(shape_complaint("no/such/file.gguf").find("no/such/file.gguf") != std::string::npos);
  CHECK(shape_complaint("tests/golden").find("there is no config.json, and no .gguf file either") !=
        std::string::npos);
}

TEST_CASE("a built-in model and a file give the same shape") {
  const ModelShape built_in = named("local/tiny-moe"), file = named("catalog/models/tiny-moe.gguf");
  CHECK(built_in.tensors == file.tensors);
  CHECK(built_in.layers == file.layers);
  CHECK(built_in.layers.front().attention.kind == AttentionKind::latent);
  const ModelShape other = named("local/tiny-moe", "q8_0");
  CHECK(count_parameters(other).total == count_parameters(built_in).total);
  CHECK(other.weights == "q8_0");
}

TEST_CASE("a folder of a Hugging Face model") {
  const ModelFolder folder;
  folder.write("config.json",
               R"({"model_type":"llama","hidden_size":64,"intermediate_size":128,"num_hidden_layers":2,
                   "num_attention_heads":4,"vocab_size":100,"tie_word_embeddings":true,"torch_dtype":"float16"})");
  const ModelShape shape = named(folder.path.string());
  CHECK(shape.gaps.empty());
  CHECK(shape.weights == "f16");
  CHECK(weight_bytes(shape) > 0);
  SUBCASE("whose index agrees") {
    folder.write(
        "model.safetensors.index.json",
        R"({"metadata":{"total_size":)" + std::to_string(weight_bytes(shape)) + R"(},"weight_map":{}})");
    CHECK(named(folder.path.string()).gaps.empty());
  }
  SUBCASE("whose index does not") {
    folder.write("model.safetensors.index.json", R"({"metadata":{"total_size":1000000},"weight_map":{}})");
    const ModelShape differing = named(folder.path.string());
    REQUIRE(differing.gaps.size() == 1);
    CHECK(differing.gaps[0].find("the index of the weights says 0.00 GB") == 0);
  }
  SUBCASE("of an unknown type") {
    folder.write("config.json", R"({"model_type":"mamba"})");
    CHECK(shape_complaint(folder.path.string())
              .find("/model_type: models of type \"mamba\" are not known | known are "
                    "deepseek_v2, deepseek_v3") != std::string::npos);
  }
}
