// libFuzzer target: the program in a reply is never longer than the reply, and a reply that is put into one
// more fence of its own gives it back whole.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "harness/code_text.h"

using namespace costwar::harness;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view reply(reinterpret_cast<const char*>(data), size);
  const std::string first = extract_code(reply);
  const std::string last = extract_last_code(reply);
  if (first.size() > size || last.size() > size) std::abort();
  if (reply.find('`') == std::string_view::npos) {
    if (first != reply || last != reply) std::abort();
    const std::string fenced = "```python\n" + std::string(reply) + "\n```\n";
    if (extract_code(fenced) != std::string(reply) + "\n") std::abort();
  }
  return 0;
}
