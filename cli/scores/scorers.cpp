// costwar scores scorers: every scorer.
#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/scores/commands.h"
#include "harness/scoring/scorers.h"
#include "reports/views/table_builder.h"

namespace costwar::cli {
namespace {

std::string_view kind_name(harness::ScorerKind kind) {
  switch (kind) {
    case harness::ScorerKind::text:
      return "text";
    case harness::ScorerKind::code:
      return "code";
    case harness::ScorerKind::judge:
      break;
  }
  return "judge";
}

class ScoresScorers final : public Verb {
 public:
  void declare(CLI::App& app) override { declare_output_flags(app, output_); }

  int run(Environment& environment) override {
    check_output_flags(output_);
    reports::TableBuilder table("scorers", "");
    table.text("scorer", "Scorer")
        .number("version", "Version")
        .text("kind", "Kind")
        .text("title", "Solved when");
    for (const harness::ScorerRow& row : harness::scorers())
      table.row({TextCell{std::string(row.name)}, IntegerCell{row.version},
                 TextCell{std::string(kind_name(row.kind))}, TextCell{std::string(row.title)}});
    Document document;
    document.kind = "scorer_list";
    document.headline = fmt::format(
        "{} scorers: text by rules, code in a sandbox, judge by asking a model (docs/scoring.md).",
        table.rows());
    document.tables.push_back(table.build());
    document.notes.push_back(
        {NoteKind::next_step,
         "costwar scores conformance runs the tricky replies that each is held to; costwar scores list "
         "shows what others published of models."});
    emit(document, output_, environment);
    return kOk;
  }

 private:
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_scores_scorers() {
  return std::make_unique<ScoresScorers>();
}

}  // namespace costwar::cli
