#include "providers/local/tokenizer.h"

#include <algorithm>
#include <array>
#include <queue>

namespace costwar::local {

namespace {

constexpr std::uint32_t kControlType = 3;

// GPT-2 writes each byte as one printable code point: itself where it is printable Latin-1, else 256 and up
// in order.
std::array<std::string, 256> byte_alphabet() {
  std::array<std::string, 256> alphabet;
  unsigned next = 256;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const unsigned code = printable ? byte : next++;
    std::string& text = alphabet[byte];
    if (code < 128) {
      text.push_back(static_cast<char>(code));
    } else {
      text.push_back(static_cast<char>(0xc0 | (code >> 6)));
      text.push_back(static_cast<char>(0x80 | (code & 0x3f)));
    }
  }
  return alphabet;
}

// The bytes that a token's text stands for; nothing if it has a sign outside the alphabet.
std::optional<std::string> decode_alphabet(std::string_view text,
                                           const std::unordered_map<std::string_view, char>& alphabet) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = static_cast<unsigned char>(text[at]) < 0x80 ? 1 : 2;
    const auto found = alphabet.find(text.substr(at, length));
    if (found == alphabet.end()) return std::nullopt;
    bytes += found->second;
    at += length;
  }
  return bytes;
}

}  // namespace

Tokenizer Tokenizer::read(const Gguf& file) {
  if (const auto model = file.string("tokenizer.ggml.model"); model != "gpt2")
    file.fail("has a vocabulary of the kind '" + std::string(model.substr(0, 40)) +
                  "'; the built-in engine reads byte-level BPE (gpt2)",
              "serve this file with llama-server and name its address");
  Tokenizer tokenizer;
  tokenizer.read_tokens(file);
  tokenizer.read_special(file);
  return tokenizer;
}

void Tokenizer::read_tokens(const Gguf& file) {
  const auto tokens = file.strings("tokenizer.ggml.tokens");
  if (tokens.empty()) file.fail("has an empty vocabulary");
  const auto types = file.optional_u32s("tokenizer.ggml.token_type");
  if (types && types->size() != tokens.size()) file.fail("has token types for another number of tokens");
  const auto alphabet = byte_alphabet();
  std::unordered_map<std::string_view, char> to_byte;
  for (std::size_t byte = 0; byte < 256; ++byte) to_byte.emplace(alphabet[byte], static_cast<char>(byte));

  std::unordered_map<std::string_view, std::int32_t> ids;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    auto bytes = decode_alphabet(tokens[i], to_byte);
    control_.push_back((types && (*types)[i] == kControlType) || !bytes);
    bytes_.push_back(control_[i] ? std::string() : *std::move(bytes));
    if (control_[i]) {
      if (!tokens[i].empty()) control_texts_.emplace_back(tokens[i], id);
    } else {
      ids.emplace(tokens[i], id);
    }
  }
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const auto found = ids.find(alphabet[byte]);
    if (found == ids.end())
      file.fail("has a vocabulary without a token for the byte " + std::to_string(byte));
    byte_tokens_.push_back(found->second);
  }
  read_merges(file, ids);
}

void Tokenizer::read_merges(const Gguf& file, const std::unordered_map<std::string_view, std::int32_t>& ids) {
  if (!file.has("tokenizer.ggml.merges")) return;
  const auto merges = file.strings("tokenizer.ggml.merges");
  const auto pattern = file.optional_string("tokenizer.ggml.pre").value_or("gpt-2");
  if (!merges.empty() && pattern != "gpt-2" && pattern != "gpt2" && pattern != "default")
    file.fail("cuts text by the pattern '" + std::string(pattern.substr(0, 40)) +
                  "'; the built-in engine knows that of gpt-2",
              "serve this file with llama-server and name its address");
  std::string joined;
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const std::size_t blank = merges[rank].find(' ');
    const auto bad = [&] {
      file.fail("has a merge (number " + std::to_string(rank) + ") of unknown tokens");
    };
    if (blank == std::string_view::npos) bad();
    const auto left = ids.find(merges[rank].substr(0, blank)),
               right = ids.find(merges[rank].substr(blank + 1));
    joined.assign(merges[rank]).erase(blank, 1);
    const auto result = ids.find(joined);
    if (left == ids.end() || right == ids.end() || result == ids.end()) bad();
    const std::uint64_t key =
        static_cast<std::uint64_t>(left->second) << 32 | static_cast<std::uint32_t>(right->second);
    merges_.emplace(key, Merge{rank, result->second});
  }
}

