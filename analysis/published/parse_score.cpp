#include "analysis/published/parse_score.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include "core/suggest.h"

namespace costwar::analysis {
namespace {

constexpr std::int64_t kMostPublishedItems = 1'000'000'000'000'000;

std::string word_of(const JsonIn& in, const std::vector<std::string>& known) {
  std::string word = in.string();
  if (std::find(known.begin(), known.end(), word) == known.end()) {
    const auto near = nearest_name(word, std::span<const std::string>(known));
    in.fail(fmt::format("'{}' is not in the vocabulary", word),
            near ? fmt::format("did you mean {}?", *near) : "");
  }
  return word;
}

std::string optional_word(const JsonIn& in, std::string_view key, const std::vector<std::string>& known) {
  const auto found = in.find(key);
  return found ? word_of(*found, known) : std::string();
}

std::string optional_text(const JsonIn& in, std::string_view key) {
  return in.optional_string(key).value_or("");
}

// Text that names something: not empty, no blank at its ends, nothing that moves a cursor.
std::string name_of(const JsonIn& in) {
  std::string text = in.string();
  const bool control =
      std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || control)
    in.fail("expected a name: not empty, without blanks at its ends or control characters");
  return text;
}

PrintedNumber decimal_in(const JsonIn& in) {
  PrintedNumber number{0, in.string()};
  const char* end = number.text.data() + number.text.size();
  const auto [stop, error] = std::from_chars(number.text.data(), end, number.value, std::chars_format::fixed);
  if (error != std::errc() || stop != end || number.text.empty() || !std::isfinite(number.value) ||
      std::abs(number.value) > 1e15)
    in.fail(fmt::format("'{}' is not a decimal number", number.text));
  return number;
}

std::optional<PrintedNumber> find_decimal_in(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  return found ? std::optional(decimal_in(*found)) : std::nullopt;
}

ScoreScale scale_of(const JsonIn& in, const std::vector<std::string>& known) {
  const std::string word = word_of(in, known);
  for (int i = 0; i <= static_cast<int>(ScoreScale::percent_change); ++i)
    if (word == score_scale_name(static_cast<ScoreScale>(i))) return static_cast<ScoreScale>(i);
  in.fail(fmt::format("the scale '{}' is not known to this version", word));
}

void check_scale(const JsonIn& in, ScoreScale scale, double value) {
  const auto within = [&](double low, double high) {
    if (value < low || value > high)
      in.fail(fmt::format("{} is outside of the scale {}, which goes from {} to {}", value,
                          score_scale_name(scale), low, high));
  };
  switch (scale) {
    case ScoreScale::percent:
    case ScoreScale::percentile:
      return within(0, 100);
    case ScoreScale::fraction:
      return within(0, 1);
    case ScoreScale::ratio:
      return within(0, 1e15);
    case ScoreScale::percent_change:
      return within(-100, 1e15);
    case ScoreScale::rating:
    case ScoreScale::index:
      return;
  }
}

std::optional<PrintedNumber> score_in(const JsonIn& in, std::string_view key, ScoreScale scale) {
  const auto found = find_decimal_in(in, key);
  if (found) check_scale(in.at(key), scale, found->value);
  return found;
}

ScoreUncertainty uncertainty_of(const JsonIn& in, const ScoreVocabulary& words) {
  in.allow_only({"kind", "value"});
  ScoreUncertainty it{UncertaintyKind::ci95_half_width, decimal_in(in.at("value"))};
  if (!(it.amount.value > 0)) in.at("value").fail("an uncertainty is above zero");
  const std::string word = word_of(in.at("kind"), words.uncertainty_kind);
  for (const auto kind : {UncertaintyKind::ci95_half_width, UncertaintyKind::standard_error,
                          UncertaintyKind::half_width_level_not_stated}) {
    it.kind = kind;
    if (word == uncertainty_kind_name(kind)) return it;
  }
  in.at("kind").fail(fmt::format("the kind '{}' is not known to this version", word));
}

std::optional<Money> dollars_in(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  if (!found) return std::nullopt;
  if (decimal_in(*found).value < 0) found->fail("a cost is not below zero");
  try {
    return Money::parse(Currency(), found->string());
  } catch (const std::exception& error) {
    found->fail(error.what());
  }
}

PrintedCost cost_of(const JsonIn& in) {
  in.allow_only({"total_usd", "per_item_usd", "per_solved_usd"});
  PrintedCost cost{dollars_in(in, "total_usd"), dollars_in(in, "per_item_usd"),
                   dollars_in(in, "per_solved_usd")};
  if (!cost.total && !cost.per_item && !cost.per_solved) in.fail("a cost has at least one amount");
  return cost;
}

// A text as it is, anything else as JSON.
std::string any_text(const JsonIn& in) {
  return in.raw().is_string() ? in.string() : in.raw().dump();
}

void read_date(const JsonIn& in, const ScoreVocabulary& words, PublishedScore& it) {
  it.date = optional_text(in, "date");
  it.date_kind = optional_word(in, "date_kind", words.date_kind);
  it.date_precision = optional_word(in, "date_precision", words.precision);
  if (it.date.empty()) return;
  it.days = read_day_span(it.date);
  if (!it.days) in.at("date").fail(fmt::format("'{}' is no date", it.date), "2026-04-24, 2026-04 or 2026");
  const std::string_view precision = it.date.size() == 10 ? "day" : it.date.size() == 7 ? "month" : "year";
  if (it.date_precision != precision)
    in.at("date").fail(fmt::format("'{}' is of the precision {}, not {}", it.date, precision,
                                   it.date_precision.empty() ? "none" : it.date_precision));
}

void read_score(const JsonIn& in, const ScoreVocabulary& words, PublishedScore& it) {
  it.metric = word_of(in.at("metric"), words.metric);
  it.metric_family = word_of(in.at("metric_family"), words.metric_family);
  it.scale = scale_of(in.at("scale"), words.scale);
  const std::string better = word_of(in.at("better"), words.better);
  if (better != "higher" && better != "lower") in.at("better").fail("expected higher or lower");
  it.lower_is_better = better == "lower";
  it.score = score_in(in, "score", it.scale);
  it.low = score_in(in, "score_low", it.scale);
  it.high = score_in(in, "score_high", it.scale);
  if (it.low.has_value() != it.high.has_value()) in.fail("a range has score_low and score_high");
  if (it.low && it.low->value > it.high->value) in.fail("score_low is above score_high");
  if (!it.score && !it.low) in.at("score").fail("neither a score nor a range is given");
  if (it.score && it.low && (it.score->value < it.low->value || it.score->value > it.high->value))
    in.at("score").fail("the score is outside of its own range");
  if (const auto found = in.find("uncertainty")) it.uncertainty = uncertainty_of(*found, words);
  if (const auto others = in.find("other_scores"))
    for (const auto& [key, value] : others->members()) it.other_scores.emplace_back(key, decimal_in(value));
}

void read_setting(const JsonIn& in, const ScoreVocabulary& words, PublishedScore& it) {
  it.effort = word_of(in.at("effort"), words.effort);
  it.effort_native = optional_text(in, "effort_native");
  it.harness = optional_text(in, "harness");
  it.setting = optional_text(in, "setting");
  it.weights_variant = optional_text(in, "weights_variant");
  if (const auto parameters = in.find("parameters"))
    for (const auto& [key, value] : parameters->members()) it.parameters.emplace_back(key, any_text(value));
  it.n = in.optional_integer("n");
  if (it.n && (*it.n < 1 || *it.n > kMostPublishedItems)) in.at("n").fail("expected a positive count");
}

void read_origin(const JsonIn& in, const ScoreVocabulary& words, PublishedScore& it) {
  const std::string origin = word_of(in.at("origin"), words.origin);
  const auto known = score_origin_of(origin);
  if (!known) in.at("origin").fail(fmt::format("the origin '{}' is not known to this version", origin));
  it.origin = *known;
  it.measured_by = optional_text(in, "measured_by");
  if (it.measured_by.empty() && it.origin != ScoreOrigin::imported)
    in.at("origin").fail(fmt::format("{} says who measured, but measured_by is empty", origin));
  it.transcribed_via = optional_text(in, "transcribed_via");
  it.evidence = word_of(in.at("evidence"), words.evidence);
  it.confirmed = in.at("confirmed").boolean();
  it.source = name_of(in.at("source"));
  if (const auto more = in.find("more_sources")) it.more_sources = more->strings();
}

void read_resources(const JsonIn& in, PublishedScore& it) {
  if (const auto cost = in.find("cost")) it.cost = cost_of(*cost);
  if (const auto tokens = in.find("tokens"))
    for (const auto& [key, value] : tokens->members())
      it.tokens.emplace_back(key, value.integer(0, kMostPublishedItems));
  if (const auto times = in.find("time"))
    for (const auto& [key, value] : times->members()) {
      it.times.emplace_back(key, decimal_in(value));
      if (it.times.back().second.value < 0) value.fail("a time is not below zero");
    }
}

}  // namespace

