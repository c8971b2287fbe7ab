#include "cli/doctor/wire.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/catalogue.h"
#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/model_provider.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "core/error.h"
#include "harness/ask_once.h"
#include "harness/wire_check.h"
#include "harness/wire_faults.h"
#include "harness/wire_rules.h"
#include "mock/faults.h"
#include "reports/views/table_builder.h"

namespace costwar::cli {
namespace {

using harness::WireFault;
using harness::WireMode;

struct FaultFinding {
  const WireFault* fault;
  WireMode mode;  // as this API shows it
  bool shown;     // false: this API has no such thing on its wire; it was not asked for
  std::string got{};
  std::string complaint{};  // empty: survived
};

// Which of the mock's APIs a model is asked through, by where its requests go.
struct ApiRow {
  std::string_view path;
  mock::Dialects dialect;
};
constexpr ApiRow kApis[] = {{"/chat/completions", mock::kChat},
                            {"/responses", mock::kResponses},
                            {"/messages", mock::kMessages},
                            {"/api/chat", mock::kOllama}};

mock::Dialects api_of(const ModelHandle& handle) {
  for (const ApiRow& row : kApis)
    if (row.path == handle.api_path) return row.dialect;
  return mock::kChat;
}

bool can_show(mock::Dialects api, const WireMode& mode) {
  const mock::Fault* fault = mock::find_fault(mode.name);
  return fault != nullptr && (fault->dialects & api) != 0;
}

// Rows of the catalogue, each by all of its modes that the API can show.
struct FaultTally {
  std::size_t survived = 0;
  std::size_t shown = 0;
  std::size_t not_shown = 0;
};

FaultTally tally(const std::vector<WireFault>& faults, const std::vector<FaultFinding>& findings) {
  FaultTally out;
  for (const WireFault& fault : faults) {
    const auto any = [&](auto wanted) {
      return std::any_of(findings.begin(), findings.end(), [&](const FaultFinding& finding) {
        return finding.fault == &fault && finding.shown && wanted(finding);
      });
    };
    if (!any([](const FaultFinding&) { return true; })) {
      ++out.not_shown;
      continue;
    }
    ++out.shown;
    out.survived += any([](const FaultFinding& finding) { return !finding.complaint.empty(); }) ? 0U : 1U;
  }
  return out;
}

// The mock says in so many words that a fault was asked for; nothing else does.
constexpr std::string_view kMockFault = "401";
constexpr std::string_view kMockWords = "the fault 401 was asked for";

class DoctorWire final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("MODEL", model_, "A server's address or any model: http://127.0.0.1:8089/v1#mock")
        ->required();
    app.add_option("--timeout", timeout_s_, "Seconds that one request may take")
        ->check(kNumber)
        ->check(CLI::Range(0.1, 3600.0))
        ->capture_default_str();
    declare_network_flags(app, network_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const auto loop = make_event_loop();
    bool interrupted = false;
    const InterruptWatch watch(*loop, [&] { interrupted = true; });
    ProviderKit kit(*loop, environment, load_config(environment, network_));
    const ModelHandle handle = kit.make(parse_model_spec(model_));
    if (handle.api_path.empty())
      throw Error(ErrorKind::usage, fmt::format("{} is asked over no wire", model_),
                  "name a server's address or a model of a provider, such as http://127.0.0.1:8089/v1#mock");
    const std::string model = handle.provider->card().model;
    const auto ask = [&](ChatRequest request) {
      if (interrupted) throw Error(ErrorKind::interrupted, "interrupted before every question was asked");
      request.effort = handle.effort;
      if (handle.provider->check(request)) request.temperature.reset();  // not every API takes one
      return harness::ask_once(*loop, *handle.provider, std::move(request), deadline());
    };
    const Attempt first = ask(harness::plain_question(fmt::format("{}!{}", model, kMockFault)));
    if (first.http_status == 0)
      throw Error(ErrorKind::provider, fmt::format("{}: {}", model_, first.error_message),
                  "is the server running, and is this its address?");
    const bool mock = first.error_message.find(kMockWords) != std::string::npos;
    return mock ? report_faults(model, api_of(handle), ask, environment)
                : report_rules(model, ask, environment);
  }

 private:
  template <typename Ask>
  int report_faults(const std::string& model, mock::Dialects api, Ask ask, const Environment& environment) {
    const std::vector<WireFault> faults =
        harness::parse_wire_faults(catalogue_file("faults.json"), "faults.json");
    const Attempt reference = ask(harness::plain_question(model));
    if (reference.outcome != Outcome::ok)
      throw Error(
          ErrorKind::provider,
          fmt::format("{}: no answer without a fault either: {}", model_, harness::outcome_text(reference)),
          "start it without --fault and limits");
    std::vector<FaultFinding> findings;
    const std::string api_name = mock::dialect_names(api);
    for (const WireFault& fault : faults)
      for (const WireMode& mode : fault.modes) {
        FaultFinding finding{&fault, harness::mode_in(mode, api_name), can_show(api, mode)};
        if (finding.shown) try_mode(model, reference, ask, finding);
        findings.push_back(std::move(finding));
      }
    const FaultTally count = tally(faults, findings);
    emit(fault_document(findings, count), output_, environment);
    return count.survived == count.shown ? kOk : kGateFailed;
  }

