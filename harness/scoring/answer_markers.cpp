#include "harness/scoring/answer_markers.h"

#include <algorithm>
#include <array>

#include "harness/scoring/text.h"

namespace costwar::harness {

std::optional<FoundMarker> last_marker(std::string_view text, std::span<const std::string_view> markers) {
  for (std::size_t place = text.size(); place-- > 0;) {
    std::size_t longest = 0;
    for (const std::string_view marker : markers) {
      if (marker.size() <= longest || !starts_ignoring_case(text.substr(place), marker)) continue;
      if (is_letter(marker.front()) && place > 0 && is_letter(text[place - 1])) continue;
      longest = marker.size();
    }
    if (longest > 0) return FoundMarker{place, place + longest};
  }
  return std::nullopt;
}

std::string_view marked_line(std::string_view text, const FoundMarker& marker) {
  constexpr std::string_view kBlank = " \t\r:*_`#>";
  std::size_t begin = marker.end;
  for (bool first = true; begin < text.size(); first = false) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (line.find_first_not_of(first ? kBlank : kBlank.substr(0, 3)) != std::string_view::npos)
      return trim(line);
    begin = end + 1;
  }
  return {};
}

std::optional<std::string_view> braced(std::string_view text, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t place = open; place < text.size(); ++place) {
    if (text[place] == '\\') {
      ++place;
    } else if (text[place] == '{') {
      ++depth;
    } else if (text[place] == '}' && --depth == 0) {
      return text.substr(open + 1, place - open - 1);
    }
  }
  return std::nullopt;
}

std::string_view unwrapped(std::string_view answer) {
  struct Wrapping {
    std::string_view open, close;
  };
  constexpr std::array<Wrapping, 9> kWrappings{{{"$$", "$$"},
                                                {"$", "$"},
                                                {"\\(", "\\)"},
                                                {"\\[", "\\]"},
                                                {"\\boxed{", "}"},
                                                {"\\text{", "}"},
                                                {"\\textbf{", "}"},
                                                {"\\mathrm{", "}"},
                                                {"`", "`"}}};
  for (int level = 0; level < 6; ++level) {
    answer = trim(answer);
    const auto* const found =
        std::find_if(kWrappings.begin(), kWrappings.end(), [&](const Wrapping& wrapping) {
          return answer.size() >= wrapping.open.size() + wrapping.close.size() &&
                 answer.starts_with(wrapping.open) && answer.ends_with(wrapping.close);
        });
    if (found == kWrappings.end()) break;
    answer.remove_prefix(found->open.size());
    answer.remove_suffix(found->close.size());
  }
  return answer;
}

}  // namespace costwar::harness