void Tokenizer::read_special(const Gguf& file) {
  const auto token = [&](std::string_view key) -> std::optional<std::int32_t> {
    const auto id = file.optional_u32(key);
    if (!id) return std::nullopt;
    if (*id >= size())
      file.fail("the value of '" + std::string(key) + "' is " + std::to_string(*id) +
                ", beyond its vocabulary of " + std::to_string(size()));
    return static_cast<std::int32_t>(*id);
  };
  const auto begin = token("tokenizer.ggml.bos_token_id");
  if (file.optional_bool("tokenizer.ggml.add_bos_token").value_or(false)) begin_ = begin;
  for (const auto key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"})
    if (const auto end = token(key)) ends_.push_back(*end);
  if (const auto end = control("<|end|>")) ends_.push_back(*end);
}

std::string_view Tokenizer::bytes(std::int32_t token) const {
  return token < 0 || static_cast<std::size_t>(token) >= size() ? std::string_view()
                                                                : bytes_[static_cast<std::size_t>(token)];
}

bool Tokenizer::is_control(std::int32_t token) const {
  return token >= 0 && static_cast<std::size_t>(token) < size() && control_[static_cast<std::size_t>(token)];
}

std::optional<std::int32_t> Tokenizer::control(std::string_view text) const {
  for (const auto& [name, id] : control_texts_)
    if (name == text) return id;
  return std::nullopt;
}

bool Tokenizer::ends_answer(std::int32_t token) const {
  return std::find(ends_.begin(), ends_.end(), token) != ends_.end();
}

std::string Tokenizer::decode(std::span<const std::int32_t> tokens) const {
  std::string text;
  for (const auto token : tokens) text += bytes(token);
  return text;
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, bool parse_control) const {
  std::vector<std::int32_t> out;
  std::size_t plain = 0;
  for (std::size_t at = 0; parse_control && at < text.size();) {
    const std::pair<std::string, std::int32_t>* longest = nullptr;
    for (const auto& entry : control_texts_)
      if (text.substr(at).starts_with(entry.first) &&
          (longest == nullptr || entry.first.size() > longest->first.size()))
        longest = &entry;
    if (longest == nullptr) {
      ++at;
      continue;
    }
    encode_plain(text.substr(plain, at - plain), out);
    out.push_back(longest->second);
    plain = at += longest->first.size();
  }
  encode_plain(text.substr(plain), out);
  return out;
}

void Tokenizer::encode_plain(std::string_view text, std::vector<std::int32_t>& out) const {
  for (const auto piece : split_gpt2(text)) encode_piece(piece, out);
}

const Tokenizer::Merge* Tokenizer::find_merge(std::int32_t left, std::int32_t right) const {
  const auto found = merges_.find(static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right));
  return found == merges_.end() ? nullptr : &found->second;
}

// Applies the merge of lowest rank, leftmost first, until none fits. The queue keeps a long piece (a user may
// send a million letters) from costing the square of its length.
void Tokenizer::encode_piece(std::string_view piece, std::vector<std::int32_t>& out) const {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  struct Part {
    std::int32_t token;
    std::size_t before, after;
    bool merged_away = false;
  };
  struct Candidate {
    std::size_t rank, at;
    std::int32_t left, right, result;
    bool operator>(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : at > other.at;
    }
  };
  std::vector<Part> parts;
  parts.reserve(piece.size());
  for (std::size_t i = 0; i < piece.size(); ++i)
    parts.push_back({byte_tokens_[static_cast<unsigned char>(piece[i])], i == 0 ? kNone : i - 1,
                     i + 1 == piece.size() ? kNone : i + 1});
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto offer = [&](std::size_t at) {
    if (at == kNone || parts[at].after == kNone) return;
    const std::int32_t left = parts[at].token, right = parts[parts[at].after].token;
    if (const Merge* merge = find_merge(left, right))
      queue.push({merge->rank, at, left, right, merge->result});
  };
  for (std::size_t i = 0; i < parts.size(); ++i) offer(i);
  while (!queue.empty()) {
    const Candidate next = queue.top();
    queue.pop();
    Part& part = parts[next.at];
    // A neighbour may have been merged since this candidate was found.
    if (part.merged_away || part.token != next.left || part.after == kNone ||
        parts[part.after].token != next.right)
      continue;
    part.token = next.result;
    parts[part.after].merged_away = true;
    part.after = parts[part.after].after;
    if (part.after != kNone) parts[part.after].before = next.at;
    offer(part.before);
    offer(next.at);
  }
  for (const auto& part : parts)
    if (!part.merged_away) out.push_back(part.token);
}

}  // namespace costwar::local
