#include "harness/scoring/details.h"

namespace costwar::harness {

Details::Details(const Item& item)
    : source_("details of item " + item.id),
      document_(item.details.empty() ? Json::object() : parse_json(item.details, source_)) {
  if (!document_.is_object()) root().fail("expected an object");
}

std::vector<std::string> Details::strings(std::string_view key) const {
  const auto found = root().find(key);
  return found ? found->strings() : std::vector<std::string>{};
}

}  // namespace costwar::harness