ScoreVocabulary parse_vocabulary(const JsonIn& in) {
  const auto words = [&](std::string_view key) { return in.at(key).strings(); };
  return {words("origin"),        words("evidence"), words("effort"), words("metric"),
          words("metric_family"), words("scale"),    words("better"), words("uncertainty_kind"),
          words("date_kind"),     words("precision")};
}

PublishedScore parse_score(const JsonIn& in, const ScoreVocabulary& words, const std::string& name) {
  in.allow_only({"id",
                 "model_id",
                 "model_version",
                 "model_label",
                 "weights_variant",
                 "benchmark_id",
                 "benchmark_label",
                 "variant",
                 "metric",
                 "metric_family",
                 "score",
                 "score_low",
                 "score_high",
                 "scale",
                 "better",
                 "uncertainty",
                 "other_scores",
                 "effort",
                 "effort_native",
                 "harness",
                 "setting",
                 "parameters",
                 "n",
                 "cost",
                 "tokens",
                 "time",
                 "origin",
                 "measured_by",
                 "transcribed_via",
                 "evidence",
                 "confirmed",
                 "date",
                 "date_kind",
                 "date_precision",
                 "source",
                 "more_sources",
                 "notes"});
  PublishedScore it;
  it.id = name_of(in.at("id"));
  it.where = fmt::format("{}: {}", name, in.pointer());
  it.model_id = name_of(in.at("model_id"));
  if (it.model_id.find('/') == std::string::npos || short_model(it.model_id).empty())
    in.at("model_id").fail(fmt::format("'{}' is not provider/model", it.model_id));
  it.model_version = optional_text(in, "model_version");
  it.model_label = name_of(in.at("model_label"));
  it.benchmark_id = name_of(in.at("benchmark_id"));
  it.benchmark_label = name_of(in.at("benchmark_label"));
  it.variant = name_of(in.at("variant"));
  read_score(in, words, it);
  read_setting(in, words, it);
  read_origin(in, words, it);
  read_date(in, words, it);
  read_resources(in, it);
  if (const auto notes = in.find("notes")) it.notes = notes->strings();
  return it;
}

}  // namespace costwar::analysis
