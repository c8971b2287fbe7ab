#include "harness/store/kept_answers.h"

#include <utility>

#include "harness/store/rows.h"
#include "harness/store/schema.h"
#include "harness/store/sqlite.h"

namespace costwar::harness {
namespace {

class KeptAnswers final : public AnswerCache {
 public:
  KeptAnswers(Database database, std::int64_t run) : database_(std::move(database)), run_(run) {}

  std::optional<KeptAnswer> find(std::string_view key) override {
    std::int64_t trial = 0;
    std::optional<KeptAnswer> kept;
    RowSelection selection;
    {
      Statement statement = database_.use(
          "SELECT a.run,a.trial,r.id FROM attempts a JOIN runs r USING(run) "
          "WHERE a.request_key=? AND a.run<>? AND a.ended=1 AND a.outcome='ok' ORDER BY a.attempt LIMIT 1");
      if (!statement.bind_text(key).bind(run_).step()) return std::nullopt;
      selection.run = statement.integer(0);
      trial = statement.integer(1);
      kept.emplace().run = statement.text(2);
    }
    selection.first_trial = selection.last_trial = trial;
    bool found = false;
    read_selection(database_, selection, [&](const RunRow& row) {
      const auto* attempt = std::get_if<AttemptRow>(&row);
      if (attempt == nullptr || found || attempt->request_key != key) return;
      found = true;
      kept->attempt = attempt->attempt;
    });
    return found ? std::move(kept) : std::nullopt;
  }

 private:
  Database database_;
  std::int64_t run_;
};

}  // namespace

std::unique_ptr<AnswerCache> open_kept_answers(const std::filesystem::path& store, std::string_view run) {
  Database database = open_for_reading(store);
  std::int64_t number = 0;
  bool any = false;
  {
    Statement own = database.use("SELECT run FROM runs WHERE id=?");
    if (own.bind_text(run).step()) number = own.integer(0);
  }
  {
    Statement others = database.use(
        "SELECT 1 FROM runs r WHERE r.run<>? AND EXISTS "
        "(SELECT 1 FROM attempts a WHERE a.run=r.run AND +a.request_key IS NOT NULL) LIMIT 1");
    any = others.bind(number).step();
  }
  if (!any) return nullptr;
  return std::make_unique<KeptAnswers>(std::move(database), number);
}

}  // namespace costwar::harness
