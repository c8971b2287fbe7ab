// costwar run: measure only, into the store.

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/measure.h"
#include "cli/price_book.h"
#include "cli/verb.h"

namespace costwar::cli {
namespace {

class Run final : public Verb {
 public:
  void declare(CLI::App& app) override {
    declare_measure_flags(app, flags_);
    declare_book_flags(app, books_);
  }

  int run(Environment& environment) override {
    const Measured measured = measure(flags_, load_price_book(books_, environment), environment);
    fmt::print(environment.err,
               "{} of {} trials measured now{}; the run is complete. See it with: costwar compare --run {}\n",
               measured.measured_now, measured.trials,
               measured.taken > 0 ? fmt::format(", with {} answers of earlier runs", measured.taken) : "",
               measured.run);
    write_text(environment.out, measured.run + "\n");
    return kOk;
  }

 private:
  MeasureFlags flags_;
  BookFlags books_;
};

}  // namespace

std::unique_ptr<Verb> make_run() {
  return std::make_unique<Run>();
}

}  // namespace costwar::cli
