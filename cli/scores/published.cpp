// costwar scores list, show, compare and lag: the catalogue of published scores. The work is done in
// analysis/published; here are the flags.
#include "analysis/published/published_scores.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>

#include "analysis/published/lag.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/published_catalogue.h"
#include "cli/scores/commands.h"
#include "core/error.h"
#include "core/suggest.h"
#include "reports/views/published_compare_view.h"
#include "reports/views/published_lag_view.h"
#include "reports/views/published_list_view.h"

namespace costwar::cli {
namespace {

using analysis::PublishedScore;
using PublishedRows = std::vector<const PublishedScore*>;

struct ListFilter {
  std::string benchmark;
  std::string model;
  std::string origin;
  std::string since;
  std::string effort;
  bool all = false;
  bool empty() const {
    return benchmark.empty() && model.empty() && origin.empty() && since.empty() && effort.empty() && !all;
  }
};

[[noreturn]] void refuse_word(const std::string& flag, const std::string& word,
                              std::span<const std::string> known) {
  const auto near = nearest_name(word, known);
  throw Error(ErrorKind::usage, fmt::format("{}: '{}' is none of {}", flag, word, fmt::join(known, ", ")),
              near ? fmt::format("did you mean {}?", *near) : "");
}

void keep_only(PublishedRows& rows, const PublishedRows& kept) {
  std::erase_if(
      rows, [&](const PublishedScore* it) { return std::find(kept.begin(), kept.end(), it) == kept.end(); });
}

void keep_origin(PublishedRows& rows, const std::string& word) {
  const std::array<std::string, 3> known{"vendor", "independent", "imported"};
  const auto origin = analysis::score_origin_of(word);
  if (!origin) refuse_word("--origin", word, known);
  std::erase_if(rows, [&](const PublishedScore* it) { return it->origin != *origin; });
}

// A month or a year begins with its first day; of a score's date the last day it may mean counts.
void keep_since(PublishedRows& rows, const std::string& date) {
  const auto since = analysis::read_day_span(date);
  if (!since)
    throw Error(ErrorKind::usage, fmt::format("--since: '{}' is no date", date),
                "2026-04-24, 2026-04 or 2026");
  std::erase_if(rows, [&](const PublishedScore* it) { return !it->days || it->days->last < since->first; });
}

void keep_effort(PublishedRows& rows, const std::string& effort) {
  std::vector<std::string> known;  // in the order of the records, so that a suggestion is always the same
  for (const PublishedScore& it : published_scores().records())
    if (std::find(known.begin(), known.end(), it.effort) == known.end()) known.push_back(it.effort);
  if (std::find(known.begin(), known.end(), effort) == known.end()) refuse_word("--effort", effort, known);
  std::erase_if(rows, [&](const PublishedScore* it) { return it->effort != effort; });
}

PublishedRows filtered(const analysis::PublishedScores& scores, const ListFilter& filter) {
  PublishedRows rows;
  for (const PublishedScore& it : scores.records()) rows.push_back(&it);
  if (!filter.benchmark.empty()) keep_only(rows, scores.of_benchmark(filter.benchmark));
  if (!filter.model.empty()) keep_only(rows, scores.of_model(filter.model));
  if (!filter.origin.empty()) keep_origin(rows, filter.origin);
  if (!filter.since.empty()) keep_since(rows, filter.since);
  if (!filter.effort.empty()) keep_effort(rows, filter.effort);
  return rows;
}

std::string filter_words(const ListFilter& filter) {
  std::vector<std::string> words;
  if (!filter.benchmark.empty()) words.push_back("on " + filter.benchmark);
  if (!filter.model.empty()) words.push_back("of " + filter.model);
  if (!filter.origin.empty()) words.push_back("with origin " + filter.origin);
  if (!filter.effort.empty()) words.push_back("at effort " + filter.effort);
  if (!filter.since.empty()) words.push_back("since " + filter.since);
  return fmt::format("{}", fmt::join(words, ", "));
}

class ScoresList final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--benchmark", filter_.benchmark, "Only this benchmark, or one variant of it")
        ->type_name("BENCHMARK[:VARIANT]");
    app.add_option("--model", filter_.model, "Only this model, by its id or the id's last part")
        ->type_name("MODEL[@EFFORT][#VERSION]");
    app.add_option("--origin", filter_.origin,
                   "Only what was measured by such: vendor, independent, imported")
        ->type_name("ORIGIN");
    app.add_option("--since", filter_.since, "Only what is dated on this day or later")->type_name("DATE");
    app.add_option("--effort", filter_.effort,
                   "Only at this effort: none, low, medium, high, xhigh, max, ...")
        ->type_name("EFFORT");
    app.add_flag("--all", filter_.all, "Every record instead of a line per benchmark");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const analysis::PublishedScores& scores = published_scores();
    emit(filter_.empty()
             ? reports::score_benchmarks_document(scores)
             : reports::score_list_document(scores, filtered(scores, filter_), filter_words(filter_)),
         output_, environment);
    return kOk;
  }

 private:
  ListFilter filter_;
  OutputFlags output_;
};

class ScoresShow final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("reference", reference_,
                   "Which one: [published/]BENCHMARK[:VARIANT]/MODEL[@EFFORT][#WORD,...]")
        ->type_name("REFERENCE")
        ->required();
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const analysis::PublishedScores& scores = published_scores();
    const std::string reference =
        analysis::is_published_reference(reference_) ? reference_ : "published/" + reference_;
    emit(reports::score_record_document(scores, scores.find(reference)), output_, environment);
    return kOk;
  }

 private:
  std::string reference_;
  OutputFlags output_;
};

class ScoresCompare final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("models", models_,
                   "Models by id or the id's last part; one alone: its maker against others")
        ->type_name("MODEL[@EFFORT][#VERSION]")
        ->required();
    app.add_option("--benchmark", benchmark_, "Only this benchmark, or one variant of it")
        ->type_name("BENCHMARK[:VARIANT]");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const analysis::PublishedScores& scores = published_scores();
    reports::PublishedComparison comparison;
    std::vector<PublishedRows> rows;
    for (const std::string& model : models_) {
      if (std::count(models_.begin(), models_.end(), model) > 1)
        throw Error(ErrorKind::usage, fmt::format("{} is named twice", model),
                    "name another model, or another @EFFORT or #VERSION of it");
      rows.push_back(scores.of_model(model));
      if (!benchmark_.empty()) keep_only(rows.back(), scores.of_benchmark(benchmark_));
      comparison.origins.push_back(analysis::find_origins(rows.back()));
    }
    comparison.models = models_;
    comparison.sides = analysis::side_by_side(rows);
    emit(reports::score_comparison_document(scores, comparison), output_, environment);
    return kOk;
  }

 private:
  std::vector<std::string> models_;
  std::string benchmark_;
  OutputFlags output_;
};

class ScoresLag final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("model", model_, "Whose lag, by its id or the id's last part")
        ->type_name("MODEL[@EFFORT][#VERSION]")
        ->required();
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const analysis::PublishedScores& scores = published_scores();
    emit(reports::score_lag_document(scores, model_, analysis::find_lag(scores, model_releases(), model_)),
         output_, environment);
    return kOk;
  }

 private:
  std::string model_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_scores_list() {
  return std::make_unique<ScoresList>();
}
std::unique_ptr<Verb> make_scores_show() {
  return std::make_unique<ScoresShow>();
}
std::unique_ptr<Verb> make_scores_compare() {
  return std::make_unique<ScoresCompare>();
}
std::unique_ptr<Verb> make_scores_lag() {
  return std::make_unique<ScoresLag>();
}

}  // namespace costwar::cli
