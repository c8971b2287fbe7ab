#include "harness/import/import_file.h"

#include <span>

namespace costwar::harness {

std::string beginning_of(const ImportFile& file, std::size_t size) {
  const ByteSource bytes = file.open();
  std::string beginning(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const std::size_t got = bytes(std::span<char>(beginning).subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  beginning.resize(filled);
  return beginning;
}

}  // namespace costwar::harness
