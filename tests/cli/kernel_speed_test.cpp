#include "cli/host/kernel_speed.h"

#include <doctest/doctest.h>

using namespace costwar;
using namespace costwar::cli;

namespace {

ModelShape shape_of(std::int64_t experts) {
  ModelShape shape;
  shape.architecture = "deepseek2";
  shape.width = 64;
  shape.vocabulary = 512;
  LayerShape layer;
  layer.attention.heads = layer.attention.kv_heads = 2;
  layer.attention.key_size = layer.attention.value_size = 32;
  layer.feed_forward = experts == 0 ? 128 : 0;
  if (experts > 0) {
    layer.experts = experts;
    layer.experts_used = 2;
    layer.experts_shared = 1;
    layer.expert_feed_forward = 64;
  }
  shape.layers.assign(2, layer);
  REQUIRE(list_tensors(shape, {}, *part_formats("q8_0"), "q8_0"));
  return shape;
}

}  // namespace

TEST_CASE(
    "a predicted speed is the slower of memory and kernel, and the operations of a prompt over the "
    "kernel's") {
  const ModelShape dense = shape_of(0);
  KernelSpeed kernel{2e9, 5e9, std::nullopt};
  const CallSpeed by_memory = predict_speed(dense, kernel, 1e9, 16);
  CHECK(by_memory.generation == doctest::Approx(1e9 / weight_bytes_read(dense, 1)));
  CHECK(by_memory.prompt == doctest::Approx(5e9 * 16 / prefill_flops(dense, 16, LatentForm::absorbed)));
  const CallSpeed by_kernel = predict_speed(dense, kernel, 9e9, 16);
  CHECK(by_kernel.generation == doctest::Approx(2e9 / weight_bytes_read(dense, 1)));
  // A rate of experts says nothing of a model without them.
  kernel.expert_flops = 1;
  CHECK(predict_speed(dense, kernel, 9e9, 16).prompt == doctest::Approx(by_memory.prompt));
}

TEST_CASE("routed experts of a prompt take the time of their own kernel") {
  const ModelShape mixture = shape_of(8);
  const double routed = routed_flops_per_token(mixture);
  REQUIRE(routed > 0);
  const double all = prefill_flops(mixture, 16, LatentForm::absorbed) / 16;
  const KernelSpeed kernel{2e9, 5e9, 1e9};
  CHECK(predict_speed(mixture, kernel, 1e9, 16).prompt ==
        doctest::Approx(1 / ((all - routed) / 5e9 + routed / 1e9)));
}

TEST_CASE("a median is the middle, or the mean of the middle two") {
  CHECK(median_of({3, 1, 2}) == 2);
  CHECK(median_of({4, 1, 3, 2}) == 2.5);
}
