// Item::details as a scorer reads them. A mistake in them is an Error{input} that names the item: it is the
// task's, and no reply may be blamed for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "harness/task.h"

namespace costwar::harness {

class Details {
 public:
  explicit Details(const Item& item);
  Details(const Details&) = delete;
  Details& operator=(const Details&) = delete;

  JsonIn root() const { return {document_, source_}; }
  std::vector<std::string> strings(std::string_view key) const;  // empty when there are none
  const std::string& source() const { return source_; }

 private:
  std::string source_;
  Json document_;
};

}  // namespace costwar::harness
