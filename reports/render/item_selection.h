// Which items a report shows one by one where it cannot show all: those that tell models apart first. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/item_rows.h"

namespace costwar::reports {

inline constexpr std::size_t kMostItems = 20'000;

enum class ItemClass : std::uint8_t {
  flip,      // two models have a result and only one solved it
  unsolved,  // a model did not solve it
  sampled,   // of the rest
};

struct SelectedItem {
  std::size_t index = 0;  // of ItemRows
  ItemClass of = ItemClass::sampled;
  std::uint32_t rank = 0;  // 0: the first to be shown in full
};

struct ItemSelection {
  std::vector<SelectedItem> items;  // ascending by index
  std::size_t flips = 0;            // of all items, whether selected or not
  std::size_t unsolved = 0;         // besides flips
  std::size_t of = 0;               // items there are
};

// At most `most` items: flips, then items that a model did not solve, then the rest. A class that does not
// fit whole is sampled; the order within a class is drawn too. A function of the rows and their seed.
ItemSelection select_items(const ItemRows& rows, std::size_t most = kMostItems);

}  // namespace costwar::reports
