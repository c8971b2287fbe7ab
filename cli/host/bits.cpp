// costwar host bits: how well weight files predict a text. What a quantisation costs shows here with far
// fewer tokens than in solved tasks, and says nothing of capability by itself.

#include <fmt/format.h>

#include <vector>

#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/host/commands.h"
#include "cli/host/local_run.h"
#include "cli/local_models.h"
#include "cli/output.h"
#include "core/error.h"
#include "core/json.h"
#include "reports/views/table_builder.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

constexpr std::uint64_t kLongestText = std::uint64_t{16} << 20;

class HostBits final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("FILE", files_, "Weight files")->required();
    app.add_option("--text", text_, "A file with the text, in UTF-8")->required()->type_name("FILE");
    app.add_option("--context", context_, "Tokens that the text may have")
        ->check(CLI::Range(64, 1 << 24))
        ->capture_default_str();
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    Config config = load_config(environment);
    config.local.engine = LocalEngine::libllama;
    config.local.context = context_;
    const std::string text = read_file(text_, kLongestText);
    reports::TableBuilder table("files", "");
    table.text("file", "File").number("bits_per_byte", "Bits per byte").number("tokens", "Tokens predicted");
    table.number("bytes", "Bytes").number("load_s", "Load, s").data("peak_memory_bytes");
    std::optional<std::pair<double, std::string>> best;
    for (const std::string& file : files_) {
      refuse_random_weights(file, file);
      LocalRun server(file, config.local, environment);
      server.start();
      const std::string body = server.post("/bits", Json{{"text", text}}.dump());
      const Json answer = parse_json(body, "the child's answer");
      const JsonIn in(answer, "the child's answer");
      const double bits = in.at("bits_per_byte").number();
      if (!best || bits < best->first) best = {bits, file};
      const local::ServerRecord record = server.record();
      table.row({TextCell{file}, NumberCell{bits, 4}, IntegerCell{in.at("tokens").integer()},
                 IntegerCell{in.at("bytes").integer()},
                 reports::number_cell(
                     record.load_time ? std::optional(record.load_time->seconds()) : std::nullopt, 2),
                 reports::integer_cell(record.peak_resident_bytes)});
    }
    Document document;
    document.kind = "host_bits";
    document.headline =
        fmt::format("{} predicts the text best: {:.4f} bits per byte", best->second, best->first);
    document.tables.push_back(table.build());
    document.notes.push_back(
        {NoteKind::note,
         "Of all tokens after the first, each given those before it. Comparable between files whatever their "
         "tokenizer, on one text alone; a model that has seen the text predicts it too well."});
    emit(document, output_, environment);
    return kOk;
  }

 private:
  std::vector<std::string> files_;
  std::string text_;
  std::int64_t context_ = 4096;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_host_bits() {
  return std::make_unique<HostBits>();
}

}  // namespace costwar::cli
