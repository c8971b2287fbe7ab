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
    double worst = 0;
    for (const auto& one : golden.at("cases")) {
      const auto tokens = one.at("tokens").get<std::vector<std::int32_t>>();
      const auto logits = engine->logits(tokens);
      const std::size_t width = engine->tokenizer().size();
      for (std::size_t i = 0; i < one.at("positions").size(); ++i) {
        const std::size_t position = one.at("positions")[i];
        worst = test::worse(worst, relative_error(std::span(logits).subspan(position * width, width),
                                                  one.at("logits")[i].get<std::vector<double>>()));
      }
    }
    MESSAGE(name << ": largest relative error " << worst);
    CHECK(worst < 1e-3);
  }
}

TEST_CASE("a prompt computed at once equals its tokens computed one by one") {
  for (const std::string name : {"deepseek2-sigmoid.gguf", "deepseek2-softmax.gguf", "llama.gguf"}) {
    CAPTURE(name);
    const auto bytes = test::read_bytes(test::kGolden + name);
    const Gguf file = Gguf::parse(bytes, name);
    Transformer together(file, 512, std::uint64_t{1} << 30), single(file, 512, std::uint64_t{1} << 30);
    std::vector<std::int32_t> tokens;
    const std::size_t count = std::min<std::size_t>(together.capacity(), 150);
    for (std::size_t i = 0; i < count; ++i) tokens.push_back(static_cast<std::int32_t>((i * 37 + 11) % 256));
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
