// Price catalogues of other tools come from outside: whatever the bytes, each importer returns the text of a
// book that PriceBook::parse accepts, or throws Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.h"
#include "pricing/import/import.h"
#include "pricing/price_book.h"

using namespace costwar;
using namespace costwar::pricing;

namespace {

// Error where the importer refuses; anything that the importer makes has to be a book.
void import_as(const ImportFormat& format, std::string_view input) {
  ImportedBook imported;
  try {
    imported = import_book(format, input, {"fuzz.json", "2026-11-23", ""});
  } catch (const Error&) {
    return;
  }
  try {
    const Source source{"imported.json", imported.text};
    if (PriceBook::parse({&source, 1}).book().prices.empty()) __builtin_trap();
  } catch (const Error&) {
    __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  guess_format(input);
  for (const ImportFormat& format : import_formats()) import_as(format, input);
  return 0;
}
