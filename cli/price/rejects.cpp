#include "cli/price/rejects.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/environment.h"
#include "core/error.h"
#include "core/json.h"

namespace costwar::cli {
namespace {

constexpr std::size_t kMostReasons = 200;
constexpr std::size_t kLongestReason = 300;  // a reason may quote the line

std::string shortened(const std::string& reason) {
  return reason.size() <= kLongestReason ? reason : reason.substr(0, kLongestReason) + "...";
}

bool is_decimal_digit(char c) {
  return c >= '0' && c <= '9';
}

// Reasons that differ only in their numbers are one.
std::string without_numbers(const std::string& reason) {
  std::string text;
  for (std::size_t i = 0; i < reason.size(); ++i) {
    if (!is_decimal_digit(reason[i])) {
      text += reason[i];
      continue;
    }
    if (i == 0 || !(is_decimal_digit(reason[i - 1]))) text += 'N';
  }
  return text;
}

}  // namespace

Rejects::~Rejects() {
  if (out_ != nullptr) std::fclose(out_);
}

void Rejects::take(const pricing::BadLine& line) {
  if (out_ == nullptr) {
    out_ = std::fopen(path_.c_str(), "we");
    if (out_ == nullptr)
      throw Error(
          ErrorKind::input,
          fmt::format("cannot write the lines that could not be read to {}: {}", path_, std::strerror(errno)),
          "name another file with --rejects");
  }
  ++count_;
  std::string words = shortened(without_numbers(line.reason));
  if (reasons_.size() >= kMostReasons && !reasons_.contains(words)) words = "other reasons";
  Reason& reason = reasons_[std::move(words)];
  if (reason.count++ == 0) {
    reason.place = fmt::format("{}:{}", line.file, line.line);
    reason.example = shortened(line.reason);
  }
  const Json json = {{"file", line.file}, {"line", line.line}, {"reason", line.reason}, {"text", line.text}};
  write_text(out_, json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

void Rejects::close() {
  if (out_ == nullptr) return;
  const bool fine = std::fclose(std::exchange(out_, nullptr)) == 0;
  if (!fine) throw Error(ErrorKind::input, fmt::format("cannot write {}: {}", path_, std::strerror(errno)));
}

}  // namespace costwar::cli
