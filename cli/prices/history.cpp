// costwar prices history: a model's price over time, drawn and listed.
#include <fmt/format.h>

#include <algorithm>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/prices/commands.h"
#include "cli/prices/question.h"
#include "core/durations.h"
#include "core/error.h"
#include "pricing/schedule.h"
#include "reports/views/price_history_view.h"
#include "reports/views/price_words.h"

namespace costwar::cli {
namespace {

constexpr std::int64_t kDaysShownAfterLastChange = 30;

class PricesHistory final : public Verb {
 public:
  void declare(CLI::App& app) override {
    declare_price_question(app, question_);
    app.add_option("--from", from_, "From this instant (default: the first known price)");
    app.add_option("--until", until_, "Until this instant (default: now, or past the last known change)");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const pricing::Tariff tariff = answer(asked_book(question_, environment), question_);
    const Wall from = from_.empty() ? first_change(tariff) : parse_wall(from_);
    const Wall until = until_.empty() ? past_last_change(tariff, from) : parse_wall(until_);
    if (until <= from)
      throw Error(ErrorKind::usage,
                  fmt::format("the history from {} until {} is empty", format_wall(from), format_wall(until)),
                  "give a later --until");
    emit(reports::price_history_document(tariff, from, until), output_, environment);
    return kOk;
  }

 private:
  // The first instant at which a price begins; where the start is not known, 30 days before the first change
  // or before the instant of knowledge.
  static Wall first_change(const pricing::Tariff& tariff) {
    const auto all = pricing::periods(tariff, pricing::kBeginning, pricing::kForever);
    const auto& segments = tariff.resolved().segments;
    const auto priced = std::find_if(all.begin(), all.end(), [&](const pricing::Period& period) {
      return segments[period.segment].refusal == pricing::Refusal::none;
    });
    if (priced != all.end() && priced->from != pricing::kBeginning) return priced->from;
    const Wall change =
        priced != all.end() && priced->until != pricing::kForever ? priced->until : tariff.key().known_at;
    return {change.ns - kDaysShownAfterLastChange * kNanosPerDay};
  }

  static Wall past_last_change(const pricing::Tariff& tariff, Wall from) {
    const auto all = pricing::periods(tariff, pricing::kBeginning, pricing::kForever);
    Wall last = std::max(from, all.back().from);
    last.ns += kDaysShownAfterLastChange * kNanosPerDay;
    const Wall now = tariff.key().known_at;
    // A change that lies well in the past needs no empty room after it.
    return all.back().from > now || from >= now ? last : std::max(now, Wall{from.ns + kNanosPerDay});
  }

  PriceQuestion question_;
  std::string from_;
  std::string until_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_prices_history() {
  return std::make_unique<PricesHistory>();
}

}  // namespace costwar::cli
