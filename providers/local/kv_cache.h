// What attention remembers of one layer's positions for one head of keys and values, in the panel layout of
// the kernels: scores are then a product with the keys, and the weighted sum a product with the values. For
// multi-head latent attention it holds the compressed latent and the rotated key part, which all heads share.
// One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "providers/local/matrix.h"

namespace costwar::local {

class KvCache {
 public:
  KvCache() = default;
  KvCache(std::size_t key_size, std::size_t value_size, std::size_t capacity)
      : key_size_(key_size),
        value_size_(value_size),
        capacity_(padded(capacity)),
        keys_(capacity_ * key_size),
        values_(padded(value_size) * capacity_) {}

  static std::uint64_t bytes_for(std::size_t key_size, std::size_t value_size, std::size_t capacity) {
    return std::uint64_t{padded(capacity)} * (key_size + padded(value_size)) * sizeof(float);
  }

  std::size_t key_size() const { return key_size_; }
  std::size_t value_size() const { return value_size_; }

  // position < capacity; overwrites what an earlier text left there.
  void store(std::size_t position, const float* key, const float* value) {
    float* const keys = keys_.data() + position / kPanel * key_size_ * kPanel + position % kPanel;
    for (std::size_t i = 0; i < key_size_; ++i) keys[i * kPanel] = key[i];
    for (std::size_t i = 0; i < value_size_; ++i)
      values_[i / kPanel * capacity_ * kPanel + position * kPanel + i % kPanel] = value[i];
  }

  // The first `count` positions as outputs, and as inputs.
  PanelView keys(std::size_t count) const { return {keys_.data(), key_size_, count, key_size_ * kPanel}; }
  PanelView values(std::size_t count) const {
    return {values_.data(), count, value_size_, capacity_ * kPanel};
  }

 private:
  static constexpr std::size_t padded(std::size_t n) { return (n + kPanel - 1) / kPanel * kPanel; }

  std::size_t key_size_ = 0;
  std::size_t value_size_ = 0;
  std::size_t capacity_ = 0;
  Floats keys_;
  Floats values_;
};

}  // namespace costwar::local
