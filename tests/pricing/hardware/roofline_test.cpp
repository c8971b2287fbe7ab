#include "pricing/hardware/roofline.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/error.h"
#include "pricing/hardware/published.h"
#include "pricing/hardware/serving.h"
#include "tests/pricing/hardware/toy_shapes.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

Operation operation(const ModelShape& shape, Layout layout = {}) {
  Operation op{&shape, {}, layout, 1, {}};
  op.limits.flops = 1e12;
  op.limits.bandwidth = 1e9;
  op.limits.memory = 1e6;
  for (const Input input : {Input::prefill_efficiency, Input::decode_efficiency, Input::memory_share})
    op.assumptions.set(input, 1, Origin::user, "test");
  return op;
}

Accelerator toy_accelerator() {
  Accelerator it;
  it.id = it.name = "toy-chip";
  it.memory_bytes = {1e6, true, "", "", {}};
  it.bandwidth = {1e9, true, "", "", {}};
  it.bf16_flops = {1e12, true, "", "", {}};
  it.fp8_flops = {2e12, false, "", "", {}};
  it.domain = {8, true, "", "", {}};
  return it;
}

}  // namespace

TEST_CASE("a decode step reads every weight once and each sequence's cache") {
  const ModelShape shape = toy_dense();
  const auto one = decode_speed(operation(shape), 1, 100);
  REQUIRE(one);
  // 42,000 bytes of matrices and a row of the table; 100 positions of 2 x 32 values
  CHECK(one->step.bound == Bound::memory);
  CHECK(one->tpot_s == doctest::Approx((42'000.0 + 32 + 6'400) / 1e9));
  CHECK(one->tokens_per_s == doctest::Approx(1 / one->tpot_s));
  const auto ten = decode_speed(operation(shape), 10, 100);
  CHECK(ten->tpot_s == doctest::Approx((42'000.0 + 10 * (32 + 6'400)) / 1e9));
  CHECK(ten->tokens_per_s == doctest::Approx(10 / ten->tpot_s));
}

TEST_CASE("arithmetic bounds where it is slower than memory, and half the efficiency takes twice the time") {
  const ModelShape shape = toy_dense();
  Operation op = operation(shape);
  op.limits.flops = 1e6;
  const auto speed = decode_speed(op, 4, 100);
  CHECK(speed->step.bound == Bound::compute);
  CHECK(speed->tpot_s == doctest::Approx(4 * decode_flops_per_token(shape, 100) / 1e6));
  op.assumptions.set(Input::decode_efficiency, 0.5, Origin::user, "");
  CHECK(decode_speed(op, 4, 100)->tpot_s == doctest::Approx(2 * speed->tpot_s));
  CHECK(prefill_speed(op, 50)->tokens_per_s == doctest::Approx(50 * 1e6 / prefill_flops(shape, 50)));
  op.limits.flops.reset();
  op.limits.bandwidth.reset();
  CHECK_FALSE(decode_speed(op, 4, 100));
}

TEST_CASE("tensor parallelism splits weights and heads, a latent cache is repeated, experts are spread") {
  const ModelShape dense = toy_dense();
  const auto split = decode_speed(operation(dense, {4, 4, 1}), 8, 100);
  CHECK(split->tpot_s == doctest::Approx((42'000.0 / 4 + 8 * 32.0 / 4 + 8 * 6'400.0 / 4) / 1e9));
  ModelShape latent = dense;
  latent.layers[0].attention.kind = AttentionKind::latent;
  latent.layers[0].attention.latent_size = 48;
  latent.layers[0].attention.rope_size = 16;
  CHECK(memory_fit(operation(latent, {4, 4, 1}), 100)->cache_per_sequence ==
        doctest::Approx(memory_fit(operation(latent, {1, 1, 1}), 100)->cache_per_sequence));
  CHECK(memory_fit(operation(dense, {4, 4, 1}), 100)->cache_per_sequence ==
        doctest::Approx(memory_fit(operation(dense, {1, 1, 1}), 100)->cache_per_sequence / 4));

  const ModelShape experts = toy_experts();
  const auto spread = memory_fit(operation(experts, {8, 1, 1}), 100);
  CHECK(spread->weights == doctest::Approx(68'000.0 + 10'000));  // everything else is on each
  const auto stages = memory_fit(operation(experts, {8, 1, 2}), 100);
  CHECK(stages->weights == doctest::Approx((68'000.0 + 20'000) / 2));
}

