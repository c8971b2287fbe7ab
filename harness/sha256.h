// SHA-256, the one digest of costwar: item identities, plan hashes and the train/evaluation split. A Sha256
// is used by one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace costwar::harness {

class Sha256 {
 public:
  Sha256();

  Sha256& update(std::string_view bytes);

  // Adds the length and then the bytes, so that a sequence of fields has one reading: "ab","c" is not
  // "a","bc".
  Sha256& field(std::string_view bytes);
  Sha256& field(std::uint64_t number);

  // The digest of all that was added; nothing can be added afterwards.
  std::array<unsigned char, 32> finish();
  std::string finish_hex(std::size_t digits = 64);  // the first so many lower-case hex digits
  std::uint64_t finish_prefix();                    // the first 8 bytes, big-endian

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

}  // namespace costwar::harness
