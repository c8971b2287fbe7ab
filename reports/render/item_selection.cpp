#include "reports/render/item_selection.h"

#include <algorithm>
#include <array>
#include <span>

#include "core/random.h"

namespace costwar::reports {

ItemSelection select_items(const ItemRows& rows, std::size_t most) {
  ItemSelection selection;
  selection.of = rows.size();
  std::array<std::vector<std::size_t>, 3> classes;  // in the order of ItemClass
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ItemFacts facts = rows.facts(i);
    const ItemClass of = facts.flipped()        ? ItemClass::flip
                         : facts.any_unsolved() ? ItemClass::unsolved
                                                : ItemClass::sampled;
    classes[static_cast<std::size_t>(of)].push_back(i);
  }
  selection.flips = classes[0].size();
  selection.unsolved = classes[1].size();
  RandomStream draw(rows.seed(), "report/items");
  for (std::size_t of = 0; of < classes.size(); ++of) {
    draw.shuffle(std::span<std::size_t>(classes[of]));
    for (const std::size_t index : classes[of]) {
      if (selection.items.size() == most) break;
      selection.items.push_back(
          {index, static_cast<ItemClass>(of), static_cast<std::uint32_t>(selection.items.size())});
    }
  }
  std::sort(selection.items.begin(), selection.items.end(),
            [](const SelectedItem& a, const SelectedItem& b) { return a.index < b.index; });
  return selection;
}

}  // namespace costwar::reports
