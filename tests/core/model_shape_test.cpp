#include "core/model_shape.h"

#include <doctest/doctest.h>

#include <cmath>
#include <utility>

#include "core/model_tensors.h"

using namespace costwar;

namespace {

AttentionShape grouped(std::int64_t heads, std::int64_t kv_heads, std::int64_t size,
                       std::int64_t window = 0) {
  AttentionShape attention;
  attention.heads = heads;
  attention.kv_heads = kv_heads;
  attention.key_size = attention.value_size = size;
  attention.window = window;
  return attention;
}

AttentionShape v4_attention(std::int64_t ratio) {
  AttentionShape attention = grouped(4, 1, 8, 16);
  attention.kind = AttentionKind::compressed;
  attention.query_rank = 6;
  attention.ratio = ratio;
  if (ratio == 4) {
    attention.indexer_heads = 2;
    attention.indexer_size = 3;
    attention.indexer_top_k = 5;
  }
  return attention;
}

ModelShape of_layers(std::vector<AttentionShape> attentions) {
  ModelShape shape;
  shape.width = 32;
  shape.vocabulary = 100;
  for (const AttentionShape& attention : attentions) {
    LayerShape layer;
    layer.attention = attention;
    layer.feed_forward = 64;
    shape.layers.push_back(layer);
  }
  return shape;
}

ModelShape small_mixture() {
  ModelShape shape = of_layers({grouped(4, 2, 8), grouped(4, 2, 8)});
  LayerShape& layer = shape.layers[1];
  layer.feed_forward = 0;
  layer.experts = 8;
  layer.experts_used = 2;
  layer.experts_shared = 1;
  layer.expert_feed_forward = 16;
  REQUIRE(list_tensors(shape, {}, *part_formats("f16"), "f16"));
  return shape;
}

}  // namespace

TEST_CASE("parameters, bytes and operations of a small mixture, by hand") {
  const ModelShape shape = small_mixture();
  const std::int64_t table = 32 * 100, attention = 32 * 32 + 2 * 32 * 16 + 32 * 32, norms = 5 * 32;
  const std::int64_t dense = 3 * 32 * 64, expert = 3 * 32 * 16, router = 32 * 8;
  const ParameterCounts counts = count_parameters(shape);
  CHECK(counts.total == 2 * table + 2 * attention + norms + dense + router + 9 * expert);
  CHECK(counts.routed == 8 * expert);
  CHECK(counts.active == 32 + table + 2 * attention + norms + dense + router + 3 * expert);
  CHECK(counts.active_with_embedding == counts.active - 32 + table);
  const std::int64_t matrices = table + 2 * attention + dense + router + 3 * expert;
  CHECK(matrix_flops_per_token(shape) == 2.0 * static_cast<double>(matrices));
  CHECK(matrix_flops_per_token(shape, false) == 2.0 * static_cast<double>(matrices - table));
  CHECK(routed_flops_per_token(shape) == 2.0 * static_cast<double>(2 * expert));
  // Routers and norms in 32 bits, the rest in 16.
  CHECK(weight_bytes(shape) == 2 * (counts.total - norms - router) + 4 * (norms + router));

  const ModelFacts facts = facts_of(shape);
  CHECK(facts.total_parameters == counts.total);
  CHECK(facts.active_parameters == counts.active);
  CHECK(facts.flops_per_token == 2 * matrices);
  CHECK(facts.weight_bytes_per_token == static_cast<std::int64_t>(weight_bytes_read(shape, 1)));
  CHECK(facts.experts == 8);
  CHECK(facts.experts_used == 2);
}

TEST_CASE("a batch reads the experts that its draws are expected to hit") {
  const ModelShape shape = small_mixture();
  const double routed = 2.0 * 8 * 3 * 32 * 16, table = 2.0 * 32 * 100;
  const double other = static_cast<double>(weight_bytes(shape)) - routed - table;
  for (const double batch : {1.0, 2.0, 32.0}) {
    CAPTURE(batch);
    const double hit = 1 - std::pow(0.75, batch);
    CHECK(weight_bytes_read(shape, batch) == doctest::Approx(other + routed * hit + batch * 64));
  }
  // A million tokens read everything once, and not a row of the table more than there is.
  CHECK(weight_bytes_read(shape, 1e6) == doctest::Approx(static_cast<double>(weight_bytes(shape))));
}

