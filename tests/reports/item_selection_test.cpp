#include "reports/render/item_selection.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/support/given_items.h"

using namespace costwar;
using namespace costwar::reports;
using testing::GivenItems;

namespace {

// Every tenth item flips, every tenth is solved by nobody, and all others by both.
GivenItems items_sample(std::size_t count) {
  GivenItems items({"a", "b"}, {"t"});
  for (std::size_t i = 0; i < count; ++i)
    items.add(0, "p", "e", {{"x", i % 10 == 3 || i % 10 != 7}, {"y", i % 10 != 3 && i % 10 != 7}});
  return items;
}

std::size_t count_of(const ItemSelection& selection, ItemClass of) {
  return static_cast<std::size_t>(std::count_if(selection.items.begin(), selection.items.end(),
                                                [&](const SelectedItem& item) { return item.of == of; }));
}

}  // namespace

TEST_CASE("everything is selected where it fits, in the order of the run") {
  const ItemSelection selection = select_items(items_sample(100), 1000);
  REQUIRE(selection.items.size() == 100);
  CHECK(selection.flips == 10);
  CHECK(selection.unsolved == 10);
  for (std::size_t i = 0; i < 100; ++i) CHECK(selection.items[i].index == i);
  CHECK(selection.items[3].of == ItemClass::flip);
  CHECK(selection.items[7].of == ItemClass::unsolved);
}

TEST_CASE("flips come first, then what some model did not solve, then a sample") {
  const GivenItems items = items_sample(1000);
  const ItemSelection selection = select_items(items, 300);
  CHECK(selection.items.size() == 300);
  CHECK(selection.of == 1000);
  CHECK(count_of(selection, ItemClass::flip) == 100);
  CHECK(count_of(selection, ItemClass::unsolved) == 100);
  CHECK(count_of(selection, ItemClass::sampled) == 100);
  for (const SelectedItem& item : selection.items) {
    if (item.of == ItemClass::flip) CHECK(item.rank < 100);
    if (item.of == ItemClass::sampled) CHECK(item.rank >= 200);
  }
}

TEST_CASE("what does not fit is sampled over the whole run, and always alike") {
  const GivenItems items = items_sample(1000);
  const ItemSelection selection = select_items(items, 40);
  CHECK(count_of(selection, ItemClass::flip) == 40);
  CHECK(std::is_sorted(selection.items.begin(), selection.items.end(),
                       [](const SelectedItem& a, const SelectedItem& b) { return a.index < b.index; }));
  CHECK(selection.items.front().index < 250);
  CHECK(selection.items.back().index > 750);
  std::set<std::uint32_t> ranks;
  for (const SelectedItem& item : selection.items) ranks.insert(item.rank);
  CHECK(ranks.size() == 40);
  const ItemSelection again = select_items(items, 40);
  for (std::size_t i = 0; i < 40; ++i) CHECK(again.items[i].index == selection.items[i].index);
}

TEST_CASE("a run without items") {
  CHECK(select_items(GivenItems({"a"}, {"t"}), 10).items.empty());
}
