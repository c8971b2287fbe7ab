// Which record a text means (published_scores.h).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "analysis/published/published_scores.h"
#include "core/error.h"
#include "core/suggest.h"

namespace costwar::analysis {
namespace {

using Rows = std::vector<const PublishedScore*>;

constexpr std::string_view kPrefix = "published/";
constexpr std::string_view kShape = "published/BENCHMARK[:VARIANT]/MODEL[@EFFORT][#WORD,...]";
constexpr std::size_t kMostListed = 12;

// MODEL[@EFFORT][#WORD,...]
struct ModelWish {
  std::string model;
  std::string effort;
  std::vector<std::string> words;
};

// Lower case, and a dash for whatever is neither letter, digit nor '.': "Codex 0.125.0" is "codex-0.125.0".
std::string slug(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
    if (upper)
      out += static_cast<char>(c - 'A' + 'a');
    else if (kept)
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

// What narrows, in the order in which it is offered.
std::vector<std::string> words_of(const PublishedScore& it) {
  std::vector<std::string> words;
  const std::string harness = slug(it.harness);
  for (const std::string& word :
       {slug(it.model_version), harness, slug(it.measured_by), std::string(score_origin_name(it.origin)),
        slug(it.metric), slug(it.weights_variant), it.date})
    if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  return words;
}

ModelWish parse_wish(std::string_view text) {
  ModelWish wish;
  const std::size_t hash = text.find('#');
  std::string_view model = text.substr(0, hash);
  if (hash != std::string_view::npos) {
    std::string_view rest = text.substr(hash + 1);
    while (true) {
      const std::size_t comma = rest.find(',');
      wish.words.push_back(slug(rest.substr(0, comma)));
      if (wish.words.back().empty())
        throw Error(ErrorKind::usage, fmt::format("'{}': a word after # is empty", text),
                    std::string(kShape));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  const std::size_t at = model.find('@');
  wish.model = std::string(model.substr(0, at));
  if (at != std::string_view::npos) wish.effort = slug(model.substr(at + 1));
  if (wish.model.empty() || (at != std::string_view::npos && wish.effort.empty()))
    throw Error(ErrorKind::usage, fmt::format("'{}' names no model", text), std::string(kShape));
  return wish;
}

bool takes_model(const PublishedScore& it, std::string_view model) {
  return it.model_id == model || short_model(it.model_id) == model;
}

bool takes_effort(const PublishedScore& it, std::string_view effort) {
  return effort.empty() || it.effort == effort || slug(it.effort) == effort ||
         slug(it.effort_native) == effort;
}

bool takes_word(const PublishedScore& it, const std::string& word) {
  const std::vector<std::string> words = words_of(it);
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Distinct, in order.
template <typename Name>
std::vector<std::string> names_in(const Rows& rows, Name name) {
  std::set<std::string> names;
  for (const PublishedScore* row : rows) names.insert(std::string(name(*row)));
  return {names.begin(), names.end()};
}

[[noreturn]] void refuse_unknown(const std::string& message, const std::string& typed,
                                 const std::vector<std::string>& known, const std::string& otherwise) {
  const auto near = nearest_name(typed, std::span<const std::string>(known));
  throw Error(ErrorKind::usage, message, near ? fmt::format("did you mean {}?", *near) : otherwise);
}

std::string some_of(const std::vector<std::string>& names) {
  if (names.size() <= kMostListed) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} and {} more",
                     fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(kMostListed), ", "),
                     names.size() - kMostListed);
}

// Of `rows`, those that the wish means. `where`: "on gpqa-diamond", or empty.
Rows narrow(Rows rows, const ModelWish& wish, const std::string& where) {
  const Rows all = rows;
  std::erase_if(rows, [&](const PublishedScore* it) { return !takes_model(*it, wish.model); });
  if (rows.empty()) {
    std::vector<std::string> names = names_in(all, [](const auto& it) { return it.model_id; });
    const std::string listed = fmt::format("there are {}", some_of(names));
    for (const std::string& last : names_in(all, [](const auto& it) { return short_model(it.model_id); }))
      names.push_back(last);
    refuse_unknown(fmt::format("no published score{} of '{}'", where, wish.model), wish.model, names, listed);
  }
  const Rows of_model = rows;
  std::erase_if(rows, [&](const PublishedScore* it) { return !takes_effort(*it, wish.effort); });
  if (rows.empty()) {
    const auto efforts = names_in(of_model, [](const auto& it) { return it.effort; });
    refuse_unknown(fmt::format("no published score{} of {} at effort '{}'", where, wish.model, wish.effort),
                   wish.effort, efforts, fmt::format("there are {}", some_of(efforts)));
  }
  for (const std::string& word : wish.words) {
    const Rows before = rows;
    std::erase_if(rows, [&](const PublishedScore* it) { return !takes_word(*it, word); });
    if (!rows.empty()) continue;
    std::set<std::string> known;
    for (const PublishedScore* it : before)
      for (const std::string& each : words_of(*it)) known.insert(each);
    const std::vector<std::string> words(known.begin(), known.end());
    refuse_unknown(fmt::format("no published score{} of {} has '{}'", where, wish.model, word), word, words,
                   fmt::format("what narrows: {}", some_of(words)));
  }
  return rows;
}

Rows all_of(const std::vector<PublishedScore>& records) {
  Rows rows;
  for (const PublishedScore& it : records) rows.push_back(&it);
  return rows;
}

}  // namespace

Rows PublishedScores::of_benchmark(std::string_view benchmark) const {
  const std::size_t colon = benchmark.find(':');
  const std::string id(benchmark.substr(0, colon));
  Rows rows;
  for (const PublishedScore& it : records_)
    if (it.benchmark_id == id) rows.push_back(&it);
  if (rows.empty()) {
    std::vector<std::string> ids;
    for (const ScoreBenchmark& it : benchmarks_) ids.push_back(it.id);
    refuse_unknown(fmt::format("there is no benchmark '{}' among the published scores", id), id, ids,
                   "costwar scores list shows them");
  }
  if (colon == std::string_view::npos) return rows;
  const std::string variant(benchmark.substr(colon + 1));
  const Rows every = rows;
  std::erase_if(rows, [&](const PublishedScore* it) { return it->variant != variant; });
  if (rows.empty()) {
    const auto variants = names_in(every, [](const auto& it) { return it.variant; });
    refuse_unknown(fmt::format("{} has no variant '{}'", id, variant), variant, variants,
                   fmt::format("there are {}", some_of(variants)));
  }
  return rows;
}

Rows PublishedScores::of_model(std::string_view selector) const {
  return narrow(all_of(records_), parse_wish(selector), "");
}

Rows PublishedScores::match(std::string_view reference) const {
  std::string_view rest = reference;
  if (rest.starts_with(kPrefix)) rest.remove_prefix(kPrefix.size());
  for (const PublishedScore& it : records_)
    if (it.id == rest) return {&it};
  const std::size_t slash = rest.find('/');
  if (!reference.starts_with(kPrefix) || slash == std::string_view::npos)
    throw Error(ErrorKind::usage, fmt::format("'{}' is no reference to a published score", reference),
                std::string(kShape));
  const Rows rows = of_benchmark(rest.substr(0, slash));
  return narrow(rows, parse_wish(rest.substr(slash + 1)), fmt::format(" on {}", rest.substr(0, slash)));
}

const PublishedScore& PublishedScores::find(std::string_view reference) const {
  const Rows rows = match(reference);
  if (rows.size() == 1) return *rows.front();
  std::vector<std::string> texts;
  for (const PublishedScore* it : rows) texts.push_back(reference_of(*it));
  throw Error(ErrorKind::usage, fmt::format("'{}' means {} published scores", reference, rows.size()),
              fmt::format("name one: {}", some_of(texts)));
}

std::string PublishedScores::reference_of(const PublishedScore& it) const {
  Rows rows;
  bool several_variants = false;
  bool shared_name = false;  // another provider's model has the same last part
  for (const PublishedScore& other : records_) {
    shared_name = shared_name ||
                  (other.model_id != it.model_id && short_model(other.model_id) == short_model(it.model_id));
    if (other.benchmark_id != it.benchmark_id) continue;
    several_variants = several_variants || other.variant != it.variant;
    if (other.variant == it.variant && other.model_id == it.model_id) rows.push_back(&other);
  }
  std::string text =
      fmt::format("{}{}{}/{}", kPrefix, it.benchmark_id, several_variants ? ":" + it.variant : "",
                  shared_name ? std::string_view(it.model_id) : short_model(it.model_id));
  const auto keep = [&](auto takes) {
    const std::size_t before = rows.size();
    std::erase_if(rows, [&](const PublishedScore* row) { return !takes(*row); });
    return rows.size() < before;
  };
  if (rows.size() > 1 && keep([&](const PublishedScore& row) { return takes_effort(row, slug(it.effort)); }))
    text += "@" + slug(it.effort);
  std::vector<std::string> picked;
  for (const std::string& word : words_of(it))
    if (rows.size() > 1 && keep([&](const PublishedScore& row) { return takes_word(row, word); }))
      picked.push_back(word);
  if (rows.size() > 1) return fmt::format("{}{}", kPrefix, it.id);
  return picked.empty() ? text : fmt::format("{}#{}", text, fmt::join(picked, ","));
}

}  // namespace costwar::analysis
