// costwar scores conformance: the published cases, or cases of one's own, through the scorers.
#include <fmt/format.h>

#include <algorithm>

#include "cli/catalogue.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/scores/commands.h"
#include "cli/scores/stored_run.h"
#include "core/error.h"
#include "harness/scoring/conformance.h"
#include "reports/views/table_builder.h"
#include "system/byte_file.h"

namespace costwar::cli {
namespace {

constexpr std::size_t kLongestFile = std::size_t{256} << 20;

std::string whole_file(const std::string& path) {
  const ByteSource bytes = open_bytes(path);
  std::string text;
  std::vector<char> block(std::size_t{64} << 10);
  while (const std::size_t size = bytes(block)) {
    text.append(block.data(), size);
    if (text.size() > kLongestFile)
      throw Error(ErrorKind::input, fmt::format("{}: it is longer than 256 MiB", path), "split it");
  }
  return text;
}

class ScoresConformance final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("SCORER", scorer_, "One scorer (default: all that have cases)");
    app.add_option("--file", file_, "Cases of your own for SCORER, as JSON Lines (docs/scoring.md)")
        ->type_name("FILE");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    if (!file_.empty() && scorer_.empty())
      throw Error(ErrorKind::usage, "--file holds cases of one scorer, and none is named",
                  "costwar scores conformance SCORER --file FILE");
    if (!scorer_.empty()) {
      const harness::ScorerRow& row = require_scorer(scorer_);
      if (row.kind == harness::ScorerKind::code)
        throw Error(ErrorKind::usage,
                    fmt::format("{} runs programs; it has no cases that are mere replies", row.name),
                    "costwar tasks check humaneval runs its reference programs in the sandbox");
    }
    for (const harness::ScorerRow& row : harness::scorers())
      if (row.kind != harness::ScorerKind::code && (scorer_.empty() || row.name == scorer_)) check(row);
    emit(document(), output_, environment);
    if (failed_ == 0) return kOk;
    fmt::print(environment.err, "costwar: {} of {} cases are not scored as they must be\n", failed_, cases_);
    return kGateFailed;
  }

 private:
  void check(const harness::ScorerRow& row) {
    const std::string name(row.name);
    const std::string path = file_.empty() ? fmt::format("scorers/{}.jsonl", name) : file_;
    const std::string own = file_.empty() ? std::string() : whole_file(file_);
    const harness::ConformanceReport report =
        harness::run_conformance(name, file_.empty() ? catalogue_file(path) : std::string_view(own), path);
    const std::size_t cases = report.must_pass + report.must_fail;
    if (cases == 0)
      throw Error(ErrorKind::input, fmt::format("{}: it holds no case", path), "one JSON object a line");
    cases_ += cases;
    failed_ += report.failures.size();
    const auto number = [](std::size_t count) { return IntegerCell{static_cast<std::int64_t>(count)}; };
    scorers_.row({TextCell{name}, IntegerCell{row.version}, number(report.must_pass),
                  number(report.must_fail), number(cases - report.failures.size()),
                  number(report.failures.size())});
    for (const harness::ConformanceFailure& failure : report.failures)
      failures_.row({TextCell{name}, TextCell{fmt::format("{}:{}", path, failure.line)},
                     reports::text_cell(failure.why), reports::text_cell(failure.wrong)});
  }

  Document document() {
    Document document;
    document.kind = "conformance";
    document.headline =
        fmt::format("{} of {} cases of {} are scored as they must be.", cases_ - failed_, cases_,
                    scorers_.rows() == 1 ? "one scorer" : fmt::format("{} scorers", scorers_.rows()));
    document.facts = {{"cases", IntegerCell{static_cast<std::int64_t>(cases_)}},
                      {"failed", IntegerCell{static_cast<std::int64_t>(failed_)}}};
    document.tables.push_back(scorers_.build());
    document.tables.push_back(failures_.build());
    return document;
  }

  static reports::TableBuilder scorers_table() {
    reports::TableBuilder table("scorers", "");
    table.text("scorer", "Scorer").number("version", "Version").number("must_pass", "Must pass");
    table.number("must_fail", "Must fail").number("right", "Right").number("wrong", "Wrong");
    return table;
  }
  static reports::TableBuilder failures_table() {
    reports::TableBuilder table("failures", "Not scored as they must be");
    table.text("scorer", "Scorer")
        .text("place", "Case")
        .text("why", "What it is about")
        .text("wrong", "Wrong");
    return table;
  }

  std::string scorer_;
  std::string file_;
  OutputFlags output_;
  std::size_t cases_ = 0;
  std::size_t failed_ = 0;
  reports::TableBuilder scorers_ = scorers_table();
  reports::TableBuilder failures_ = failures_table();
};

}  // namespace

std::unique_ptr<Verb> make_scores_conformance() {
  return std::make_unique<ScoresConformance>();
}

}  // namespace costwar::cli
