// Helpers of the tests of providers/local: files of the golden folder, and a writer of GGUF bytes by hand,
// right or wrong.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace costwar::local::test {

inline constexpr const char* kGolden = "tests/golden/engine/";

inline std::vector<std::byte> read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path + ": tests run in the source root");
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

// The larger error; one that is not a number is the largest of all, which std::max would drop.
inline double worse(double a, double b) {
  return b > a || std::isnan(b) ? b : a;
}

class GgufBuilder {
 public:
  GgufBuilder& u32(std::string_view key, std::uint32_t value) { return pair(key, 4, number(value)); }
  GgufBuilder& i32(std::string_view key, std::int32_t value) { return pair(key, 5, number(value)); }
  GgufBuilder& f32(std::string_view key, float value) { return pair(key, 6, number(value)); }
  GgufBuilder& flag(std::string_view key, bool value) {
    return pair(key, 7, number(static_cast<std::uint8_t>(value)));
  }
  GgufBuilder& string(std::string_view key, std::string_view value) { return pair(key, 8, text(value)); }
  GgufBuilder& strings(std::string_view key, const std::vector<std::string>& values) {
    std::string body = number(std::uint32_t{8}) + number(std::uint64_t{values.size()});
    for (const auto& value : values) body += text(value);
    return pair(key, 9, body);
  }
  GgufBuilder& u32s(std::string_view key, const std::vector<std::uint32_t>& values) {
    std::string body = number(std::uint32_t{4}) + number(std::uint64_t{values.size()});
    for (const auto value : values) body += number(value);
    return pair(key, 9, body);
  }
  // A value as raw bytes of any type number, for files that are wrong.
  GgufBuilder& pair(std::string_view key, std::uint32_t type, const std::string& value) {
    pairs_ += text(key) + number(type) + value;
    ++pair_count_;
    return *this;
  }
  // An F32 tensor placed behind the last one.
  GgufBuilder& tensor(std::string_view name, const std::vector<std::uint64_t>& shape,
                      const std::vector<float>& values) {
    describe(name, shape, 0, data_.size());
    for (const float value : values) data_ += number(value);
    data_.resize((data_.size() + 31) / 32 * 32);
    return *this;
  }
  // A tensor of any type as raw bytes, placed behind the last one.
  GgufBuilder& raw_tensor(std::string_view name, const std::vector<std::uint64_t>& shape, std::uint32_t type,
                          std::string_view bytes) {
    describe(name, shape, type, data_.size());
    data_ += bytes;
    data_.resize((data_.size() + 31) / 32 * 32);
    return *this;
  }
  // The keys of another file as its bytes have them.
  GgufBuilder& keys_of(std::string_view raw, std::uint64_t count) {
    pairs_ += raw;
    pair_count_ += count;
    return *this;
  }
  // A description alone, for tensors that lie where they should not.
  GgufBuilder& describe(std::string_view name, const std::vector<std::uint64_t>& shape, std::uint32_t type,
                        std::uint64_t offset) {
    tensors_ += text(name) + number(static_cast<std::uint32_t>(shape.size()));
    for (const auto size : shape) tensors_ += number(size);
    tensors_ += number(type) + number(offset);
    ++tensor_count_;
    return *this;
  }
  std::vector<std::byte> build(std::uint32_t version = 3) const {
    return build_counts(version, tensor_count_, pair_count_);
  }
  std::vector<std::byte> build_counts(std::uint32_t version, std::uint64_t tensors,
                                      std::uint64_t pairs) const {
    std::string out = "GGUF" + number(version) + number(tensors) + number(pairs) + pairs_ + tensors_;
    out.resize((out.size() + 31) / 32 * 32);
    out += data_;
    std::vector<std::byte> bytes(out.size());
    std::memcpy(bytes.data(), out.data(), out.size());
    return bytes;
  }

  template <class T>
  static std::string number(T value) {
    std::string out(sizeof value, '\0');
    std::memcpy(out.data(), &value, sizeof value);
    return out;
  }
  static std::string text(std::string_view value) {
    return number(std::uint64_t{value.size()}) + std::string(value);
  }

 private:
  std::string pairs_, tensors_, data_;
  std::uint64_t pair_count_ = 0, tensor_count_ = 0;
};

// The vocabulary of a file: the 256 bytes in GPT-2's alphabet, `extra` behind them as ordinary tokens,
// `control` last.
inline void add_vocabulary(GgufBuilder& file, const std::vector<std::string>& extra,
                           const std::vector<std::string>& merges, const std::vector<std::string>& control) {
  std::vector<std::string> tokens;
  unsigned next = 256;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const unsigned code = printable ? byte : next++;
    tokens.push_back(code < 128 ? std::string{static_cast<char>(code)}
                                : std::string{static_cast<char>(0xc0 | (code >> 6)),
                                              static_cast<char>(0x80 | (code & 63))});
  }
  tokens.insert(tokens.end(), extra.begin(), extra.end());
  std::vector<std::uint32_t> types(tokens.size(), 1);
  tokens.insert(tokens.end(), control.begin(), control.end());
  types.resize(tokens.size(), 3);
  file.string("tokenizer.ggml.model", "gpt2").string("tokenizer.ggml.pre", "gpt-2");
  file.strings("tokenizer.ggml.tokens", tokens).u32s("tokenizer.ggml.token_type", types);
  file.strings("tokenizer.ggml.merges", merges);
}

}  // namespace costwar::local::test