TEST_CASE("attention and its cache, by kind") {
  SUBCASE("all heads, shared heads, one head") {
    const ModelShape all = of_layers({grouped(8, 8, 16)}), shared = of_layers({grouped(8, 2, 16)});
    CHECK(attention_flops_per_token(all, 100) == 2.0 * 8 * 32 * 100);
    CHECK(attention_flops_per_token(shared, 100) == 2.0 * 8 * 32 * 100);
    CHECK(kv_cache_bytes_per_token(all, 2) == 2.0 * 8 * 32);
    CHECK(kv_cache_bytes_per_token(shared, 2) == 2.0 * 2 * 32);
    CHECK(kv_cache_bytes(shared, 100, 1) == 2.0 * 32 * 100);
    CHECK(attention_summary(all) == "MHA 8");
    CHECK(attention_summary(shared) == "GQA 8:2");
    CHECK(attention_summary(of_layers({grouped(8, 1, 16)})) == "MQA 8:1");
  }
  SUBCASE("a window ends growth") {
    const ModelShape shape = of_layers({grouped(8, 2, 16, 50), grouped(8, 2, 16)});
    CHECK(attention_flops_per_token(shape, 100) == 2.0 * 8 * 32 * (50 + 100));
    CHECK(kv_cache_bytes(shape, 100, 2) == 2.0 * 64 * (50 + 100));
    CHECK(kv_cache_bytes(shape, 10, 2) == 2.0 * 64 * (10 + 10));
    CHECK(kv_cache_bytes_per_token(shape, 2) == 2.0 * 64);
    CHECK(attention_summary(shape) == "1 x GQA 8:2, window 50; 1 x GQA 8:2");
  }
  SUBCASE("latent") {
    AttentionShape latent = grouped(4, 1, 24);
    latent.kind = AttentionKind::latent;
    latent.value_size = 16;
    latent.latent_size = 64;
    latent.rope_size = 8;
    const ModelShape shape = of_layers({latent});
    CHECK(kv_cache_bytes_per_token(shape, 2) == 2.0 * 72);
    CHECK(attention_flops_per_token(shape, 10) == 2.0 * 4 * (2 * 64 + 8) * 10);
    CHECK(attention_flops_per_token(shape, 10, LatentForm::expanded) == 2.0 * 4 * (24 + 16) * 10);
    CHECK(attention_summary(shape) == "MLA 64 + 8");
    latent.indexer_heads = 2;
    latent.indexer_size = 5;
    latent.indexer_top_k = 4;
    const ModelShape sparse = of_layers({latent});
    CHECK(kv_cache_bytes(sparse, 10, 1) == 10.0 * (72 + 5));
    CHECK(kv_bytes_read_per_token(sparse, 10, 1) == 4.0 * 72 + 10 * 5);
    CHECK(attention_flops_per_token(sparse, 10) == 2.0 * 4 * 136 * 4 + 2.0 * 2 * 5 * 10);
  }
  SUBCASE("hybrid: window, every fourth, every 128th") {
    const ModelShape shape = of_layers({v4_attention(0), v4_attention(4), v4_attention(128)});
    // 300 positions: a window of 16, 75 blocks of four of which 5 are chosen, 2 blocks of 128.
    CHECK(kv_cache_bytes(shape, 300, 1) == 16.0 * 8 + (16 + 75) * 8 + 75 * 3 + (16 + 2) * 8);
    CHECK(kv_bytes_read_per_token(shape, 300, 1) == 16.0 * 8 + (16 + 5) * 8 + 75 * 3 + (16 + 2) * 8);
    CHECK(kv_cache_bytes_per_token(shape, 1) == 11.0 / 4 + 8.0 / 128);
    CHECK(attention_flops_per_token(shape, 300) == 2.0 * 4 * 16 * (16 + 21 + 18) + 2.0 * 2 * 3 * 75);
    CHECK(attention_summary(shape) == "1 x window 16; 1 x 1/4, best 5; 1 x 1/128");
  }
}

TEST_CASE("the attention of a prompt is the sum over its positions") {
  const auto by_position = [](const ModelShape& shape, double first, double tokens) {
    double sum = 0;
    for (double p = first + 1; p <= first + tokens; ++p) sum += attention_flops_per_token(shape, p);
    return sum;
  };
  const ModelShape windowed = of_layers({grouped(8, 2, 16, 50), grouped(8, 2, 16), grouped(8, 2, 16, 200)});
  for (const auto& [first, tokens] :
       {std::pair{0.0, 1.0}, {0.0, 300.0}, {40.0, 20.0}, {49.0, 1.0}, {500.0, 7.0}}) {
    const double from = first, count = tokens;
    CAPTURE(from);
    CAPTURE(count);
    CHECK(attention_flops(windowed, from, count) == by_position(windowed, from, count));
  }
  // Entries of several positions are whole ones: nearly straight.
  const ModelShape hybrid = of_layers({v4_attention(4), v4_attention(128)});
  CHECK(attention_flops(hybrid, 0, 5000) == doctest::Approx(by_position(hybrid, 0, 5000)).epsilon(0.01));
}

