#include "reports/views/diff_view.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "reports/render/format.h"
#include "reports/views/diff_parts.h"
#include "tests/reports/golden_formats.h"
#include "tests/support/sample_run.h"

using namespace costwar;
using namespace costwar::reports;
using costwar::testing::SampleRun;

namespace {

// 120 items of two tasks; one answer of the second never came, one finally failed.
analysis::Diff sample(bool same = false) {
  SampleRun run({"vendor/large", "vendor/small"}, {"sums", "codes"});
  for (std::uint32_t model = 0; model < 2; ++model)
    for (int i = 0; i < 120; ++i) {
      run.trial(model, i % 3 == 0 ? 1 : 0, "item" + std::to_string(i));
      if (model == 1 && i == 50) {
        run.attempt(Outcome::network, 0, 0, 30);
        continue;
      }
      const bool failed = model == 1 && i == 51;
      run.attempt(failed ? Outcome::timed_out : Outcome::ok, 200 + i, model == 0 ? 90 + i : 60 + i / 2,
                  (0.5 + 0.01 * i) * (model == 0 ? 2 : 1));
      run.score(!failed && (same ? i % 4 != 0 : model == 0 ? i % 10 != 0 : i % 3 != 1));
    }
  const RunColumns columns = run.columns();
  std::vector<analysis::AttemptCost> costs(columns.attempts.size());
  for (std::size_t i = 0; i < costs.size(); ++i)
    costs[i].amount = Money::parse(Currency{}, columns.trials.model[columns.attempts.trial[i]] == 0
                                                   ? "0.00" + std::to_string(400 + i)
                                                   : "0.000" + std::to_string(100 + i));
  analysis::DiffOptions options;
  options.resamples = 1000;
  return analysis::diff_models(columns, costs, 0, 1, options);
}

std::vector<FlipTexts> texts(const analysis::Diff& diff, std::size_t count) {
  std::vector<FlipTexts> made;
  for (std::size_t i = 0; i < count && i < diff.flips.size(); ++i)
    made.push_back({"item" + std::to_string(i), "What is " + std::to_string(i) + " + 1?",
                    std::to_string(i + 1), "It is " + std::to_string(i + 1) + ".",
                    i == 0 ? std::string(600, 'x') : "<b>7</b>", "run",
                    static_cast<std::int64_t>(diff.flips[i].first_trial), "run",
                    static_cast<std::int64_t>(diff.flips[i].second_trial)});
  return made;
}

}  // namespace

TEST_CASE("a difference reads as it always did, in every format") {
  const analysis::Diff diff = sample();
  const Document document = diff_document(diff, texts(diff, 4), 2);
  testing::check_every_format("diff", document);
}

TEST_CASE("the coverage says how many are paired and what became of the others") {
  CHECK(coverage_words(sample()) ==
        "119 of 120 items paired; 1 without a result of small: 1 infrastructure error (1 network); 1 counted "
        "as "
        "not solved because they finally failed for small: 1 infrastructure error (1 timed_out).");
}

TEST_CASE("two models that solve equally many are not called better or worse") {
  const analysis::Diff diff = sample(true);
  CHECK(diff_headline(diff).find("than small") != std::string::npos);  // one failed
  CHECK(p_words(5.116e-42) == "p = 5e-42");
  CHECK(p_words(0.0123) == "p = 0.012");
}
