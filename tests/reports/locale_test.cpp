// Numbers have a point in every format, whatever the locale of the process: a library that prints through the
// C library (libxlsxwriter does) would write commas into files that others read.
#include <doctest/doctest.h>

#include <array>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <locale>
#include <string>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COSTWAR_TEST_LEAKS
#endif
#endif
#if defined(COSTWAR_TEST_LEAKS) || defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

#include "reports/render/format.h"
#include "reports/views/comparison_view.h"
#include "tests/reports/sample_comparisons.h"

using namespace costwar;
using namespace costwar::reports;

namespace {

// The C library never frees what it makes of LOCPATH.
#if defined(COSTWAR_TEST_LEAKS) || defined(__SANITIZE_ADDRESS__)
using LeaksAllowed = __lsan::ScopedDisabler;
#else
struct LeaksAllowed {
  LeaksAllowed() {}
};
#endif

// German for the C library and for C++ streams, as long as this object lives.
class GermanLocale {
 public:
  GermanLocale() {
    const LeaksAllowed allowed;
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
  std::vector<Document> documents;
  for (const auto& each : testing::golden_comparisons())
    documents.push_back(comparison_document(each.comparison));
  const auto all = [&] {
    std::vector<std::string> bytes;
    for (const Document& document : documents)
      for (const Format& format : formats()) {
        try {
          bytes.push_back(rendered(format, document, {}));
        } catch (const std::exception& error) {
          bytes.emplace_back(error.what());  // a format that does not take every document says why
        }
      }
    return bytes;
  };
  const std::vector<std::string> before = all();
  const GermanLocale german;
  std::array<char, 8> comma{};
  std::snprintf(comma.data(), comma.size(), "%.1f", 1.5);
  REQUIRE(std::string(comma.data()) == "1,5");
  const std::vector<std::string> after = all();
  REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    CAPTURE(formats()[i % formats().size()].name);
    CHECK(after[i] == before[i]);
  }
}
