// A score that somebody published: what was measured, how, by whom, when and where it stands. A figure that
// is not known is absent, never zero; what is confirmed, and who measured, goes with every row, since a
// vendor's own figure and an independent one never mix unmarked. Plain values; docs/published-scores.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/published/day_span.h"
#include "core/money.h"

namespace costwar::analysis {

// Who measured: the model's maker, somebody else, or it is repeated by one who did not run it (or it is not
// established who did).
enum class ScoreOrigin : std::uint8_t { vendor, independent, imported };
std::string_view score_origin_name(ScoreOrigin origin);
std::optional<ScoreOrigin> score_origin_of(std::string_view name);

enum class ScoreScale : std::uint8_t { percent, fraction, percentile, rating, index, ratio, percent_change };
std::string_view score_scale_name(ScoreScale scale);

enum class UncertaintyKind : std::uint8_t { ci95_half_width, standard_error, half_width_level_not_stated };
std::string_view uncertainty_kind_name(UncertaintyKind kind);

// A decimal as its source printed it.
struct PrintedNumber {
  double value = 0;
  std::string text;
};

struct ScoreUncertainty {
  UncertaintyKind kind = UncertaintyKind::ci95_half_width;
  PrintedNumber amount;  // in the scale of the score
};

// As the source printed it, in dollars of then.
struct PrintedCost {
  std::optional<Money> total;
  std::optional<Money> per_item;
  std::optional<Money> per_solved;
};

struct PublishedScore {
  std::string id;
  std::string where;            // "published_scores.json: /records/3"
  std::string model_id;         // "openai/gpt-5.5", of the catalogue's models
  std::string model_version;    // one of its versions; empty: not told apart
  std::string model_label;      // as the source has it
  std::string weights_variant;  // of quantised weights; empty: the maker's own
  std::string benchmark_id;
  std::string benchmark_label;
  std::string variant;        // tools, subset, length, shots: what is not comparable with its neighbours
  std::string metric;         // the publisher's word
  std::string metric_family;  // what it measures
  ScoreScale scale = ScoreScale::percent;
  bool lower_is_better = false;
  std::optional<PrintedNumber> score;  // absent: only a range was published
  std::optional<PrintedNumber> low;    // published range
  std::optional<PrintedNumber> high;
  std::optional<ScoreUncertainty> uncertainty;
  std::string effort;         // normalised: "max", "unspecified", "not_applicable"
  std::string effort_native;  // as printed; empty: not told
  std::string harness;        // empty: not told
  std::string setting;        // the published text
  std::vector<std::pair<std::string, std::string>> parameters{};
  ScoreOrigin origin = ScoreOrigin::vendor;
  std::string measured_by;      // empty: not established
  std::string transcribed_via;  // a catalogue in between
  std::string evidence;         // "primary", "corroborated", "single_secondary"
  bool confirmed = false;
  std::string date;  // as printed; empty: none
  std::optional<DaySpan> days{};
  std::string date_kind;  // "published", "transcribed"
  std::string date_precision;
  std::string source;
  std::vector<std::string> more_sources{};
  std::optional<std::int64_t> n{};  // items, repeats included
  PrintedCost cost{};
  std::vector<std::pair<std::string, std::int64_t>> tokens{};         // "prompt", "cached_input", "output"
  std::vector<std::pair<std::string, PrintedNumber>> times{};         // "mean_seconds_per_item"
  std::vector<std::pair<std::string, PrintedNumber>> other_scores{};  // "pass_at_5"
  std::vector<std::string> notes{};
};

struct ScoreBenchmark {
  std::string id;
  std::string name;
  std::vector<std::string> variants;
  std::vector<std::string> labels;
};

// What the score may be, in its own scale: the published range, or the score and its uncertainty (a standard
// error times 1.96, the 97.5 % point of the normal distribution; a half width whose level is not stated
// counts as it stands). Where nothing is published the score alone. nullopt: no figure.
struct ScoreRange {
  double low = 0;
  double high = 0;
};
std::optional<ScoreRange> score_range(const PublishedScore& it);

// What the score is when every item is solved, 100 or 1, where it is a share of items solved (metric family
// share_correct or share_correct_two_tries, in percent or as a fraction, more is better); else nullopt.
std::optional<double> full_score(const PublishedScore& it);

// "gpqa-diamond", or "mrcr:1m-deepseek" where the variant is not "standard".
std::string benchmark_text(const PublishedScore& it);

// "90.1 %", "0.142", "1554", "-53 to 41 %": as printed.
std::string score_text(const PublishedScore& it);

// "deepseek-v4-pro" of "deepseek/deepseek-v4-pro".
std::string_view short_model(std::string_view model_id);

}  // namespace costwar::analysis
