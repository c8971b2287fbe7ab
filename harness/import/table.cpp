// Any wide table: a column that says what was asked, and a column of verdicts for each model. Each of those
// is a run of its own, called as its column, so that two columns are compared like any two runs.

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/suggest.h"
#include "harness/import/foreign_values.h"
#include "harness/import/formats.h"
#include "harness/import/record_source.h"

namespace costwar::harness {
namespace {

class ScoreColumn final : public RecordSource {
 public:
  ScoreColumn(const ImportFile& file, const ImportOptions& options, std::string column, std::string cost)
      : RecordSource(file, {RecordFormat::automatic}),
        options_(options),
        column_(std::move(column)),
        cost_(std::move(cost)) {
    head_.label = column_;
    if (options_.task.empty()) {
      options_.task = stem_of(file.name);
      say(fmt::format("the task is {}", options_.task));
    }
  }

  bool next(ImportedResult& result) override {
    if (!records().next()) return false;
    const Json record = records().value();
    result.model = model("", column_);
    result.task = task(options_.task, "score", "Imported table");
    result.prompt = text_of(cell(record, options_.item));
    result.key = result.prompt;
    const Json& score = cell(record, column_);
    const std::string shown = text_of(score);
    if (!shown.empty()) {  // else nobody scored it, and it is missing
      const auto value = verdict(score);
      if (!value)
        throw Error(
            ErrorKind::input,
            fmt::format("{}: \"{}\" of {} is no score", records().place(), one_line(shown, 40), column_),
            "scores are True or False, pass or fail, or numbers from 0 to 1");
      result.scores.push_back(score_row("score", *value, one_line(shown)));
    }
    if (!cost_.empty()) add_cost(record, result);
    return true;
  }

 private:
  const Json& cell(const Json& record, const std::string& column) {
    const auto found = record.find(column);
    if (found != record.end()) return *found;
    std::vector<std::string> names;
    for (const auto& [name, value] : record.items()) names.push_back(name);
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto near = nearest_name(column, std::span<const std::string_view>(views));
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + one_line(name, 60);
    throw Error(ErrorKind::usage, fmt::format("{}: there is no column \"{}\"", records().place(), column),
                near ? fmt::format("did you mean {}?", *near) : "the columns are " + one_line(all, 400));
  }

  static std::string text_of(const Json& value) {
    if (value.is_null()) return {};
    return value.is_string() ? value.get<std::string>() : value.dump();
  }

  void add_cost(const Json& record, ImportedResult& result) {
    result.attempts.push_back(ended_attempt(options_.now, {}));
    const std::string text = text_of(cell(record, cost_));
    if (text.empty()) return;
    const Json& value = cell(record, cost_);
    const auto cost = value.is_number() ? amount_of(options_.currency, value.get<double>())
                                        : amount_of(options_.currency, std::string_view(text));
    if (!cost)
      throw Error(ErrorKind::input,
                  fmt::format("{}: \"{}\" of {} is no amount", records().place(), one_line(text, 40), cost_),
                  "amounts are decimal numbers with a point, such as 0.0125");
    result.attempts.back().attempt.reported_cost = cost;
  }

  ImportOptions options_;
  std::string column_;
  std::string cost_;
};

}  // namespace

ResultSources open_table(std::span<const ImportFile> files, const ImportOptions& options) {
  if (options.item.empty() || options.scores.empty())
    throw Error(ErrorKind::usage, "a table needs --item COLUMN and --score COLUMN",
                "the first says what was asked, each of the others how one model did");
  if (options.costs.size() > options.scores.size())
    throw Error(
        ErrorKind::usage,
        fmt::format("{} columns of costs for {} of scores", options.costs.size(), options.scores.size()),
        "the first --cost belongs to the first --score, and so on");
  ResultSources sources;
  for (const ImportFile& file : files)
    for (std::size_t i = 0; i < options.scores.size(); ++i)
      sources.push_back(std::make_unique<ScoreColumn>(file, options, options.scores[i],
                                                      i < options.costs.size() ? options.costs[i] : ""));
  return sources;
}

}  // namespace costwar::harness
