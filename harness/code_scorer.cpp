#include "harness/code_scorer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "harness/code_drivers.h"
#include "harness/code_text.h"
#include "system/process.h"

namespace costwar::harness {
namespace {

namespace fs = std::filesystem;

constexpr double kTimeout = 3;            // seconds; what HumanEval's own harness allows
constexpr double kLongestTimeout = 600;   // of timeout_s
constexpr Nanos kStarting = seconds(30);  // for two interpreters on a busy machine; the judge keeps the time
constexpr std::size_t kLongestCode = std::size_t{1} << 20;

// A program's standard output, without a sandbox: for python3 on PATH, which may be a script of the user's.
std::string output_of(std::vector<std::string> argv) {
  const std::unique_ptr<EventLoop> loop = make_event_loop();
  std::string out;
  bool ended = false, fine = false;
  ChildCallbacks callbacks;
  callbacks.out = [&](std::string_view bytes) { out += bytes.substr(0, 4096); };
  callbacks.exited = [&](const ChildExit& end) {
    ended = true;
    fine = end.code == 0;
  };
  const auto child = start_child(*loop, {std::move(argv), {}, {}}, std::move(callbacks));
  loop->at(loop->clock().mono() + seconds(20), [&] { child->kill(); });
  loop->run([&] { return ended; });
  return fine ? out : std::string();
}

std::vector<std::string> pythons_on(std::string path) {
  std::vector<std::string> found;
  path += ":/usr/bin:/usr/local/bin";
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const std::string program = path.substr(at, end - at) + "/python3";
    const bool known = std::find(found.begin(), found.end(), program) != found.end();
    if (program.starts_with('/') && !known && ::access(program.c_str(), X_OK) == 0) found.push_back(program);
    at = end + 1;
  }
  return found;
}

// What this python3 really is, whatever script or virtual environment stands before it.
std::optional<PythonFacts> facts_of(const std::string& program) {
  const std::string out =
      output_of({program, "-I", "-c",
                 "import os, platform, sys\n"
                 "name = 'bin/python%d.%d' % sys.version_info[:2]\n"
                 "real = os.path.join(sys.base_prefix, name)\n"
                 "real = real if os.path.exists(real) else sys.executable\n"
                 "print(os.path.realpath(real), platform.python_version(), sys.base_prefix, sep='\\n')"});
  const std::size_t first = out.find('\n');
  const std::size_t second = first == std::string::npos ? first : out.find('\n', first + 1);
  if (second == std::string::npos) return std::nullopt;
  PythonFacts facts{out.substr(0, first), out.substr(first + 1, second - first - 1), out.substr(second + 1)};
  while (!facts.prefix.empty() && facts.prefix.back() == '\n') facts.prefix.pop_back();
  if (!facts.program.starts_with('/') || !facts.prefix.starts_with('/')) return std::nullopt;
  return facts;
}

// Its programs and libraries alone: a prefix may be a folder with other things.
std::vector<std::string> visible_of(const PythonFacts& python) {
  if (python.prefix == "/usr" || python.prefix == "/usr/local" || python.prefix == "/") return {};
  return {python.prefix + "/bin", python.prefix + "/lib"};
}

// Empty when it runs in the sandbox; else why not.
std::string try_python(SandboxTier tier, const PythonFacts& python) {
  const std::unique_ptr<EventLoop> loop = make_event_loop();
  const std::unique_ptr<Sandbox> sandbox = make_sandbox(*loop, tier, 1);
  std::optional<SandboxResult> result;
  SandboxJob job;
  job.argv = {python.program, "-s", "-B", "-c", "import ast, json; print(73)"};
  job.also_visible = visible_of(python);
  job.limits.wall = kStarting;
  sandbox->run(std::move(job), [&](SandboxResult ended) { result = std::move(ended); });
  loop->run([&] { return result.has_value(); });
  if (result->out == "73\n") return {};
  if (!result->problem.empty()) return result->problem;
  const std::string_view err = result->err;
  return fmt::format("{}: {}", sandbox_end_name(result->end), err.substr(0, err.find('\n')).substr(0, 120));
}

PythonFacts find_python(SandboxTier tier, const std::string& search_path) {
  std::string tried;
  for (const std::string& program : pythons_on(search_path)) {
    std::string why = "does not run";
    if (const auto facts = facts_of(program)) {
      why = try_python(tier, *facts);
      if (why.empty()) return *facts;
    }
    tried += fmt::format("{}{}: {}", tried.empty() ? "" : "; ", program, why);
  }
  throw Error(ErrorKind::input,
              fmt::format("replies that are programs need python3 in the sandbox, and there is none ({})",
                          tried.empty() ? "not on PATH" : tried),
              "install it where every user can run it, for instance: apt-get install python3");
}

struct CodeAttempt {
  bool differential = false;
  double timeout = kTimeout;
  std::string judge_input;
  std::string prompt, entry_point;
  std::string item;
};

CodeAttempt read_item(const ScorerRow& row, const Item& item) {
  CodeAttempt attempt;
  attempt.item = item.id;
  attempt.differential = row.name == "python_differential";
  const std::string where = fmt::format("details of item {}", item.id);
  const Json details = parse_json(item.details, where);
  const JsonIn in(details, where);
  attempt.entry_point = in.at("entry_point").string();
  attempt.prompt = attempt.differential ? std::string() : in.at("prompt").string();
  for (const char* name : {"base_input", "plus_input"})
    if (attempt.differential) in.at(name).elements();
  in.at(attempt.differential ? "canonical_solution" : "test").string();
  attempt.timeout = in.optional_number("timeout_s").value_or(kTimeout);
  if (attempt.timeout <= 0 || attempt.timeout > kLongestTimeout)
    in.at("timeout_s").fail(fmt::format("expected more than 0 and at most {} seconds", kLongestTimeout));
  attempt.judge_input = Json{
      {"kind", attempt.differential ? "difference" : "check"},
      {"timeout_s", attempt.timeout},
      {"details", details}}.dump();
  return attempt;
}

struct Verdict {
  bool passed = false;
  std::string detail;
};

// How the judge ended without a verdict.
std::string without_verdict(const SandboxResult& judge) {
  if (judge.end == SandboxEnd::timed_out) return "timeout";
  return fmt::format("the tests ended without a verdict ({})", sandbox_end_name(judge.end));
}

// The subject's end counts only where the judge could but say that it was gone.
std::string explained(std::string detail, const SandboxResult& subject) {
  const bool gone = detail.starts_with("the program ended");
  // Killed by signal 9 it was by us, when the judge had ended.
  const bool by_us = subject.end == SandboxEnd::killed && subject.signal == 9;
  if (!gone || by_us || subject.end == SandboxEnd::exited) return detail;
  if (subject.end == SandboxEnd::killed && subject.signal)
    return fmt::format("{} (signal {})", detail, *subject.signal);
  return fmt::format("{} ({})", detail, sandbox_end_name(subject.end));
}

Verdict read_verdict(const CodeAttempt& attempt, const SandboxResult& judge, const SandboxResult& subject) {
  for (const SandboxResult* side : {&judge, &subject})
    if (side->end == SandboxEnd::not_started)
      throw Error(ErrorKind::input, fmt::format("the sandbox could not start Python: {}", side->problem),
                  "costwar doctor says what works on this machine; the run goes on where it stopped");
  const Json verdict = Json::parse(judge.out, nullptr, false);
  if (!verdict.is_object() || judge.end != SandboxEnd::exited || judge.exit_code != 0)
    return {false, without_verdict(judge)};
  const std::string name = verdict.value("verdict", "");
  const std::string detail = verdict.value("detail", "");
  if (name == "bad_item")
    throw Error(ErrorKind::input, fmt::format("item {} cannot be scored: {}", attempt.item, detail),
                "its tests or its reference program are not whole; correct the task");
  if (name == "passed") return {true, detail.empty() ? "passed" : "passed, " + detail};
  if (name == "timeout") return {false, fmt::format("timeout after {} s", attempt.timeout)};
  return {false, explained(detail, subject)};
}

}  // namespace

