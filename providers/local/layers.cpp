#include "providers/local/layers.h"

#include <algorithm>
#include <cmath>

namespace costwar::local {

RopeTable::RopeTable(std::size_t size, float base, std::size_t positions)
    : size_(size), cosines_(positions * size / 2), sines_(positions * size / 2) {
  for (std::size_t i = 0; i < size / 2; ++i) {
    const double frequency =
        std::pow(double{base}, -2.0 * static_cast<double>(i) / static_cast<double>(size));
    for (std::size_t p = 0; p < positions; ++p) {
      const double angle = static_cast<double>(p) * frequency;
      cosines_[p * size / 2 + i] = static_cast<float>(std::cos(angle));
      sines_[p * size / 2 + i] = static_cast<float>(std::sin(angle));
    }
  }
}

void RopeTable::apply(float* x, std::size_t position) const {
  const float* const cosine = cosines_.data() + position * size_ / 2;
  const float* const sine = sines_.data() + position * size_ / 2;
  for (std::size_t i = 0; i < size_ / 2; ++i) {
    const float a = x[2 * i], b = x[2 * i + 1];
    x[2 * i] = a * cosine[i] - b * sine[i];
    x[2 * i + 1] = a * sine[i] + b * cosine[i];
  }
}

namespace {
constexpr std::size_t kQueryBlock = 64;  // rows of scores held at once
}

AttentionOver::AttentionOver(std::size_t capacity)
    : stride_((capacity + kPanel - 1) / kPanel * kPanel), scores_(kQueryBlock * stride_) {}

std::uint64_t AttentionOver::bytes_for(std::size_t capacity) {
  return std::uint64_t{kQueryBlock} * (capacity + kPanel) * sizeof(float);
}

void AttentionOver::run(const KvCache& cache, Rows queries, MutableRows out, std::size_t rows,
                        std::size_t heads_per_token, std::size_t first_position) {
  const Kernels& k = kernels();
  for (std::size_t from = 0; from < rows; from += kQueryBlock) {
    const std::size_t count = std::min(kQueryBlock, rows - from);
    const std::size_t seen = first_position + (from + count - 1) / heads_per_token + 1;
    k.matmul(cache.keys(seen), {queries.data + from * queries.stride, queries.stride},
             {scores_.data(), stride_}, count);
    for (std::size_t r = 0; r < count; ++r) {
      float* const row = scores_.data() + r * stride_;
      const std::size_t visible = first_position + (from + r) / heads_per_token + 1;
      k.softmax(row, visible);
      std::fill(row + visible, row + seen, 0.0f);
    }
    k.matmul(cache.values(seen), {scores_.data(), stride_}, {out.data + from * out.stride, out.stride},
             count);
  }
}

}  // namespace costwar::local
