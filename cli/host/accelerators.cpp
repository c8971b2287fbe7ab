// costwar host accelerators: the catalogue, or one accelerator with every source.

#include "cli/exit_code.h"
#include "cli/host/commands.h"
#include "cli/host/hardware.h"
#include "cli/output.h"
#include "reports/views/host_accelerators_view.h"

namespace costwar::cli {
namespace {

class HostAccelerators final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("id", id_, "One accelerator, with the source of every figure")->type_name("ID");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const auto& all = accelerator_catalogue();
    emit(id_.empty() ? reports::accelerators_document(all)
                     : reports::accelerator_document(pricing::find_accelerator(all, id_)),
         output_, environment);
    return kOk;
  }

 private:
  std::string id_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_host_accelerators() {
  return std::make_unique<HostAccelerators>();
}

}  // namespace costwar::cli