struct CodeScorer::State {
  State(Sandbox& box, EventLoop& events, const std::string& search_path)
      : sandbox(box), loop(events), python(find_python(box.tier(), search_path)) {}

  using Judged = std::function<void(Verdict)>;

  SandboxJob python_job(const char* flags, const std::string& program, std::string input, double timeout) {
    SandboxJob job;
    job.argv = {python.program, flags, "-c", program};
    job.input = std::move(input);
    job.also_visible = visible_of(python);
    job.limits.cpu = nanoseconds(static_cast<std::int64_t>((timeout + 2) * 1e9));
    job.limits.wall = kStarting + job.limits.cpu;
    return job;
  }

  void judge(const std::shared_ptr<const CodeAttempt>& attempt, const std::string& code, Judged judged) {
    const std::string subject_input =
        Json{{"code", code}, {"prompt", attempt->prompt}, {"entry_point", attempt->entry_point}}.dump(
            -1, ' ', true, Json::error_handler_t::replace);
    sandbox.run_pair(
        python_job("-sSB", judge_text, attempt->judge_input, attempt->timeout),
        python_job("-sB", subject_text, subject_input, attempt->timeout),
        [attempt, judged = std::move(judged)](const SandboxResult& first, const SandboxResult& second) {
          judged(read_verdict(*attempt, first, second));
        });
  }

  Sandbox& sandbox;
  EventLoop& loop;
  PythonFacts python;
  std::string judge_text = judge_program();
  std::string subject_text = subject_program();
};

CodeScorer::CodeScorer(Sandbox& sandbox, EventLoop& loop, const std::string& search_path)
    : state_(std::make_shared<State>(sandbox, loop, search_path)) {}
CodeScorer::~CodeScorer() = default;

const PythonFacts& CodeScorer::python() const {
  return state_->python;
}

void CodeScorer::score(const ScorerRow& row, const Reply& reply, const Item& item,
                       std::function<void(ScoreResult)> done) {
  auto attempt = std::make_shared<const CodeAttempt>(read_item(row, item));
  const std::weak_ptr<State> weak = state_;
  std::string code = extract_code(reply.text);
  std::string other = extract_last_code(reply.text);
  if (code.size() > kLongestCode) {
    state_->loop.post([weak, done = std::move(done)] {
      if (!weak.expired()) done({0, false, "the program is longer than 1 MiB"});
    });
    return;
  }
  if (other == code || other.size() > kLongestCode) other.clear();
  state_->judge(attempt, code, [weak, attempt, other, done = std::move(done)](const Verdict& verdict) {
    const std::shared_ptr<State> state = weak.lock();
    if (!state) return;
    std::string detail = verdict.detail;
    if (state->sandbox.tier() == SandboxTier::restricted) detail += " (weaker sandbox)";
    if (state->sandbox.tier() == SandboxTier::none) detail += " (no sandbox)";
    ScoreResult result{verdict.passed ? 1.0 : 0.0, verdict.passed, std::move(detail)};
    if (other.empty()) {
      done(std::move(result));
      return;
    }
    state->judge(attempt, other, [weak, result, done](const Verdict& second) {
      if (weak.expired()) return;
      ScoreResult both = result;
      both.second_value = second.passed ? 1.0 : 0.0;
      done(std::move(both));
    });
  });
}

}  // namespace costwar::harness
