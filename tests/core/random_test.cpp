#include "core/random.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

using namespace costwar;

TEST_CASE("a stream is a function of its seed and its name") {
  RandomStream a(7, "tasks");
  RandomStream again(7, "tasks");
  RandomStream other_name(7, "arrivals");
  RandomStream other_seed(8, "tasks");
  std::set<std::uint64_t> firsts;
  for (RandomStream* stream : {&a, &other_name, &other_seed}) firsts.insert(stream->next());
  CHECK(firsts.size() == 3);
  CHECK(firsts.contains(again.next()));
}

TEST_CASE("draws below a bound are uniform") {
  RandomStream stream(1, "uniform");
  std::array<double, 6> counts{};
  constexpr int kDraws = 60'000;
  for (int i = 0; i < kDraws; ++i) counts[stream.below(6)] += 1;
  double chi_squared = 0;
  for (const double count : counts)
    chi_squared += (count - kDraws / 6.0) * (count - kDraws / 6.0) / (kDraws / 6.0);
  CHECK(chi_squared < 20.5);  // the 99.9 % point of chi-squared with 5 degrees of freedom
}

TEST_CASE("the ends of a range are reached, whatever the range") {
  RandomStream stream(2, "range");
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(stream.between(-2, 2));
  CHECK(seen == std::set<std::int64_t>{-2, -1, 0, 1, 2});
  (void)stream.between(INT64_MIN, INT64_MAX);
  CHECK(stream.between(5, 5) == 5);
}

TEST_CASE("a shuffle is a permutation and unit stays below one") {
  RandomStream stream(3, "shuffle");
  std::vector<int> values(50);
  std::iota(values.begin(), values.end(), 0);
  const std::vector<int> sorted = values;
  stream.shuffle(std::span(values));
  CHECK(values != sorted);
  CHECK(std::is_permutation(values.begin(), values.end(), sorted.begin()));
  for (int i = 0; i < 1000; ++i) {
    const double u = stream.unit();
    CHECK((u >= 0 && u < 1));
  }
}
