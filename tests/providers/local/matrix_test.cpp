// Matrices of every type and layout, the products of every instruction set, and sharing them over threads.
#include "providers/local/matrix.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/random.h"
#include "providers/local/compute.h"
#include "providers/local/engine.h"
#include "tests/providers/local/quantised.h"

using namespace costwar;
using namespace costwar::local;
using namespace costwar::local::test;

namespace {

std::vector<float> uniform(std::size_t count, const char* name) {
  RandomStream random(1, name);
  std::vector<float> out(count);
  for (float& value : out) value = static_cast<float>(random.unit() * 2 - 1);
  return out;
}

// A tensor and its bytes.
struct Stored {
  std::string bytes;
  GgufTensor tensor;
  Stored(TensorType type, std::size_t inputs, std::size_t outputs)
      : bytes(stored_as(type, uniform(inputs * outputs, "weights"))) {
    tensor.type = type;
    tensor.shape = {inputs, outputs, 1, 1};
    tensor.data = std::as_bytes(std::span(bytes));
  }
  Stored(const Stored&) = delete;
  Stored& operator=(const Stored&) = delete;
};

void check_matrix(const Kernels& set, const Matrix& w, const std::vector<float>& weights, std::size_t rows) {
  const std::size_t inputs = w.inputs(), outputs = w.outputs(), x_stride = inputs + 3, y_stride = outputs + 2;
  const auto x = uniform(rows * x_stride, "x");
  const std::size_t integer_stride = integer_row_bytes(inputs);
  Bytes integers(rows * integer_stride);
  if (wants_integers(w.storage()))
    for (std::size_t r = 0; r < rows; ++r)
      set.to_integers(x.data() + r * x_stride, inputs, integers.data() + r * integer_stride);
  std::vector<float> y(rows * y_stride, 42.0f), alone(outputs);
  product(set, w.storage(), w.view(), {x.data(), x_stride}, {integers.data(), integer_stride},
          {y.data(), y_stride}, rows);
  double worst = 0;
  bool kept = true, same = true;
  for (std::size_t r = 0; r < rows; ++r) {
    product(set, w.storage(), w.view(), {x.data() + r * x_stride, x_stride},
            {integers.data() + r * integer_stride, integer_stride}, {alone.data(), outputs}, 1);
    for (std::size_t o = 0; o < outputs; ++o) {
      double sum = 0;
      for (std::size_t i = 0; i < inputs; ++i)
        sum += double{weights[o * inputs + i]} * double{x[r * x_stride + i]};
      worst = worse(worst, std::abs(double{y[r * y_stride + o]} - sum));
      same = same && y[r * y_stride + o] == alone[o];
    }
    kept = kept && y[r * y_stride + outputs] == 42.0f && y[r * y_stride + outputs + 1] == 42.0f;
  }
  // Activations as integers are off by half a step of 1/32767 at most, 0.9e-5 as a standard deviation; a sum
  // over inputs by that times the root of their number. Five deviations.
  CHECK(worst < (wants_integers(w.storage()) ? 4.5e-5 * std::sqrt(double(inputs)) : 1e-5));
  CHECK(kept);
  CHECK(same);
}

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

}  // namespace

TEST_CASE("products of every type, layout, instruction set and count of rows agree with the plain sum") {
  for (const TensorType type : kEveryType) {
    for (const std::size_t inputs : {32u, 96u}) {
      for (const std::size_t outputs : {1u, 31u, 33u, 80u}) {
        const Stored stored(type, inputs, outputs);
        std::vector<float> weights(inputs * outputs);
        dequantise(type, stored.tensor.data.data(), weights.size(), weights.data());
        for (const Kernels* set : supported_kernels()) {
          CAPTURE(set->name);
          CAPTURE(tensor_type_info(type)->name);
          CAPTURE(outputs);
          for (const std::size_t rows : {1u, 2u, 3u, 5u, 8u, 15u, 19u}) {
            check_matrix(*set, Matrix::repacked(stored.tensor, 0, outputs), weights, rows);
            check_matrix(*set, Matrix::in_place(stored.tensor, 0, outputs), weights, rows);
          }
        }
      }
    }
  }
}