  // ":0": at every attempt, however often this server was asked before.
  template <typename Ask>
  static void try_mode(const std::string& model, const Attempt& reference, Ask ask, FaultFinding& finding) {
    const WireMode& mode = finding.mode;
    const ChatRequest request = harness::plain_question(fmt::format("{}!{}:0", model, mode.name));
    const Attempt got = ask(request);
    finding.got = harness::outcome_text(got);
    finding.complaint = harness::complaint_about(mode, got, reference);
    if (!mode.next) return;
    const Attempt next = ask(request);
    finding.got += fmt::format(", then {}", harness::outcome_text(next));
    if (finding.complaint.empty()) finding.complaint = harness::complaint_about_next(mode, next);
  }

  static std::string verdict(const FaultFinding& finding) {
    if (!finding.shown) return "not of this API";
    return finding.complaint.empty() ? "survived" : "FAILED: " + finding.complaint;
  }

  static Document fault_document(const std::vector<FaultFinding>& findings, const FaultTally& count) {
    Document document;
    document.kind = "wire_faults";
    document.headline = fmt::format(
        "{} of {} wire faults survived{}.", count.survived, count.shown,
        count.not_shown == 0 ? "" : fmt::format("; {} cannot be shown by this API", count.not_shown));
    reports::TableBuilder table("faults", "");
    table.number("row", "Fault")
        .text("mode", "Mode")
        .text("title", "On the wire")
        .text("required", "Required");
    table.text("outcome", "Outcome").shown("Verdict", Align::left).data("survived").data("complaint");
    for (const FaultFinding& finding : findings) {
      std::string required(outcome_row(finding.mode.outcome).name);
      if (finding.mode.next)
        required += fmt::format(", then {}", outcome_row(finding.mode.next->outcome).name);
      table.row({reports::integer_cell(finding.fault->row), TextCell{finding.mode.name},
                 TextCell{finding.fault->title}, TextCell{required}, reports::text_cell(finding.got),
                 TextCell{verdict(finding)},
                 finding.shown ? Cell(BooleanCell{finding.complaint.empty()}) : Cell(Unknown{}),
                 reports::text_cell(finding.complaint)});
    }
    document.tables.push_back(table.build());
    return document;
  }

  template <typename Ask>
  int report_rules(const std::string& model, Ask ask, const Environment& environment) {
    harness::WireEvidence evidence;
    evidence.plain = ask(harness::plain_question(model));
    evidence.again = ask(harness::plain_question(model));
    evidence.limited = ask(harness::limited_question(model));
    evidence.unknown_model = ask(harness::plain_question(std::string(harness::kNoSuchModel)));

    int kept = 0;
    int broken = 0;
    reports::TableBuilder table("rules", "");
    table.text("rule", "Rule").text("title", "A server").text("kept", "Kept").text("detail", "Seen");
    table.text("why", "Where it is not");
    for (const harness::WireRule& rule : harness::wire_rules()) {
      static constexpr std::string_view kWords[] = {"yes", "no", "-"};
      const harness::WireFinding finding = rule.check(evidence);
      kept += finding.kept == harness::Kept::yes ? 1 : 0;
      broken += finding.kept == harness::Kept::no ? 1 : 0;
      const std::string_view word = kWords[static_cast<std::size_t>(finding.kept)];
      table.row({TextCell{std::string(rule.name)}, TextCell{std::string(rule.title)},
                 word == "-" ? reports::text_cell("") : Cell(TextCell{std::string(word)}),
                 reports::text_cell(finding.detail), TextCell{std::string(rule.why)}});
    }
    Document document;
    document.kind = "wire_rules";
    document.headline =
        fmt::format("{} keeps {} of {} rules of the wire{}.", model_, kept, harness::wire_rules().size(),
                    broken == 0 ? "" : fmt::format(" and breaks {}", broken));
    document.tables.push_back(table.build());
    document.notes.push_back(
        {NoteKind::note,
         "This is another server than `costwar mock`, so its own habits were looked at; how "
         "this client meets faults is seen against the mock."});
    emit(document, output_, environment);
    return broken == 0 ? kOk : kGateFailed;
  }

  Nanos deadline() const { return nanoseconds(static_cast<std::int64_t>(timeout_s_ * 1e9)); }

  std::string model_;
  double timeout_s_ = 60;
  NetworkFlags network_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_doctor_wire() {
  return std::make_unique<DoctorWire>();
}

}  // namespace costwar::cli
