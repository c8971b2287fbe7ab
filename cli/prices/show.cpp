// costwar prices show: what a model costs at an instant, and why.
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/prices/commands.h"
#include "cli/prices/question.h"
#include "reports/views/price_show_view.h"

namespace costwar::cli {
namespace {

class PricesShow final : public Verb {
 public:
  void declare(CLI::App& app) override {
    declare_price_question(app, question_);
    app.add_option("--at", at_, "The instant, such as 2026-08-17T02:00:00Z (default: now)");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const Wall at = instant_or_now(at_);
    const pricing::Tariff tariff = answer(asked_book(question_, environment), question_);
    require_price_at(tariff, at);
    emit(reports::price_show_document(tariff, at), output_, environment);
    return kOk;
  }

 private:
  PriceQuestion question_;
  std::string at_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_prices_show() {
  return std::make_unique<PricesShow>();
}

}  // namespace costwar::cli