TEST_CASE("rows in place need no whole blocks where the type has none") {
  for (const TensorType type : {TensorType::f32, TensorType::f16, TensorType::bf16}) {
    const Stored stored(type, 37, 6);
    std::vector<float> weights(37 * 6);
    dequantise(type, stored.tensor.data.data(), weights.size(), weights.data());
    for (const Kernels* set : supported_kernels())
      check_matrix(*set, Matrix::in_place(stored.tensor, 0, 6), weights, 5);
  }
}

TEST_CASE("a block of Q4_0 holds its first half in low nibbles and its second in high ones, less 8") {
  auto block = bytes_of({0x00, 0x38});  // a scale of 0.5
  for (int i = 0; i < 16; ++i) block.push_back(static_cast<std::byte>(i | ((15 - i) << 4)));
  float values[32];
  dequantise(TensorType::q4_0, block.data(), 32, values);
  for (int i = 0; i < 16; ++i) {
    CHECK(values[i] == 0.5f * static_cast<float>(i - 8));
    CHECK(values[16 + i] == 0.5f * static_cast<float>(7 - i));
  }
}

TEST_CASE("a block of Q8_0 holds signed bytes, also the least of them") {
  auto block = bytes_of({0x00, 0x40});  // a scale of 2
  for (int i = 0; i < 32; ++i) block.push_back(static_cast<std::byte>(i == 3 ? 0x80 : i));
  float values[32];
  dequantise(TensorType::q8_0, block.data(), 32, values);
  CHECK(values[3] == -256.0f);
  CHECK(values[31] == 62.0f);
}

TEST_CASE("bfloat16 is the upper half of a float") {
  const auto bytes = bytes_of({0x80, 0x3f, 0x49, 0xc0});
  float values[2];
  dequantise(TensorType::bf16, bytes.data(), 2, values);
  CHECK(values[0] == 1.0f);
  CHECK(values[1] == -3.140625f);
}