TEST_CASE("a prompt computes the output for its last token alone") {
  const ModelShape shape = small_mixture();
  const double output = 2.0 * 32 * 100;
  CHECK(prefill_flops(shape, 1) == decode_flops_per_token(shape, 1));
  CHECK(prefill_flops(shape, 10) ==
        10 * matrix_flops_per_token(shape, false) + output + attention_flops(shape, 0, 10));
}

TEST_CASE("memory: weights, the caches of all sequences, activations") {
  const ModelShape shape = small_mixture();
  const MemoryNeeded one = memory_needed(shape, 1000, 1, 2), many = memory_needed(shape, 1000, 8, 2);
  CHECK(one.weights == static_cast<double>(weight_bytes(shape)));
  CHECK(many.kv_cache == 8 * kv_cache_bytes(shape, 1000, 2));
  CHECK(one.activations > 0);
  CHECK(many.total() == many.weights + many.kv_cache + many.activations);
}

TEST_CASE("weight formats by block, with what cannot be divided in another") {
  CHECK(tensor_bytes(*find_weight_format("q4_0"), {64, 10, 1, 1}) == 2 * 18 * 10);
  CHECK(tensor_bytes(*find_weight_format("Q8_0"), {64, 10, 3, 1}) == 2 * 34 * 30);
  CHECK(tensor_bytes(*find_weight_format("fp8"), {256, 256, 1, 1}) == 256 * 256 + 4 * 4);
  CHECK(tensor_bytes(*find_weight_format("mxfp4"), {64, 1, 1, 1}) == 34);
  CHECK(usable_format(*find_weight_format("q4_k"), 512).name == "q4_k");
  CHECK(usable_format(*find_weight_format("q4_k"), 1408).name == "q8_0");
  CHECK(usable_format(*find_weight_format("q4_0"), 20).name == "f16");
  CHECK(find_weight_format("q9_9") == nullptr);
  CHECK(!part_formats(""));
}

TEST_CASE("formats of a published model in parts, and a change of formats") {
  ModelShape shape = small_mixture();
  const auto before = count_parameters(shape).total;
  set_weight_formats(shape, *part_formats("fp4"), "fp4");
  const std::int64_t routed = 8 * 3 * 32 * 16;
  for (const TensorShape& tensor : shape.tensors) {
    CAPTURE(tensor.name);
    if (tensor.name == "blk.1.ffn_up_exps.weight") CHECK(tensor.bytes == 32 * 16 * 8 / 32 * 17);
    if (tensor.name == "token_embd.weight") CHECK(tensor.bytes == 2 * 3200);
    if (tensor.name == "blk.0.attn_q.weight") CHECK(tensor.bytes == 1024 + 4);
  }
  CHECK(count_parameters(shape).total == before);
  CHECK(count_parameters(shape).routed == routed);
  CHECK(shape.weights == "fp4");
}

TEST_CASE("layers of prediction are in neither count") {
  ModelShape with = small_mixture();
  with.predictors = 1;
  REQUIRE(list_tensors(with, {}, *part_formats("f16"), "f16"));
  const ModelShape without = small_mixture();
  CHECK(count_parameters(with).total == count_parameters(without).total);
  CHECK(weight_bytes(with) == weight_bytes(without));
  CHECK(matrix_flops_per_token(with) == matrix_flops_per_token(without));
  const std::int64_t attention = 32 * 32 + 2 * 32 * 16 + 32 * 32, expert = 3 * 32 * 16;
  CHECK(count_parameters(with).predictors == attention + 9 * expert + 32 * 8 + 2 * 32 * 32 + 5 * 32);
}

TEST_CASE("a product that does not fit is refused, without tensors") {
  ModelShape shape = of_layers({grouped(1 << 16, 1 << 16, 1 << 24)});
  shape.width = std::int64_t{1} << 24;
  shape.vocabulary = std::int64_t{1} << 26;
  shape.layers.resize(100, shape.layers.front());
  for (LayerShape& layer : shape.layers) {
    layer.experts = 65536;
    layer.experts_used = 1;
    layer.expert_feed_forward = std::int64_t{1} << 24;
  }
  CHECK_FALSE(list_tensors(shape, {}, *part_formats("f32"), "f32"));
  CHECK(shape.tensors.empty());
}
