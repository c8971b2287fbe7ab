#include "providers/local/engine.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "tests/providers/local/tiny_model.h"

using namespace costwar;
using namespace costwar::local;
using namespace costwar::local::test;

namespace {

std::unique_ptr<Engine> tiny(TinyOptions options = {}) {
  return Engine::load(tiny_model(std::move(options)), "m.gguf");
}

std::string refusal(const std::vector<std::byte>& bytes, const EngineOptions& options = {}) {
  try {
    Engine::load(bytes, "m.gguf", options);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "";
}

GenerateRequest request(std::size_t prompt, std::size_t most) {
  GenerateRequest out;
  for (std::size_t i = 0; i < prompt; ++i) out.prompt.push_back(static_cast<std::int32_t>(i % 200));
  out.max_tokens = most;
  return out;
}

}  // namespace

TEST_CASE("keys and values merged in one tensor or in two give the same logits") {
  TinyOptions merged;
  merged.merged_kv = true;
  const std::vector<std::int32_t> tokens{1, 5, 200, 7, 7, 30};
  const auto a = tiny()->logits(tokens), b = tiny(merged)->logits(tokens);
  CHECK(a.size() == tokens.size() * kVocabulary);
  CHECK(a == b);
}

TEST_CASE("a generation counts its tokens, operations and experts") {
  const auto engine = tiny();
  const Generation generation = engine->generate(request(10, 5));
  CHECK(generation.prompt_tokens == 10);
  CHECK(generation.tokens.size() == 5);
  CHECK(generation.stop == StopReason::length);
  CHECK(generation.prefill_ns > 0);
  CHECK(generation.decode_ns > 0);
  REQUIRE(generation.expert_use.size() == 2);
  CHECK(generation.expert_use[0].empty());
  const auto& use = generation.expert_use[1];
  // The last token is chosen but not computed any more: 10 + 4 tokens with two experts each.
  CHECK(std::accumulate(use.begin(), use.end(), std::uint64_t{0}) == 28);
  const auto& shape = engine->shape();
  const std::uint64_t output = 2 * kWidth * kVocabulary, attended = 14 * 15 / 2;
  CHECK(generation.flops == 14 * (static_cast<std::uint64_t>(shape.flops_per_token) - output) + 5 * output +
                                2 * attended * 2 * kHeads * (2 * kLatent + kRope));
}

TEST_CASE("generation continues what logits() predicts, and a longer text does not disturb a later one") {
  const auto engine = tiny();
  auto one = request(20, 8);
  const auto first = engine->generate(one).tokens;
  engine->generate(request(40, 20));
  CHECK(engine->generate(one).tokens == first);
  auto text = one.prompt;
  for (const auto token : first) {
    const auto logits = engine->logits(text);
    const auto last = std::span(logits).last(kVocabulary);
    CHECK(std::max_element(last.begin(), last.end()) - last.begin() == token);
    text.push_back(token);
  }
}

TEST_CASE("draws depend on the seed alone") {
  const auto engine = tiny();
  auto one = request(5, 20);
  one.sampling = {1.0, 0.9, 11};
  const auto first = engine->generate(one).tokens;
  CHECK(engine->generate(one).tokens == first);
  one.sampling.seed = 12;
  CHECK(engine->generate(one).tokens != first);
}

TEST_CASE("an answer ends at the context, the callback, the cancellation or the token limit") {
  const auto engine = tiny();
  CHECK(engine->context() == 64);
  CHECK(engine->generate(request(60, 100)).tokens.size() == 4);
  CHECK(engine->generate(request(60, 0)).tokens.empty());

  auto counted = request(4, 50);
  int seen = 0;
  counted.on_token = [&](std::int32_t) { return ++seen < 3; };
  const auto stopped = engine->generate(counted);
  CHECK(stopped.stop == StopReason::callback);
  CHECK(stopped.tokens.size() == 3);

  std::atomic<bool> cancel = false;
  counted.cancel = &cancel;
  counted.on_token = [&](std::int32_t) {
    cancel = true;
    return true;
  };
  const auto cancelled = engine->generate(counted);
  CHECK(cancelled.stop == StopReason::cancelled);
  CHECK(cancelled.tokens.size() == 1);
  const auto never = engine->generate(counted);
  CHECK(never.stop == StopReason::cancelled);
  CHECK(never.prompt_tokens == 0);
}

TEST_CASE("a model is opened by its path") {
  const std::string path = std::string(kGolden) + "llama.gguf";
  const auto engine = Engine::open(path);
  CHECK(engine->shape().architecture == "llama");
  CHECK(engine->shape().experts == 0);
  CHECK(engine->logits(std::vector<std::int32_t>{1, 2}) ==
        Engine::load(read_bytes(path), "m.gguf")->logits(std::vector<std::int32_t>{1, 2}));
  CHECK_THROWS_AS(Engine::open("tests/golden/engine/no-such-model.gguf"), Error);
}

TEST_CASE("prompts that cannot be computed are refused") {
  const auto engine = tiny();
  CHECK_THROWS_WITH_AS(engine->generate(request(0, 1)), "m.gguf: the prompt is empty", Error);
  CHECK_THROWS_WITH_AS(engine->generate(request(65, 1)),
                       "m.gguf: the prompt has 65 tokens; the context holds 64", Error);
  auto unknown = request(1, 1);
  unknown.prompt[0] = 259;
  CHECK_THROWS_WITH_AS(engine->generate(unknown), "m.gguf: there is no token 259", Error);
}

TEST_CASE("each wrong hyperparameter is refused by name or by the tensor that it contradicts") {
  const auto changed = [](const std::string& key, std::uint32_t value) {
    TinyOptions options;
    options.changed[key] = value;
    return refusal(tiny_model(options));
  };
  constexpr std::uint32_t huge = 0xffffffff;
  for (const std::string key :
       {"block_count", "embedding_length", "feed_forward_length", "attention.head_count",
        "attention.kv_lora_rank", "attention.key_length_mla", "attention.value_length_mla",
        "rope.dimension_count", "expert_count", "expert_used_count", "expert_feed_forward_length",
        "expert_shared_count", "expert_group_count", "expert_group_used_count", "expert_gating_func",
        "leading_dense_block_count"}) {
    CAPTURE(key);
    CHECK(changed(key, huge).find("deepseek2." + key) != std::string::npos);
    for (const std::uint32_t value : {0u, 1u, 2u, 3u, 4u, 5u, 7u, 16u, 255u, 65536u}) changed(key, value);
  }
  CHECK(changed("expert_used_count", 5) ==
        "m.gguf: the value of 'deepseek2.expert_used_count' is 5; the built-in engine accepts 1 to 4");
  CHECK(changed("expert_used_count", 3) == "m.gguf: uses 3 experts of a token, more than its groups offer");
  CHECK(changed("expert_group_count", 3) == "m.gguf: has 4 experts in 3 groups of unequal size");
  CHECK(changed("embedding_length", 8) ==
        "m.gguf: tensor 'token_embd.weight' has the shape 16 x 259 x 1; its keys ask for 8 x 259 x 1");
  CHECK(changed("block_count", 3) == "m.gguf: has no tensor 'blk.2.attn_norm.weight'");
}

TEST_CASE("missing keys and tensors, unknown tensors and too large models are refused") {
  for (const std::string key :
       {"block_count", "context_length", "embedding_length", "feed_forward_length", "attention.head_count",
        "attention.layer_norm_rms_epsilon", "attention.kv_lora_rank", "rope.dimension_count",
        "expert_used_count", "expert_feed_forward_length", "expert_group_used_count"}) {
    TinyOptions options;
    options.without_key = key;
    CHECK(refusal(tiny_model(options)) == "m.gguf: has no key 'deepseek2." + key + "'");
  }
  for (const std::string tensor : {"output_norm.weight", "token_embd.weight", "blk.1.ffn_gate_exps.weight"}) {
    TinyOptions options;
    options.without_tensor = tensor;
    CHECK(refusal(tiny_model(options)) == "m.gguf: has no tensor '" + tensor + "'");
  }
  TinyOptions bias;
  bias.extra_tensor = "blk.0.attn_q.bias";
  CHECK(refusal(tiny_model(bias)) ==
        "m.gguf: has the tensor 'blk.0.attn_q.bias', which the built-in engine does not know");
  EngineOptions small;
  small.memory_limit = 10'000;
  CHECK(refusal(tiny_model(), small) == "m.gguf: needs more memory than the built-in engine allows");
  test::GgufBuilder other;
  other.string("general.architecture", "deepseek4").u32("deepseek4.block_count", 1);
  add_vocabulary(other, {}, {}, {});
  CHECK(refusal(other.build()) ==
        "m.gguf: has the architecture 'deepseek4'; the built-in engine computes deepseek2 and llama");
}

TEST_CASE("a file cut anywhere is refused") {
  const auto bytes = tiny_model();
  for (std::size_t length = 0; length < bytes.size(); length += length < 2000 ? 1 : 101) {
    CAPTURE(length);
    CHECK(refusal({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)})
              .starts_with("m.gguf: "));
  }
}

TEST_CASE("flipped bytes give an error or a model that computes, never a crash") {
  const auto bytes = tiny_model();
  RandomStream random(5, "mutations");
  int loaded = 0, failed = 0;
  for (int round = 0; round < 3000; ++round) {
    auto changed = bytes;
    const std::size_t flips = 1 + static_cast<std::size_t>(random.below(4));
    for (std::size_t i = 0; i < flips; ++i) {
      // Mostly in the keys and tensor descriptions, where a byte means most.
      const std::size_t within = random.below(4) == 0 ? bytes.size() : 12'000;
      changed[static_cast<std::size_t>(random.below(within))] = static_cast<std::byte>(random.below(256));
    }
    try {
      const auto engine = Engine::load(changed, "m.gguf");
      ++loaded;
      engine->generate(request(3, 2));
    } catch (const Error&) {
      ++failed;
    }
  }
  CHECK(loaded > 0);
  CHECK(failed > 0);
}
