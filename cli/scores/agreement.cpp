// costwar scores agreement: how far the scores of a run are to be believed, by labels for some of its
// replies.
#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/scores/commands.h"
#include "cli/scores/labels.h"
#include "cli/scores/stored_run.h"
#include "core/error.h"
#include "reports/views/table_builder.h"
#include "stats/kappa.h"
#include "stats/prediction_powered.h"
#include "system/byte_file.h"

namespace costwar::cli {
namespace {

class ScoresAgreement final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("RUN", run_, "Id of the run, or its beginning")->required();
    app.add_option(
           "--labels", labels_,
           "JSON Lines or CSV with item, label (0 to 1), and model and repeat where they are not clear")
        ->type_name("FILE")
        ->required();
    app.add_option("--scorer", scorer_,
                   "The scores of this scorer, where the run has them (default: its own)")
        ->type_name("NAME");
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)")
        ->type_name("FILE");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const auto store = harness::Store::open_existing(require_store(environment, store_, run_));
    const RunHeader header = require_run(*store, run_);
    const RunColumns columns = store->read_columns(header.id);
    const Labels labels = read_labels(open_bytes(labels_), labels_, columns, item_ids(*store, header.id));
    emit(document(header, find_agreement(columns, scores_of(*store, columns), labels)), output_, environment);
    return kOk;
  }

 private:
  // One entry per trial, empty: it has no such score.
  std::vector<std::optional<GivenScore>> scores_of(const harness::Store& store,
                                                   const RunColumns& columns) const {
    std::vector<std::optional<GivenScore>> scores(columns.trials.size());
    if (scorer_.empty()) {
      for (std::size_t trial = 0; trial < scores.size(); ++trial)
        if (columns.trials.complete[trial] != 0)
          scores[trial] = GivenScore{columns.trials.score[trial], columns.trials.solved[trial] != 0};
      return scores;
    }
    std::vector<int> versions(scores.size(), 0);
    bool any = false;
    store.read_rows(columns.header.id, [&](const RunRow& row) {
      const auto* score = std::get_if<ScoreRow>(&row);
      if (score == nullptr || score->scorer != scorer_) return;
      const auto trial = static_cast<std::size_t>(score->trial);
      if (score->version < versions.at(trial)) return;  // the newest
      versions[trial] = score->version;
      scores[trial] = GivenScore{score->value, score->solved};
      any = true;
    });
    if (!any)
      throw Error(ErrorKind::usage, fmt::format("run {} has no score of \"{}\"", columns.header.id, scorer_),
                  fmt::format("costwar scores rescore {} --scorer NAME makes them", columns.header.id));
    return scores;
  }

  Document document(const RunHeader& header, const Agreement& found) const {
    Document document;
    document.kind = "agreement";
    std::int64_t labelled = 0, trials = 0;
    for (const ModelAgreement& model : found.models) {
      labelled += model.labelled();
      trials += model.scored;
    }
    document.headline =
        fmt::format("{} of {} scored replies of run {} are labelled.", labelled, trials, header.id);
    document.facts = {{"run", TextCell{header.id}},
                      {"scorer", scorer_.empty() ? Cell{TextCell{"own"}} : Cell{TextCell{scorer_}}},
                      {"labelled", IntegerCell{labelled}},
                      {"scored", IntegerCell{trials}}};
    document.tables.push_back(counts_table(header, found));
    document.tables.push_back(means_table(header, found));
    add_notes(document, found);
    return document;
  }

  static std::vector<Cell> counts_cells(const std::string& name, const ModelAgreement& model) {
    const auto kappa = stats::cohens_kappa(model.counts, 2);
    const auto labelled = static_cast<double>(model.labelled());
    return {TextCell{name},
            IntegerCell{model.labelled()},
            IntegerCell{model.counts[3]},
            IntegerCell{model.counts[2]},
            IntegerCell{model.counts[1]},
            IntegerCell{model.counts[0]},
            labelled > 0 ? Cell{NumberCell{static_cast<double>(model.counts[0] + model.counts[3]) / labelled,
                                           1, NumberStyle::share}}
                         : Cell{Unknown{}},
            kappa ? Cell{IntervalCell{kappa->kappa, kappa->interval.low, kappa->interval.high, 2,
                                      NumberStyle::plain}}
                  : Cell{Unknown{}}};
  }

  static Table counts_table(const RunHeader& header, const Agreement& found) {
    reports::TableBuilder table("agreement", "Scores against labels");
    table.text("model", "Model").number("labelled", "Labelled").number("both_right", "Both right");
    table.number("only_scored_right", "Only the score").number("only_labelled_right", "Only the label");
    table.number("both_wrong", "Both wrong").number("agreement", "Agree").number("kappa", "Cohen's κ");
    ModelAgreement all;
    for (std::size_t m = 0; m < found.models.size(); ++m) {
      for (std::size_t cell = 0; cell < 4; ++cell) all.counts[cell] += found.models[m].counts[cell];
      table.row(counts_cells(header.models[m].name, found.models[m]));
    }
    if (found.models.size() > 1) table.row(counts_cells("all", all));
    return table.build();
  }

  static Table means_table(const RunHeader& header, const Agreement& found) {
    reports::TableBuilder table("corrected", "Means, corrected by the labels");
    table.text("model", "Model").number("scored", "Scored").number("labelled", "Labelled");
    table.number("mean_score", "By the scores").number("bias", "Scores − labels").number("weight", "Weight");
    table.number("corrected", "Corrected");
    for (std::size_t m = 0; m < found.models.size(); ++m) {
      const ModelAgreement& model = found.models[m];
      const auto mean = stats::prediction_powered_mean(model.pairs, model.unlabelled);
      table.row(
          {TextCell{header.models[m].name}, IntegerCell{model.scored}, IntegerCell{model.labelled()},
           model.scored > 0
               ? Cell{NumberCell{model.sum / static_cast<double>(model.scored), 1, NumberStyle::share}}
               : Cell{Unknown{}},
           mean ? Cell{NumberCell{mean->judge_bias, 1, NumberStyle::points}} : Cell{Unknown{}},
           mean ? Cell{NumberCell{mean->weight, 2}} : Cell{Unknown{}},
           mean ? Cell{IntervalCell{mean->mean, mean->interval.low, mean->interval.high}} : Cell{Unknown{}}});
    }
    return table.build();
  }

  static void add_notes(Document& document, const Agreement& found) {
    const auto note = [&](NoteKind kind, std::string text) {
      document.notes.push_back({kind, std::move(text)});
    };
    note(NoteKind::note,
         found.binary
             ? "Labels are 0 or 1 and are compared with solved or not."
             : "Some labels lie between 0 and 1: the means are of values, and κ splits labels at 0.5.");
    note(NoteKind::note,
         "The correction holds where the labelled replies are a random sample of all "
         "(prediction-powered inference, docs/measuring.md).");
    if (found.clustered)
      note(NoteKind::warning,
           "Items come in clusters or are repeated; the intervals here take replies as independent and are "
           "too narrow by as much.");
    if (found.without_score > 0)
      note(NoteKind::note, fmt::format("{} labelled replies have no score.", found.without_score));
    for (const ModelAgreement& model : found.models)
      if (model.labelled() < 2 || model.unlabelled.size() < 2) {
        note(NoteKind::note, "A corrected mean needs two labelled replies and two without a label.");
        break;
      }
  }

  std::string run_;
  std::string labels_;
  std::string scorer_;
  std::string store_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_scores_agreement() {
  return std::make_unique<ScoresAgreement>();
}

}  // namespace costwar::cli
