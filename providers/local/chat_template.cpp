#include "providers/local/chat_template.h"

namespace costwar::local {

std::vector<std::int32_t> chat_tokens(const Tokenizer& tokenizer, std::span<const Message> messages) {
  std::vector<std::int32_t> out;
  if (const auto begin = tokenizer.begin()) out.push_back(*begin);
  const auto append = [&](std::string_view text) {
    const auto tokens = tokenizer.encode(text);
    out.insert(out.end(), tokens.begin(), tokens.end());
  };
  const auto user = tokenizer.control("<|user|>"), assistant = tokenizer.control("<|assistant|>");
  const auto end = tokenizer.control("<|end|>");
  if (!user || !assistant || !end) {
    std::string joined;
    for (const auto& message : messages) joined += message.content + "\n";
    append(joined);
    return out;
  }
  std::string system;
  const auto user_turn = [&](const std::string& content) {
    out.push_back(*user);
    append(system + content);
    system.clear();
  };
  for (const auto& message : messages) {
    if (message.role == Role::system) {
      system += message.content + " ";
    } else if (message.role == Role::user) {
      user_turn(message.content);
    } else {
      out.push_back(*assistant);
      append(message.content);
      out.push_back(*end);
    }
  }
  if (!system.empty()) user_turn("");
  out.push_back(*assistant);
  return out;
}

}  // namespace costwar::local
