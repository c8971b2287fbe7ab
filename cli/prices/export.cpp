// costwar prices export: the price book in use as one file, for prices update on another machine.
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/prices/commands.h"
#include "cli/updated_book.h"

namespace costwar::cli {
namespace {

class PricesExport final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_flag("--built-in", built_in_, "The built-in book, also where an update is in use");
    app.add_option("-o,--output", output_.files, "Write to this file instead of standard output")
        ->expected(1)
        ->type_name("FILE");
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const auto updated = built_in_ ? std::nullopt : read_updated_book(environment);
    LineOutput(output_, environment).write(updated ? *updated : builtin_bundle());
    return kOk;
  }

 private:
  bool built_in_ = false;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_prices_export() {
  return std::make_unique<PricesExport>();
}

}  // namespace costwar::cli
