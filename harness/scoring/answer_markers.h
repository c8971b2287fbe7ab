// Where a reply says "this is my answer": markers such as "####" and "the answer is", found in one pass.
// Shared by the scorers that read an answer out of an explanation.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace costwar::harness {

struct FoundMarker {
  std::size_t begin = 0;
  std::size_t end = 0;  // what follows the marker
};

// The last (or first) place in `text` where one of `markers` stands; of two that begin at one place the
// longer. ASCII letters match in either case. A marker that begins with a letter begins no word's middle.
std::optional<FoundMarker> last_marker(std::string_view text, std::span<const std::string_view> markers);

// What a marker speaks of: the rest of its line, or the next line with anything in it where the rest is blank
// (apart from ':' and Markdown). Trimmed.
std::string_view marked_line(std::string_view text, const FoundMarker& marker);

// The content of \boxed{...} (or \fbox) that begins at `open`, the place of its '{'; nullopt when it is never
// closed.
std::optional<std::string_view> braced(std::string_view text, std::size_t open);

// Without what TeX and Markdown put around a short answer: $...$, \(...\), \boxed{...}, \text{...},
// backquotes.
std::string_view unwrapped(std::string_view answer);

}  // namespace costwar::harness
