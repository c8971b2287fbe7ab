// The arithmetic against an independent implementation: logits that tools/train/make_golden.py computed from
// the same files in double precision where it can.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "providers/local/engine.h"
#include "tests/providers/local/local_support.h"

using namespace costwar::local;

namespace {

// The largest difference of one row, relative to its largest logit.
double relative_error(std::span<const float> got, const std::vector<double>& want) {
  REQUIRE(got.size() == want.size());
  double difference = 0, largest = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    difference = test::worse(difference, std::abs(double{got[i]} - want[i]));
    largest = std::max(largest, std::abs(want[i]));
  }
  return difference / largest;
}

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(test::kGolden))
    if (entry.path().string().ends_with(".logits.json")) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("logits agree with the reference on every golden file") {
  const auto files = golden_files();
  REQUIRE(files.size() >= 5);
  for (const auto& path : files) {
    const auto golden = nlohmann::json::parse(std::ifstream(path));
    const std::string name = golden.at("file");
    CAPTURE(name);
    // A name with a folder is one of the shipped models.
    const auto bytes = test::read_bytes(name.find('/') == std::string::npos ? test::kGolden + name : name);
    const auto engine = Engine::load(bytes, name);
    EngineOptions options;
    options.layout = WeightLayout::in_place;
    const auto in_place =
        Engine::open(name.find('/') == std::string::npos ? test::kGolden + name : name, options);
    CHECK(in_place->weights_in_place());
    double worst = 0, worst_in_place = 0;
    for (const auto& one : golden.at("cases")) {
      const auto tokens = one.at("tokens").get<std::vector<std::int32_t>>();
      const auto logits = engine->logits(tokens), others = in_place->logits(tokens);
      const std::size_t width = engine->tokenizer().size();
      for (std::size_t i = 0; i < one.at("positions").size(); ++i) {
        const std::size_t position = one.at("positions")[i];
        const auto want = one.at("logits")[i].get<std::vector<double>>();
        const auto error = [&](const std::vector<float>& all) {
          return relative_error(std::span(all).subspan(position * width, width), want);
        };
        worst = test::worse(worst, error(logits));
        worst_in_place = test::worse(worst_in_place, error(others));
      }
    }
    MESSAGE(name << ": largest relative error " << worst << ", in place " << worst_in_place);
    CHECK(worst < 1e-3);
    CHECK(worst_in_place < 1e-3);
  }
}

TEST_CASE("a prompt computed at once equals its tokens computed one by one") {
  for (const std::string name :
       {"deepseek2-sigmoid.gguf", "deepseek2-sigmoid-q8_0.gguf", "deepseek2-softmax.gguf", "llama.gguf"}) {
    for (const bool in_place : {false, true}) {
      CAPTURE(name);
      CAPTURE(in_place);
      const auto bytes = test::read_bytes(test::kGolden + name);
      const Gguf file = Gguf::parse(bytes, name);
      TransformerOptions options;
      options.in_place = in_place;
      Transformer together(file, options), single(file, options);
      REQUIRE(together.capacity() > kChunk);
      std::vector<std::int32_t> tokens;
      const std::size_t count = std::min<std::size_t>(together.capacity(), 150);
      for (std::size_t i = 0; i < count; ++i)
        tokens.push_back(static_cast<std::int32_t>((i * 37 + 11) % 256));
      const std::size_t width = together.vocabulary();
      std::vector<float> at_once(count * width), by_one(count * width);
      together.run(tokens, 0, count, at_once.data());
      for (std::size_t i = 0; i < count; ++i) single.run({&tokens[i], 1}, i, 1, by_one.data() + i * width);
      CHECK(at_once == by_one);
      CHECK(together.expert_use() == single.expert_use());
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < count; ++i) sum += single.flops(1, i, 1);
      CHECK(together.flops(count, 0, count) == sum);
    }
  }
}

TEST_CASE("every number of threads gives the same values") {
  for (const std::string name : {"tiny-moe", "tiny-dense"}) {
    for (const auto layout : {WeightLayout::repacked, WeightLayout::in_place}) {
      CAPTURE(name);
      EngineOptions options;
      options.layout = layout;
      std::vector<std::int32_t> tokens;
      for (std::size_t i = 0; i < 150; ++i) tokens.push_back(static_cast<std::int32_t>((i * 37 + 11) % 256));
      std::vector<float> first;
      for (const std::size_t threads : {1u, 2u, 3u}) {
        options.threads = threads;
        const auto engine = Engine::open("catalog/models/" + name + ".gguf", options);
        CHECK(engine->threads() == threads);
        const auto logits = engine->logits(tokens);
        if (first.empty()) first = logits;
        CHECK(logits == first);
      }
    }
  }
}

TEST_CASE("every instruction set of this processor computes the shipped models") {
  const Kernels& best = kernels();
  const auto golden =
      nlohmann::json::parse(std::ifstream(std::string(test::kGolden) + "tiny-moe.logits.json"));
  const auto& one = golden.at("cases").at(0);
  const auto tokens = one.at("tokens").get<std::vector<std::int32_t>>();
  for (const Kernels* set : supported_kernels()) {
    CAPTURE(set->name);
    use_kernels(*set);
    const auto engine = Engine::open("catalog/models/tiny-moe.gguf");
    const auto logits = engine->logits(tokens);
    const std::size_t width = engine->tokenizer().size(), position = one.at("positions")[0];
    CHECK(relative_error(std::span(logits).subspan(position * width, width),
                         one.at("logits")[0].get<std::vector<double>>()) < 1e-3);
  }
  use_kernels(best);
}
