// GPT-2 style byte-level BPE: text to token ids and back, read from the keys tokenizer.ggml.* of a GGUF file.
// Bytes are written in the printable alphabet of GPT-2; text is cut by GPT-2's pattern (contractions, an
// optional blank with letters, with numbers, with other signs, white space) and each piece is merged by rank.
// A vocabulary without merges is one of bytes. Immutable, so any thread may use it; owns everything.
//
// Control tokens are text only to those who ask: encode() never turns text into one unless parse_control is
// given, so that a user cannot write a turn of the assistant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "providers/local/gguf.h"

namespace costwar::local {

class Tokenizer {
 public:
  // Error{input} for a vocabulary that is not byte-level BPE, or that lacks one of the 256 bytes.
  static Tokenizer read(const Gguf& file);

  std::size_t size() const { return bytes_.size(); }
  std::vector<std::int32_t> encode(std::string_view text, bool parse_control = false) const;

  // The bytes that a token stands for, which need not be whole characters; none for a control token or an
  // unknown id.
  std::string_view bytes(std::int32_t token) const;
  std::string decode(std::span<const std::int32_t> tokens) const;  // the bytes of all, one after the other

  bool is_control(std::int32_t token) const;
  std::optional<std::int32_t> control(std::string_view text) const;
  // The token to begin a text with, where the file asks for one.
  std::optional<std::int32_t> begin() const { return begin_; }
  // The tokens that end an answer: end of text, end of turn, <|end|>.
  bool ends_answer(std::int32_t token) const;

 private:
  struct Merge {
    std::size_t rank = 0;
    std::int32_t result = 0;
  };
  void read_tokens(const Gguf& file);
  void read_merges(const Gguf& file, const std::unordered_map<std::string_view, std::int32_t>& ids);
  void read_special(const Gguf& file);
  const Merge* find_merge(std::int32_t left, std::int32_t right) const;
  void encode_plain(std::string_view text, std::vector<std::int32_t>& out) const;
  void encode_piece(std::string_view piece, std::vector<std::int32_t>& out) const;

  std::vector<std::string> bytes_;
  std::vector<bool> control_;
  std::vector<std::int32_t> byte_tokens_;
  std::unordered_map<std::uint64_t, Merge> merges_;  // left << 32 | right
  std::vector<std::pair<std::string, std::int32_t>> control_texts_;
  std::optional<std::int32_t> begin_;
  std::vector<std::int32_t> ends_;
};

// The pieces of GPT-2's pattern, as views into `text`; together they are the text. Bytes that are not UTF-8
// count as other signs.
std::vector<std::string_view> split_gpt2(std::string_view text);

}  // namespace costwar::local
