#include "pricing/import/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace costwar::pricing {
namespace {

// Notes the text of every float, in the order of the document.
class FloatTexts {
 public:
  explicit FloatTexts(std::vector<std::string>& texts) : texts_(texts) {}
  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(Json::number_integer_t) { return true; }
  bool number_unsigned(Json::number_unsigned_t) { return true; }
  bool number_float(Json::number_float_t, const Json::string_t& text) {
    texts_.push_back(text);
    return true;
  }
  bool string(Json::string_t&) { return true; }
  bool binary(Json::binary_t&) { return true; }
  bool start_object(std::size_t) { return true; }
  bool key(Json::string_t&) { return true; }
  bool end_object() { return true; }
  bool start_array(std::size_t) { return true; }
  bool end_array() { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) { return false; }

 private:
  std::vector<std::string>& texts_;
};

void put_texts(Json& value, std::vector<std::string>::const_iterator& next) {
  if (value.is_number_float()) {
    value = Json::binary(std::vector<std::uint8_t>(next->begin(), next->end()));
    ++next;
  } else if (value.is_structured()) {
    for (auto& child : value) put_texts(child, next);
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

struct Parts {
  bool negative = false;
  std::string digits;      // without the point
  std::int64_t point = 0;  // how many of them stand before it; may lie outside
};

// nullopt unless `text` is a JSON number.
std::optional<Parts> take_apart(std::string_view text) {
  Parts parts;
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t start = at;
    while (at < text.size() && is_digit(text[at])) parts.digits += text[at++];
    return at > start;
  };
  if (at < text.size() && text[at] == '-') parts.negative = true, ++at;
  if (!digits()) return std::nullopt;
  parts.point = static_cast<std::int64_t>(parts.digits.size());
  if (at < text.size() && text[at] == '.' && (++at, !digits())) return std::nullopt;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    if (++at < text.size() && text[at] == '+') ++at;
    std::int64_t exponent = 0;
    const auto [end, failure] = std::from_chars(text.data() + at, text.data() + text.size(), exponent);
    if (failure == std::errc::invalid_argument) return std::nullopt;
    constexpr std::int64_t kFarOut = 1'000'000'000;  // beyond every decimal that is of use
    if (failure == std::errc::result_out_of_range) exponent = text[at] == '-' ? -kFarOut : kFarOut;
    parts.point += std::clamp(exponent, -kFarOut, kFarOut);
    at = static_cast<std::size_t>(end - text.data());
  }
  return at == text.size() ? std::optional(parts) : std::nullopt;
}

}  // namespace

Json parse_keeping_numbers(std::string_view text, std::string_view source) {
  Json document = parse_json(text, source);
  std::vector<std::string> texts;
  FloatTexts collector(texts);
  Json::sax_parse(text.begin(), text.end(), &collector);
  auto next = texts.cbegin();
  put_texts(document, next);
  return document;
}

std::string number_text(const JsonIn& in) {
  const Json& value = in.raw();
  if (value.is_number_unsigned()) return std::to_string(value.get<std::uint64_t>());
  if (value.is_number_integer()) return std::to_string(value.get<std::int64_t>());
  if (value.is_binary()) return {value.get_binary().begin(), value.get_binary().end()};
  if (value.is_string() && take_apart(value.get_ref<const std::string&>())) return value.get<std::string>();
  in.fail("expected a number");
}

Decimal to_decimal(std::string_view number, int shift, int whole, int fraction) {
  std::optional<Parts> parts = take_apart(number);
  if (!parts) return {Fit::too_fine, {}};
  std::string& digits = parts->digits;
  while (!digits.empty() && digits.back() == '0') digits.pop_back();
  const std::size_t zeros = std::min(digits.find_first_not_of('0'), digits.size());
  digits.erase(0, zeros);
  if (digits.empty()) return {Fit::exact, "0"};
  const std::int64_t point = parts->point - static_cast<std::int64_t>(zeros) + shift;
  const auto length = static_cast<std::int64_t>(digits.size());
  if (parts->negative) return {Fit::negative, {}};
  if (point > whole) return {Fit::too_large, {}};
  if (length - point > fraction) return {Fit::too_fine, {}};
  if (point <= 0) return {Fit::exact, "0." + std::string(static_cast<std::size_t>(-point), '0') + digits};
  if (point >= length)
    return {Fit::exact, digits + std::string(static_cast<std::size_t>(point - length), '0')};
  return {Fit::exact, digits.insert(static_cast<std::size_t>(point), 1, '.')};
}

std::int64_t read_tokens(const JsonIn& in) {
  const std::string text = number_text(in);
  const Decimal tokens = to_decimal(text, 0, 15, 0);
  if (tokens.fit != Fit::exact) in.fail(fmt::format("{} is not a count of tokens", text));
  return std::stoll(tokens.text);
}

}  // namespace costwar::pricing
