#include "harness/item_id.h"

#include "harness/sha256.h"

namespace costwar::harness {

std::string item_id(std::string_view task, int version, std::string_view parameters, std::uint64_t seed) {
  return Sha256()
      .field("costwar item")
      .field(task)
      .field(static_cast<std::uint64_t>(version))
      .field(parameters)
      .field(seed)
      .finish_hex(16);
}

}  // namespace costwar::harness
