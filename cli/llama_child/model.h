// A weight file through llama.cpp's library, in a process of its own: it aborts on files that it does not
// like. Not safe for several threads. Only model.cpp includes llama.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace costwar::cli {

struct LlamaSettings {
  std::string file;
  std::uint32_t context = 4096;
  int threads = 1;
  bool repack = true;       // weights into the order that this processor likes: faster, twice the memory
  bool expert_use = false;  // count which experts tokens use, which takes time
};

struct LlamaRequest {
  std::vector<std::pair<std::string, std::string>> messages;  // role and content
  std::optional<std::int64_t> max_tokens;
  double temperature = 0;  // 0: the likeliest token
  double top_p = 1;
  std::uint32_t seed = 0;
  bool past_end = false;                                  // goes on where the model would end its answer
  std::function<bool(const std::string& bytes)> on_text;  // false: nobody listens any more; may be empty
};

struct LlamaTimes {
  std::int64_t prompt_tokens = 0;
  double prompt_ms = 0;  // until the first token is chosen
  std::int64_t predicted_tokens = 0;
  double predicted_ms = 0;  // without the telling
};

struct LlamaAnswer {
  LlamaTimes times;
  bool by_length = false;                              // it filled max_tokens or the context
  bool unheard = false;                                // on_text said so
  std::vector<std::vector<std::uint64_t>> expert_use;  // [layer][expert], of this answer; empty: not counted
};

struct LlamaLikelihood {
  std::int64_t tokens = 0;     // predicted ones
  std::int64_t bytes = 0;      // of the text
  double log2_likelihood = 0;  // of all tokens after the first, added up

  double bits_per_byte() const { return -log2_likelihood / static_cast<double>(bytes); }
};

class LlamaModel {
 public:
  // Error{input} for a file that cannot be loaded; or the library ends the process.
  explicit LlamaModel(const LlamaSettings& settings);
  ~LlamaModel();
  LlamaModel(const LlamaModel&) = delete;
  LlamaModel& operator=(const LlamaModel&) = delete;

  std::int64_t context() const;
  std::int64_t vocabulary() const;  // tokens
  // Tokens of the chat. Error{input} for roles that the model's template does not know.
  std::vector<std::int32_t> chat_tokens(const LlamaRequest& request) const;
  // prompt: not empty, shorter than the context. Error{internal} when the library fails.
  LlamaAnswer answer(const LlamaRequest& request, const std::vector<std::int32_t>& prompt);
  // Teacher-forced: how likely each token of the text is after those before it. Error{input} for a text of
  // fewer than two tokens, or longer than the context.
  LlamaLikelihood likelihood(const std::string& text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace costwar::cli
