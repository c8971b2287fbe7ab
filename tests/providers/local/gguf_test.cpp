#include "providers/local/gguf.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/error.h"
#include "tests/providers/local/local_support.h"

using namespace costwar;
using namespace costwar::local;
using test::GgufBuilder;

namespace {

// The message of the Error that parsing gives, "" if none.
std::string complaint(const std::vector<std::byte>& bytes) {
  try {
    Gguf::parse(bytes, "m.gguf");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "";
}

bool complains(const std::vector<std::byte>& bytes, std::string_view about) {
  const std::string message = complaint(bytes);
  CAPTURE(message);
  const bool found = message.starts_with("m.gguf: ") && message.find(about) != std::string::npos;
  if (!found) MESSAGE(message);
  return found;
}

template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("keys and tensors are read back") {
  GgufBuilder file;
  file.u32("a.count", 7)
      .i32("a.signed", 12)
      .f32("a.ratio", 0.5f)
      .flag("a.flag", true)
      .string("a.text", "hello");
  file.strings("a.words", {"x", "yz"}).u32s("a.list", {1, 2, 3});
  file.tensor("w", {2, 3}, {1, 2, 3, 4, 5, 6}).tensor("v", {4}, {9, 8, 7, 6});
  const auto bytes = file.build();
  const Gguf gguf = Gguf::parse(bytes, "m.gguf");
  CHECK(gguf.version() == 3);
  CHECK(gguf.u32("a.count") == 7);
  CHECK(gguf.u32("a.signed") == 12);
  CHECK(gguf.f32("a.ratio") == 0.5f);
  CHECK(gguf.optional_bool("a.flag") == true);
  CHECK(gguf.string("a.text") == "hello");
  CHECK(gguf.strings("a.words")[1] == "yz");
  CHECK(gguf.optional_u32s("a.list") == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(gguf.optional_per_layer("a.list", 3) == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(gguf.optional_per_layer("a.count", 2) == std::vector<std::uint32_t>{7, 7});
  CHECK_FALSE(gguf.optional_u32("missing"));
  const auto& tensor = gguf.tensor("w");
  CHECK(tensor.shape == std::array<std::uint64_t, 4>{2, 3, 1, 1});
  CHECK(tensor.bytes == 24);
  CHECK(tensor.data.size() == 24);
  CHECK(gguf.find_tensor("nothing") == nullptr);
}

TEST_CASE("getters name the key and what is wrong with it") {
  GgufBuilder file;
  file.i32("a.negative", -1).f32("a.nan", std::nanf("")).string("a.text", "hello").u32s("a.list", {1, 2});
  const auto bytes = file.build();
  const Gguf gguf = Gguf::parse(bytes, "m.gguf");
  CHECK(error_of([&] { gguf.u32("a.negative"); }) ==
        "m.gguf: the value of 'a.negative' is not between 0 and 4294967295");
  CHECK(error_of([&] { gguf.u32("a.text"); }) == "m.gguf: the value of 'a.text' is not an integer");
  CHECK(error_of([&] { gguf.f32("a.nan"); }) == "m.gguf: the value of 'a.nan' is not a finite number");
  CHECK(error_of([&] { gguf.string("a.list"); }) == "m.gguf: the value of 'a.list' is not a string");
  CHECK(error_of([&] { gguf.optional_bool("a.text"); }) ==
        "m.gguf: the value of 'a.text' is not true or false");
  CHECK(error_of([&] { gguf.u32("b"); }) == "m.gguf: has no key 'b'");
  CHECK(error_of([&] { gguf.tensor("t"); }) == "m.gguf: has no tensor 't'");
  CHECK(error_of([&] { gguf.optional_per_layer("a.list", 3); }) ==
        "m.gguf: the value of 'a.list' has 2 entries for 3 layers");
}

TEST_CASE("files that are not GGUF, or not of a known version") {
  CHECK(complains({}, "too short"));
  std::vector<std::byte> text(100, std::byte{'x'});
  CHECK(complains(text, "does not begin with 'GGUF'"));
  CHECK(complains(GgufBuilder().build(1), "version 1"));
  CHECK(complains(GgufBuilder().build(0x03000000), "big-endian"));
  CHECK(complaint(GgufBuilder().build(2)).empty());
}

TEST_CASE("false counts and lengths claim no memory") {
  constexpr std::uint64_t huge = ~std::uint64_t{0};
  CHECK(complains(GgufBuilder().build_counts(3, huge, 0), "tensors, more than 65536"));
  CHECK(complains(GgufBuilder().build_counts(3, 0, huge), "keys, more than 65536"));
  CHECK(complains(GgufBuilder().build_counts(3, 0, 1000), "ends within"));
  CHECK(complains(GgufBuilder().build_counts(3, 1000, 0), "ends within"));
  const auto number = [](auto value) { return GgufBuilder::number(value); };
  CHECK(complains(GgufBuilder().pair("s", 8, number(huge)).build(), "the value of 's' has"));
  CHECK(complains(GgufBuilder().pair("a", 9, number(8u) + number(std::uint64_t{1} << 24)).build(),
                  "ends within the value of 'a'"));
  CHECK(complains(GgufBuilder().pair("a", 9, number(4u) + number(std::uint64_t{1} << 24)).build(),
                  "ends within the value of 'a'"));
  CHECK(complains(GgufBuilder().pair("a", 9, number(4u) + number(huge)).build(), "array elements"));
  CHECK(complains(GgufBuilder().pair("a", 9, number(9u) + number(std::uint64_t{1})).build(),
                  "array of arrays"));
  CHECK(complains(GgufBuilder().pair("a", 9, number(77u) + number(std::uint64_t{1})).build(),
                  "unknown element type 77"));
  CHECK(complains(GgufBuilder().pair("a", 77, number(0u)).build(), "unknown type 77"));
  CHECK(complains(GgufBuilder().u32("twice", 1).u32("twice", 1).build(), "'twice' twice"));
  CHECK(complains(GgufBuilder().u32(std::string(2000, 'k'), 1).build(), "2000 bytes, more than 1024"));
}

TEST_CASE("tensors that lie wrong") {
  const std::vector<float> eight(8, 1.0f);
  const auto with = [&](const std::vector<std::uint64_t>& shape, std::uint32_t type, std::uint64_t offset) {
    return GgufBuilder().tensor("good", {8}, eight).describe("bad", shape, type, offset).build();
  };
  CHECK(complains(with({8}, 0, 0), "begins where another"));
  CHECK(complains(GgufBuilder().tensor("a", {16}, std::vector<float>(16)).describe("b", {8}, 0, 32).build(),
                  "overlap"));
  CHECK(complains(with({8}, 0, 7), "not a multiple of the alignment"));
  CHECK(complains(with({8}, 0, 1 << 20), "lies outside the file"));
  CHECK(complains(with({1 << 20}, 0, 32), "lies outside the file"));
  CHECK(complains(with({8}, 0, ~std::uint64_t{31}), "lies outside the file"));
  CHECK(complains(with({std::uint64_t{1} << 33, std::uint64_t{1} << 33}, 0, 32), "impossibly large"));
  CHECK(complains(with({std::uint64_t{1} << 62}, 28, 32), "impossibly large"));
  CHECK(complains(with({0}, 0, 32), "empty dimension"));
  CHECK(complains(with({1, 1, 1, 1, 1}, 0, 32), "5 dimensions"));
  CHECK(complains(with({}, 0, 32), "0 dimensions"));
  CHECK(complains(with({8}, 5, 32), "unknown type 5"));
  CHECK(complains(with({8}, 8, 32), "rows of 8 values, which Q8_0 cannot store"));
  CHECK(complains(GgufBuilder().describe("x", {1}, 0, 0).describe("x", {1}, 0, 32).build(), "'x' twice"));
  CHECK(complains(GgufBuilder().u32("general.alignment", 24).build(), "power of two"));
  CHECK(complains(GgufBuilder().u32("general.alignment", 0).build(), "power of two"));
  CHECK(complains(GgufBuilder().describe(std::string("n\x01\xff", 3), {0}, 0, 0).build(),
                  "'n?"
                  "?'"));
}
