// costwar mock: the fault-injecting server, on this machine's loopback.

#include <fmt/format.h>

#include <memory>

#include "cli/exit_code.h"
#include "cli/mock/flags.h"
#include "cli/mock/reports.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "cli/verb.h"
#include "core/error.h"
#include "mock/server.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

class Mock final : public Verb {
 public:
  void declare(CLI::App& app) override {
    flags_.declare(app);
    app.add_option("--url-file", url_file_, "Write the base URL here once the server listens")
        ->type_name("FILE");
    app.add_option("--truth", truth_, "Write what was really sent, as JSON Lines")->type_name("FILE");
    app.add_option("--stats-file", stats_file_, "Write what was counted, as JSON, at the end")
        ->type_name("FILE");
    app.add_flag("--list", list_, "Print the faults and end");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    if (list_) {
      emit(fault_document(), output_, environment);
      return kOk;
    }
    const auto loop = make_event_loop();
    bool stop = false;
    const InterruptWatch interrupt(*loop, [&] { stop = true; });
    mock::MockOptions options = flags_.options(environment);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> truth(open_truth(), close_file);
    if (truth)
      options.truth = [&](mock::TruthRecord&& record) {
        write_text(truth.get(), mock::to_json_line(record) + "\n");
      };
    mock::MockServer server(*loop, std::move(options));
    const std::string url = fmt::format("http://127.0.0.1:{}/v1\n", server.port());
    if (!url_file_.empty()) write_file_atomically(url_file_, url);
    write_text(environment.out, url);
    fmt::print(environment.err, "The mock server answers on port {}; Ctrl-C ends it.\n", server.port());
    loop->run([&] { return stop; });
    fmt::print(environment.err, "{}", stats_text(server.stats()));
    if (!stats_file_.empty()) write_file_atomically(stats_file_, stats_json(server.stats()));
    return kOk;
  }

 private:
  static int close_file(std::FILE* file) { return file == nullptr ? 0 : std::fclose(file); }

  std::FILE* open_truth() const {
    if (truth_.empty()) return nullptr;
    std::FILE* file = std::fopen(truth_.c_str(), "w");
    if (file == nullptr)
      throw Error(ErrorKind::input, fmt::format("{}: cannot be written", truth_),
                  "name another file with --truth");
    return file;
  }

  MockFlags flags_;
  std::string url_file_;
  std::string truth_;
  std::string stats_file_;
  bool list_ = false;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_mock() {
  return std::make_unique<Mock>();
}

}  // namespace costwar::cli
