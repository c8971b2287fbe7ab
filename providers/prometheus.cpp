#include "providers/prometheus.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace costwar {
namespace {

constexpr std::size_t kMostSamples = 100'000;
constexpr std::size_t kMostLabels = 64;

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

bool is_name_part(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}

// Reads one line from its left end; every step says whether the line goes on as a sample does.
class PrometheusLine {
 public:
  explicit PrometheusLine(std::string_view line) : rest_(line) {}

  std::optional<PrometheusSample> sample() {
    PrometheusSample sample;
    skip_blanks();
    if (!name(sample.name)) return std::nullopt;
    skip_blanks();
    if (take('{') && !labels(sample.labels)) return std::nullopt;
    if (!number(sample.value)) return std::nullopt;
    skip_blanks();
    double timestamp = 0;
    if (!rest_.empty() && !number(timestamp)) return std::nullopt;
    skip_blanks();
    if (!rest_.empty()) return std::nullopt;
    return sample;
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool name(std::string& into) {
    if (rest_.empty() || !is_name_start(rest_.front())) return false;
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_name_part);
    into.assign(rest_.begin(), end);
    rest_.remove_prefix(into.size());
    return true;
  }

  // name="value",... with an optional comma before the bracket.
  bool labels(std::vector<std::pair<std::string, std::string>>& into) {
    while (true) {
      skip_blanks();
      if (take('}')) return true;
      if (into.size() >= kMostLabels) return false;
      auto& [key, value] = into.emplace_back();
      if (!name(key)) return false;
      skip_blanks();
      if (!take('=')) return false;
      skip_blanks();
      if (!quoted(value)) return false;
      skip_blanks();
      if (!take(',') && !rest_.starts_with('}')) return false;
    }
  }

  bool quoted(std::string& into) {
    if (!take('"')) return false;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c != '\\') {
        into += c;
        continue;
      }
      if (rest_.empty()) return false;
      into += rest_.front() == 'n' ? '\n' : rest_.front();
      rest_.remove_prefix(1);
    }
    return false;
  }

  bool number(double& into) {
    skip_blanks();
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \t"));
    rest_.remove_prefix(word.size());
    if (word == "NaN") into = std::numeric_limits<double>::quiet_NaN();
    if (word == "+Inf" || word == "Inf") into = std::numeric_limits<double>::infinity();
    if (word == "-Inf") into = -std::numeric_limits<double>::infinity();
    if (word == "NaN" || word.ends_with("Inf")) return word.size() <= 4;
    const std::string_view digits = word.starts_with('+') ? word.substr(1) : word;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), into);
    return error == std::errc() && end == digits.data() + digits.size() && std::isfinite(into);
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::string_view> PrometheusSample::label(std::string_view key) const {
  for (const auto& [its_key, text] : labels)
    if (its_key == key) return text;
  return std::nullopt;
}

PrometheusText parse_prometheus(std::string_view text) {
  PrometheusText result;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] == '#') continue;
    std::optional<PrometheusSample> sample;
    if (result.samples.size() < kMostSamples) sample = PrometheusLine(line).sample();
    if (sample)
      result.samples.push_back(*std::move(sample));
    else
      ++result.skipped;
  }
  return result;
}

}  // namespace costwar
