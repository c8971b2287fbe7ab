#include "tests/reports/html_page.h"

namespace costwar::testing {
namespace {

void cut(std::string& page, const std::string& begin, const std::string& end, const std::string& instead) {
  for (std::size_t at = 0; (at = page.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    const std::size_t until = page.find(end, at);
    if (until == std::string::npos) return;
    page.replace(at, until - at, instead);
    at += instead.size();
  }
}

}  // namespace

std::string without_assets(std::string page) {
  cut(page, "<style>", "</style>", "the style sheet");
  cut(page, "<script>", "</script>", "a script");
  cut(page, "'sha256-", "'", "HASH");
  return page;
}

std::vector<Json> items_of(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" class=\"items\">";
  std::vector<Json> items;
  for (std::size_t at = 0; (at = page.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    for (Json& item : parse_json(page.substr(at, page.find("</script>", at) - at), "items"))
      items.push_back(std::move(item));
  }
  return items;
}

std::string between(const std::string& page, const std::string& begin, const std::string& end) {
  const std::size_t from = page.find(begin);
  if (from == std::string::npos) return {};
  const std::size_t until = page.find(end, from + begin.size());
  if (until == std::string::npos) return {};
  return page.substr(from + begin.size(), until - from - begin.size());
}

std::size_t times_in(const std::string& page, const std::string& what) {
  std::size_t times = 0;
  for (std::size_t at = page.find(what); at != std::string::npos; at = page.find(what, at + what.size()))
    ++times;
  return times;
}

}  // namespace costwar::testing
