// The memory that a model fills by tools: texts by key, with search. Bounded, so that a model that writes
// without end fills nothing but its own notebook. One per dialogue.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/chat.h"

namespace costwar::harness::worlds {

class Notebook {
 public:
  static constexpr std::size_t kMostEntries = 200;
  static constexpr std::size_t kMostFound = 10;

  // memory_put, memory_get, memory_search; with `writing` false only the last two.
  static std::vector<Tool> tools(bool writing);

  // A call as the model wrote it; the result is JSON text. A call that writes is refused unless `writing`.
  std::string call(std::string_view tool, std::string_view arguments, bool writing);

  std::size_t size() const { return entries_.size(); }

 private:
  std::string search(std::string_view words) const;

  std::map<std::string, std::string, std::less<>> entries_;
};

}  // namespace costwar::harness::worlds
