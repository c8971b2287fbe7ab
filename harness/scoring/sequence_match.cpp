#include "harness/scoring/sequence_match.h"

#include <algorithm>
#include <span>
#include <unordered_map>

namespace costwar::harness {
namespace {

struct MatchingBlock {
  std::size_t a = 0, b = 0, length = 0;
};

struct Range {
  std::size_t a_begin, a_end, b_begin, b_end;
};

class Matcher {
 public:
  Matcher(const std::vector<char32_t>& a, const std::vector<char32_t>& b, std::uint64_t steps)
      : a_(a), b_(b), steps_(steps), lengths_(b.size() + 1), next_lengths_(b.size() + 1) {
    for (std::size_t j = 0; j < b.size(); ++j) places_[b[j]].push_back(j);
    constexpr std::size_t kShortest = 200;
    if (b.size() >= kShortest)
      std::erase_if(places_, [&](const auto& entry) { return entry.second.size() > b.size() / 100 + 1; });
  }

  SequenceMatch match() {
    std::size_t matched = 0;
    std::vector<Range> ranges{{0, a_.size(), 0, b_.size()}};
    while (!ranges.empty() && !spent()) {
      const Range range = ranges.back();
      ranges.pop_back();
      const MatchingBlock block = longest(range);
      if (block.length == 0) continue;
      matched += block.length;
      if (range.a_begin < block.a && range.b_begin < block.b)
        ranges.push_back({range.a_begin, block.a, range.b_begin, block.b});
      const std::size_t a_end = block.a + block.length, b_end = block.b + block.length;
      if (a_end < range.a_end && b_end < range.b_end)
        ranges.push_back({a_end, range.a_end, b_end, range.b_end});
    }
    const std::size_t sizes = a_.size() + b_.size();
    const double ratio = sizes == 0 ? 1.0 : 2.0 * static_cast<double>(matched) / static_cast<double>(sizes);
    return {ratio, !ranges.empty() || spent()};
  }

 private:
  bool spent() const { return used_ >= steps_; }

  // The places in b, within the range, of the character at i of a.
  std::span<const std::size_t> places(std::size_t i, const Range& range) const {
    const auto found = places_.find(a_[i]);
    if (found == places_.end()) return {};
    const auto begin = std::lower_bound(found->second.begin(), found->second.end(), range.b_begin);
    return {begin, std::lower_bound(begin, found->second.end(), range.b_end)};
  }

  // The longest block that begins earliest in a, then in b. lengths_[j + 1]: of the common run that ends at
  // the character of a before this one and at j of b.
  MatchingBlock longest(const Range& range) {
    MatchingBlock best{range.a_begin, range.b_begin, 0};
    std::span<const std::size_t> previous;
    for (std::size_t i = range.a_begin; i < range.a_end && !spent(); ++i) {
      const auto here = places(i, range);
      for (const std::size_t j : here) {
        const std::size_t length = lengths_[j] + 1;
        next_lengths_[j + 1] = length;
        if (length > best.length) best = {i + 1 - length, j + 1 - length, length};
      }
      used_ += here.size() + 1;
      for (const std::size_t j : previous) lengths_[j + 1] = 0;
      std::swap(lengths_, next_lengths_);
      previous = here;
    }
    for (const std::size_t j : previous) lengths_[j + 1] = 0;
    // Characters that start no block still lengthen one.
    while (best.a > range.a_begin && best.b > range.b_begin && a_[best.a - 1] == b_[best.b - 1])
      --best.a, --best.b, ++best.length;
    while (best.a + best.length < range.a_end && best.b + best.length < range.b_end &&
           a_[best.a + best.length] == b_[best.b + best.length])
      ++best.length;
    used_ += best.length;
    return best;
  }

  const std::vector<char32_t>& a_;
  const std::vector<char32_t>& b_;
  std::uint64_t steps_;
  std::uint64_t used_ = 0;
  std::unordered_map<char32_t, std::vector<std::size_t>> places_;
  std::vector<std::size_t> lengths_, next_lengths_;
};

}  // namespace

SequenceMatch sequence_match(const std::vector<char32_t>& a, const std::vector<char32_t>& b,
                             std::uint64_t steps) {
  return Matcher(a, b, steps).match();
}

}  // namespace costwar::harness
