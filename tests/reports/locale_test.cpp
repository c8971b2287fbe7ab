// Numbers have a point in every format, whatever the locale of the process: a library that prints through the
// C library (libxlsxwriter does) would write commas into files that others read.
#include <doctest/doctest.h>

#include <array>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <locale>
#include <string>

#include "reports/render/format.h"
#include "reports/views/comparison_view.h"
#include "tests/reports/sample_comparisons.h"

using namespace costwar;
using namespace costwar::reports;

namespace {

// German for the C library and for C++ streams, as long as this object lives.
class GermanLocale {
 public:
  GermanLocale() {
    ::setenv("LOCPATH", COSTWAR_TEST_LOCALES, 1);
    REQUIRE(std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr);
    before_ = std::locale::global(std::locale("de_DE.UTF-8"));
  }
  GermanLocale(const GermanLocale&) = delete;
  GermanLocale& operator=(const GermanLocale&) = delete;
  ~GermanLocale() {
    std::locale::global(before_);
    std::setlocale(LC_ALL, "C");
    ::unsetenv("LOCPATH");
  }

 private:
  std::locale before_;
};

}  // namespace

TEST_CASE("a German locale changes no byte of any format") {
  for (const auto& each : testing::golden_comparisons()) {
    const Document document = comparison_document(each.comparison);
    for (const Format& format : formats()) {
      CAPTURE(format.name);
      const auto bytes = [&]() -> std::string {
        try {
          return rendered(format, document, {});
        } catch (const std::exception& error) {
          return error.what();  // a format that does not take every document says why, in every locale
        }
      };
      const std::string before = bytes();
      const GermanLocale german;
      std::array<char, 8> comma{};
      std::snprintf(comma.data(), comma.size(), "%.1f", 1.5);
      REQUIRE(std::string(comma.data()) == "1,5");
      CHECK(bytes() == before);
    }
  }
}