TEST_CASE("bytes on the interconnect") {
  CHECK(interconnect_bytes_per_token(toy_dense(), {1, 1, 1}) == 0);
  // Two all-reduces of 32 values of 2 bytes over 4: 2 x 2 x 3 x 64
  CHECK(interconnect_bytes_per_token(toy_dense(), {4, 4, 1}) == doctest::Approx(768));
  // 2 experts, of which 7 of 8 are elsewhere: 2 x 32 x 3 x 7 / 8
  CHECK(interconnect_bytes_per_token(toy_experts(), {8, 1, 1}) == doctest::Approx(168));
  CHECK(interconnect_bytes_per_token(toy_dense(), {2, 1, 2}) == doctest::Approx(64));
  const ModelShape experts = toy_experts();
  Operation op = operation(experts, {8, 1, 1});
  op.limits.interconnect = 1;
  CHECK(decode_speed(op, 8, 10)->step.bound == Bound::interconnect);
  CHECK_THROWS_AS(check_layout({8, 3, 1}), Error);
  CHECK_THROWS_AS(check_layout({8, 0, 1}), Error);
}

TEST_CASE("the batch that meets a time per token, and the largest that memory holds") {
  const ModelShape shape = toy_dense();
  const Operation op = operation(shape);
  const auto fit = memory_fit(op, 100);
  REQUIRE(fit);
  CHECK(fit->weights == 74'000);
  CHECK(fit->cache_per_sequence == 6'400);
  const double activations = memory_needed(shape, 100, 1, 1).activations;
  CHECK(fit->largest_batch == std::floor((1e6 - 74'000 - activations) / 6'400));
  // 20 sequences: 42,000 + 20 x 6,432
  const double limit = (42'000.0 + 20 * 6'432.0) / 1e9;
  CHECK(decode_within(op, 100, limit * 1.000001, 1000)->batch == 20);
  CHECK(decode_within(op, 100, limit * 0.999999, 1000)->batch == 19);
  CHECK(decode_within(op, 100, 1, 7)->batch == 7);
  CHECK_FALSE(decode_within(op, 100, 1e-9, 1000));
}

TEST_CASE("a measured speed gives the efficiency at which it is predicted") {
  const ModelShape shape = toy_dense();
  Operation op = operation(shape);
  for (const ServingPhase phase : {ServingPhase::prefill, ServingPhase::decode}) {
    const Input input = phase == ServingPhase::prefill ? Input::prefill_efficiency : Input::decode_efficiency;
    op.assumptions.set(input, 0.37, Origin::user, "");
    MeasuredSpeed measured{phase, 0, 3, 5.0, {}, 100};
    measured.tokens_per_s = *predict(op, measured);
    CHECK(*implied_efficiency(op, measured) == doctest::Approx(0.37).epsilon(1e-6));
    measured.tokens_per_s *= 3;
    CHECK_FALSE(implied_efficiency(op, measured));  // above the whole roofline
  }
  // Under a latency limit the batch follows from the efficiency too.
  op.assumptions.set(Input::decode_efficiency, 0.37, Origin::user, "");
  MeasuredSpeed limited{ServingPhase::decode, 0, 1, {}, 400e-6, 100};
  limited.tokens_per_s = *predict(op, limited);
  CHECK(*implied_efficiency(op, limited) == doctest::Approx(0.37).epsilon(0.02));
}

TEST_CASE("figures that are missing are said, and wider arithmetic stands in for narrower") {
  const Accelerator chip = toy_accelerator();
  const Limits fp4 = limits_of(chip, "fp4");
  CHECK(*fp4.flops == 2e12);
  CHECK(fp4.arithmetic == "FP8");
  CHECK(fp4.gaps == std::vector<std::string>{"toy-chip: no FP4 peak is known, so FP8 is reckoned with"});
  CHECK(fp4.doubts == std::vector<std::string>{"FP8 peak"});
  CHECK(limits_of(chip, "Q4_0").arithmetic == "BF16");
  CHECK(limits_of(chip, "bf16").gaps.empty());
  CHECK(limits_of(Accelerator(), "bf16").gaps.size() == 3);
}

TEST_CASE("an instance is the fewest whole nodes that hold the model and meet the latency") {
  const ModelShape shape = toy_experts();
  Accelerator chip = toy_accelerator();
  ServingWish wish;
  wish.context = 100;
  wish.prompt = 50;
  wish.node = 2;
  Assumptions is;
  const Serving found = find_serving(chip, shape, 1, is, wish);
  CHECK(found.good());
  CHECK(found.operation.layout.accelerators == 2);
  chip.memory_bytes.value = 60'000;  // 148,000 bytes of weights: not on two
  const Serving more = find_serving(chip, shape, 1, is, wish);
  CHECK(more.good());
  CHECK(more.operation.layout.accelerators > 2);
  wish.accelerators = 2;
  CHECK(find_serving(chip, shape, 1, is, wish).problem.find("do not hold it") != std::string::npos);
  wish.accelerators.reset();
  wish.tpot_s = 1e-9;
  CHECK(find_serving(chip, shape, 1, is, wish).problem.find("out of reach") != std::string::npos);
  wish.tpot_s.reset();
  wish.batch = 1e9;
  CHECK(find_serving(chip, shape, 1, is, wish).problem.find("does not fit") != std::string::npos);
  wish.batch.reset();
  chip.bandwidth.value.reset();
  CHECK(find_serving(chip, shape, 1, is, wish).problem.find("memory bandwidth") != std::string::npos);
}

TEST_CASE("published points: each is predicted or has its reason, and is held against the others alone") {
  Accelerator chip = toy_accelerator();
  ThroughputPoint point;
  point.model_label = "toy";
  point.phase = ServingPhase::decode;
  point.tokens_counted = "output";
  point.tokens_per_s = 1000;
  point.concurrency = 4;
  point.context_tokens = 100;
  point.per_accelerators = 1;
  chip.domain.value = 1;
  point.id = "a";
  chip.points.push_back(point);
  point.id = "b";
  point.tokens_per_s = 2000;
  chip.points.push_back(point);
  point.id = "mixed";
  point.phase = ServingPhase::mixed;
  chip.points.push_back(point);
  point.id = "other";
  point.model_label = "unknown";
  point.phase = ServingPhase::decode;
  chip.points.push_back(point);
  const auto rows = compare_published(
      {chip},
      [](const ThroughputPoint& it) -> std::variant<ModelShape, std::string> {
        if (it.model_label == "unknown") return std::string("its dimensions are not known");
        return toy_dense();
      },
      Assumptions());
  REQUIRE(rows.size() == 4);
  REQUIRE(rows[0].efficiency);
  CHECK(*rows[1].efficiency == doctest::Approx(2 * *rows[0].efficiency).epsilon(1e-6));
  CHECK(*rows[0].left_out_error() == doctest::Approx(1).epsilon(1e-6));  // b alone predicts a twice too fast
  CHECK(*rows[1].left_out_error() == doctest::Approx(-0.5).epsilon(1e-6));
  CHECK(*rows[0].error() == doctest::Approx(*rows[0].predicted / 1000 - 1));
  CHECK_FALSE(rows[2].predicted);
  CHECK(rows[2].reason == "the lengths of prompts and answers are not published");
  CHECK(rows[3].reason == "its dimensions are not known");
  CHECK(summarise(rows, true, true).points == 2);
  CHECK(*summarise(rows, true, true).median == doctest::Approx(0.75).epsilon(1e-6));
}
