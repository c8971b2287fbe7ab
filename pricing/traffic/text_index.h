// TextIndex: numbers the distinct texts that it is asked about, 0, 1, 2 and on. For hot loops: one hash and
// nearly always one comparison a question; allocates only for a text that is new. Not thread-safe.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace costwar::pricing {

class TextIndex {
 public:
  TextIndex() : slots_(64, Slot{0, 0}) {}

  std::uint32_t operator[](std::string_view text) {
    const std::uint64_t hash = hash_of(text);
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      Slot& slot = slots_[at];
      if (slot.number == 0) return insert(text, hash, at);
      if (slot.hash == hash && texts_[slot.number - 1] == text) return slot.number - 1;
    }
  }

  std::size_t size() const { return texts_.size(); }
  const std::string& text(std::uint32_t number) const { return texts_[number]; }

 private:
  struct Slot {
    std::uint64_t hash;
    std::uint32_t number;  // plus one; 0: free
  };

  std::size_t mask() const { return slots_.size() - 1; }

  // Multiplication and rotation over words of eight bytes. Texts come from logs, so a collision is possible;
  // it only costs a comparison.
  static std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = text.size() * 0x9E3779B97F4A7C15U;
    const auto mix = [&](std::uint64_t word) {
      hash = (hash ^ word) * 0xD6E8FEB86659FD93U;
      hash ^= hash >> 32;
    };
    for (; text.size() >= 8; text.remove_prefix(8)) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data(), 8);
      mix(word);
    }
    std::uint64_t rest = 0;
    if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
    mix(rest);
    return hash;
  }

  std::uint32_t insert(std::string_view text, std::uint64_t hash, std::size_t at) {
    texts_.emplace_back(text);
    const auto number = static_cast<std::uint32_t>(texts_.size());
    slots_[at] = {hash, number};
    if (texts_.size() * 2 > slots_.size()) grow();
    return number - 1;
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2, Slot{0, 0});
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number == 0) continue;
      std::size_t at = slot.hash & mask();
      while (slots_[at].number != 0) at = (at + 1) & mask();
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;
  std::deque<std::string> texts_;
};

}  // namespace costwar::pricing
