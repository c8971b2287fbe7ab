// The split of procedural items into evaluation, validation and training, so that nothing a built-in model
// was trained on is ever asked of it: bucket = first 8 bytes of SHA-256(split key), big-endian, modulo the
// number of buckets. The split key is the task's name, a colon and the item's canonical form.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace costwar::harness {

class Split {
 public:
  // The "split" object of a suite manifest. Error{input} when a bucket is named twice or does not exist.
  static Split parse(const JsonIn& split);

  std::uint64_t bucket(std::string_view split_key) const;
  bool is_evaluation(std::string_view split_key) const { return evaluation_[bucket(split_key)]; }

 private:
  std::vector<bool> evaluation_;  // by bucket
};

}  // namespace costwar::harness