TEST_CASE("the largest weights and activations do not overflow the sums of a block") {
  for (const TensorType type : {TensorType::q8_0, TensorType::q4_0}) {
    std::string bytes;
    for (int row = 0; row < 32; ++row) {
      bytes += std::string({'\x00', '\x3c'});  // a scale of 1
      bytes += std::string(type == TensorType::q8_0 ? 32 : 16, type == TensorType::q8_0 ? '\x80' : '\x00');
    }
    GgufTensor tensor;
    tensor.type = type;
    tensor.shape = {32, 32, 1, 1};
    tensor.data = std::as_bytes(std::span(bytes));
    const float want = 32.0f * (type == TensorType::q8_0 ? 128.0f : 8.0f) * 3.0f;
    const std::vector<float> x(32, -3.0f);
    for (const Kernels* set : supported_kernels()) {
      CAPTURE(set->name);
      Bytes integers(integer_row_bytes(32));
      set->to_integers(x.data(), 32, integers.data());
      for (const Matrix& w : {Matrix::repacked(tensor, 0, 32), Matrix::in_place(tensor, 0, 32)}) {
        std::vector<float> y(32);
        product(*set, w.storage(), w.view(), {x.data(), 32}, {integers.data(), 0}, {y.data(), 32}, 1);
        for (const float value : y) CHECK(value == doctest::Approx(want).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("activations that are zero, tiny or not finite") {
  const Stored stored(TensorType::q8_0, 32, 32);
  const Matrix w = Matrix::repacked(stored.tensor, 0, 32);
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Kernels* set : supported_kernels()) {
    CAPTURE(set->name);
    for (const float odd : {0.0f, 1e-42f, infinity, -infinity, nan, -nan}) {
      CAPTURE(odd);
      std::vector<float> x(32, 0.0f), y(32, 42.0f);
      x[7] = odd;
      Bytes integers(integer_row_bytes(32));
      set->to_integers(x.data(), 32, integers.data());
      product(*set, w.storage(), w.view(), {x.data(), 32}, {integers.data(), 0}, {y.data(), 32}, 1);
      for (const float value : y) CHECK((std::isfinite(odd) ? value == 0.0f : std::isnan(value)));
    }
  }
}

TEST_CASE("repacked integers take the bytes of the file, padded to whole panels") {
  CHECK(Matrix::repacked_bytes(TensorType::q8_0, 64, 64) == 64 * row_bytes(TensorType::q8_0, 64));
  CHECK(Matrix::repacked_bytes(TensorType::q4_0, 64, 64) == 64 * row_bytes(TensorType::q4_0, 64));
  CHECK(Matrix::repacked_bytes(TensorType::q4_0, 64, 33) == 64 * row_bytes(TensorType::q4_0, 64));
  CHECK(Matrix::repacked_bytes(TensorType::f16, 64, 64) == 64 * 64 * 4);
}

TEST_CASE("a file of each type gives the logits of the same values in F32, repacked and in place") {
  const std::vector<std::int32_t> tokens{1, 5, 200, 7, 7, 30};
  for (const std::string name : {"deepseek2-sigmoid.gguf", "llama.gguf"}) {
    const auto original = read_bytes(kGolden + name);
    for (const TensorType type : kEveryType) {
      CAPTURE(name);
      CAPTURE(tensor_type_info(type)->name);
      const auto bytes = retyped(original, type, false), floats = retyped(original, type, true);
      const auto want = Engine::load(floats, "f32.gguf")->logits(tokens);
      const Gguf file = Gguf::parse(bytes, "m.gguf");
      for (const bool in_place : {false, true}) {
        TransformerOptions options;
        options.in_place = in_place;
        Transformer model(file, options);
        std::vector<float> got(want.size());
        model.run(tokens, 0, tokens.size(), got.data());
        double difference = 0, largest = 0;
        for (std::size_t i = 0; i < want.size(); ++i) {
          difference = worse(difference, std::abs(double{got[i]} - double{want[i]}));
          largest = std::max(largest, std::abs(double{want[i]}));
        }
        // These random networks magnify rounding some hundredfold; see golden_test.cpp for trained ones.
        const bool integers = type == TensorType::q8_0 || type == TensorType::q4_0;
        CHECK(difference < (integers ? 5e-3 : 2e-5) * largest);
      }
    }
  }
}

TEST_CASE("weights in place cost no memory of the limit") {
  const std::string path = "catalog/models/tiny-moe.gguf";
  EngineOptions options;
  options.context = 64;
  options.memory_limit = 3'000'000;
  options.layout = WeightLayout::in_place;
  CHECK(Engine::open(path, options)->weights_in_place());
  options.layout = WeightLayout::automatic;
  CHECK_THROWS_WITH_AS(Engine::open(path, options),
                       "catalog/models/tiny-moe.gguf: needs more memory than the built-in engine allows",
                       Error);
}

TEST_CASE("a thread pool does every piece once, many times over") {
  for (const std::size_t threads : {1u, 2u, 5u}) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (std::size_t round = 0; round < 300; ++round) {
      const std::size_t count = round % 37;
      std::vector<std::atomic<int>> done(count);
      std::atomic<bool> strange = false;
      pool.run(count, [&](std::size_t index, std::size_t thread) {
        ++done[index];
        if (thread >= threads) strange = true;
      });
      bool once = true;
      for (const auto& times : done) once = once && times == 1;
      CHECK(once);
      CHECK_FALSE(strange.load());
    }
  }
}

TEST_CASE("products shared over threads equal those of one") {
  const Stored stored(TensorType::q8_0, 256, 1000);
  const Matrix w = Matrix::repacked(stored.tensor, 0, 1000);
  const auto x = uniform(40 * 256, "x");
  std::vector<float> first;
  for (const std::size_t threads : {1u, 2u, 4u}) {
    Compute compute(threads);
    Operand operand;
    operand.set({x.data(), 256}, 256, 40);
    std::vector<float> y(40 * 1000), evens(20 * 1000);
    const Product products[2] = {{&w, &operand, {y.data(), 1000}, 40},
                                 {&w, &operand, {evens.data(), 1000}, 20, 0, 2}};
    compute.multiply(products);
    bool same = true;
    for (std::size_t i = 0; i < evens.size(); ++i) same = same && evens[i] == y[i / 1000 * 2000 + i % 1000];
    CHECK(same);
    if (first.empty()) first = y;
    CHECK(y == first);
  }
}
