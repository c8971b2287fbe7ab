// promptfoo (promptfoo eval -o FILE.json): results of tests by provider and prompt under /results/results.
// A provider is a model; where there are several prompts, each pair of the two is one.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <variant>

#include "core/error.h"
#include "harness/import/foreign_values.h"
#include "harness/import/formats.h"
#include "harness/import/json_elements.h"

namespace costwar::harness {
namespace {

constexpr int kFailedByError = 2;  // failureReason: 0 none, 1 an assertion, 2 an error

const std::vector<std::string> kPath{"results", "results"};

std::string text_of(const Json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// "openai:chat:gpt-5.5" is OpenAI's gpt-5.5.
std::pair<std::string, std::string> promptfoo_model(const std::string& id) {
  const std::size_t first = id.find(':');
  if (first == std::string::npos || id.find("://") == first) return {"", id};
  std::string rest = id.substr(first + 1);
  for (const std::string_view kind : {"chat:", "completion:", "responses:", "messages:"})
    if (rest.starts_with(kind)) rest.erase(0, kind.size());
  return {id.substr(0, first), rest};
}

class Promptfoo final : public ResultSource {
 public:
  Promptfoo(ImportFile file, const ImportOptions& options)
      : file_(std::move(file)), options_(options), requested_(options.now) {
    JsonElements around(file_.open(), file_.name, kPath);
    while (around.next()) continue;
    const Json header = around.rest();
    if (!around.found())
      throw Error(ErrorKind::input, fmt::format("{}: there is nothing at /results/results", file_.name),
                  "promptfoo eval -o FILE.json writes what this reads");
    read_header(JsonIn(header, file_.name));
  }

  void rewind() override { results_.emplace(file_.open(), file_.name, kPath); }

  bool next(ImportedResult& result) override {
    if (!results_->next()) return false;
    const Json json = results_->value();
    read(JsonIn(json, results_->place()), result);
    return true;
  }

 private:
  void read_header(const JsonIn& in) {
    const JsonIn results = in.at("results");
    if (const auto time = read_wall(results.optional_string("timestamp").value_or("")))
      requested_ = time->wall;
    std::vector<std::string> prompts;  // a column is a prompt with a provider; the same prompt has several
    if (const auto listed = results.find("prompts"))
      for (const JsonIn& prompt : listed->elements()) {
        const std::string raw = prompt.optional_string("raw").value_or("");
        const auto known = std::find(prompts.begin(), prompts.end(), raw);
        prompt_numbers_.push_back(static_cast<std::size_t>(known - prompts.begin()) + 1);
        if (known == prompts.end()) prompts.push_back(raw);
      }
    several_prompts_ = prompts.size() > 1;
    task_ = options_.task;
    const auto config = in.find("config");
    if (task_.empty() && config) task_ = config->optional_string("description").value_or("");
    if (task_.empty()) {
      task_ = stem_of(file_.name);
      say(fmt::format("the task is {}", task_));
    }
    if (!config) return;
    if (const auto providers = config->find("providers"); providers && providers->raw().is_array())
      for (const JsonIn& provider : providers->elements())
        if (provider.raw().is_object())
          if (const auto own = provider.find("config")) {
            Json settings = Json::object();
            take_settings(own->raw(), settings);
            const std::string id = provider.optional_string("id").value_or("");
            if (!settings.empty() && !id.empty()) head_.settings[id] = std::move(settings);
          }
  }

  std::uint32_t model_of(const JsonIn& in) {
    const JsonIn provider = in.at("provider");
    const std::string id = provider.raw().is_string() ? provider.string() : provider.at("id").string();
    std::string name;
    if (provider.raw().is_object()) name = provider.optional_string("label").value_or("");
    if (name.empty()) name = id;
    if (several_prompts_) {
      const JsonIn column = in.at("promptIdx");
      const auto number = static_cast<std::size_t>(column.integer(0, 1'000'000));
      if (number >= prompt_numbers_.size()) column.fail("there is no such prompt in /results/prompts");
      name += fmt::format(" [prompt {}]", prompt_numbers_[number]);
    }
    const std::uint32_t index = model("", name);
    const auto [maker, api_name] = promptfoo_model(id);
    head_.models[index].provider = maker;
    head_.models[index].model = api_name;
    return index;
  }

  void read(const JsonIn& in, ImportedResult& result) {
    result.model = model_of(in);
    result.task = task(task_, options_.scorer.empty() ? "promptfoo" : options_.scorer, "");
    if (const auto prompt = in.find("prompt"))
      result.prompt =
          prompt->raw().is_string() ? prompt->string() : prompt->optional_string("raw").value_or("");
    const auto vars = in.find("vars");
    result.key = vars && !vars->raw().empty() ? vars->raw().dump() : result.prompt;
    if (result.key.empty()) result.key = fmt::format("test {}", in.at("testIdx").integer(0));
    if (const auto test = in.find("testCase"))
      if (const auto asserts = test->find("assert")) result.expected = expected_of(asserts->raw());
    const std::string error =
        in.find("error") && in.at("error").raw().is_string() ? in.at("error").string() : "";
    const bool failed = in.find("failureReason") ? in.at("failureReason").integer() == kFailedByError
                                                 : !error.empty() && !in.find("gradingResult");
    read_attempt(in, failed ? error : "", failed, result);
    if (!failed) read_scores(in, result);
  }

  static std::string expected_of(const Json& asserts) {
    std::string text;
    if (!asserts.is_array()) return text;
    for (const Json& each : asserts)
      if (each.is_object() && each.contains("value") && !each["value"].is_null())
        text += (text.empty() ? "" : " | ") + text_of(each["value"]);
    return text;
  }

  void read_attempt(const JsonIn& in, const std::string& error, bool failed, ImportedResult& result) {
    std::optional<Nanos> latency;
    if (const auto ms = in.optional_number("latencyMs"); ms && *ms > 0) latency = duration_of(*ms / 1000);
    AttemptRow row = ended_attempt(requested_, latency);
    Attempt& attempt = row.attempt;
    if (const auto response = in.find("response"); response && response->raw().is_object()) {
      if (const auto output = response->find("output")) attempt.text = text_of(output->raw());
      if (const auto reason = response->find("finishReason"); reason && reason->raw().is_string())
        attempt.finish_reason = reason->string();
      const auto cached = response->find("cached");
      const bool from_cache = cached && cached->raw().is_boolean() && cached->boolean();
      if (from_cache) {
        attempt.notes.push_back("from promptfoo's cache: its tokens were not counted again");
        attempt.timeline.end.reset();
      }
      if (const auto usage = response->find("tokenUsage"); usage && !from_cache) read_usage(*usage, attempt);
    }
    if (const auto cost = in.optional_number("cost"); cost && *cost > 0)  // 0 where promptfoo knows no price
      attempt.reported_cost = amount_of(Currency(), *cost);
    if (failed) {
      attempt.outcome = outcome_of_error(error);
      attempt.error_message = one_line(error, 2000);
    }
    result.attempts.push_back(std::move(row));
  }

  // completionDetails has the parts of completion, and what a cache of the vendor served of prompt.
  static void read_usage(const JsonIn& in, Attempt& attempt) {
    if (!in.raw().is_object() || in.raw().empty()) return;
    attempt.raw_usage = in.raw().dump();
    const auto count = [](const JsonIn& from, std::string_view key) -> std::optional<std::int64_t> {
      const auto found = from.find(key);
      return found && found->raw().is_number_integer() ? std::optional(found->integer()) : std::nullopt;
    };
    RawUsage raw;
    raw.input = count(in, "prompt");
    raw.output = count(in, "completion");
    raw.total = count(in, "total");
    if (!raw.input || !raw.output) return;
    if (const auto details = in.find("completionDetails"); details && details->raw().is_object()) {
      raw.reasoning = count(*details, "reasoning");
      raw.cached = count(*details, "cacheReadInputTokens");
      raw.cache_write = count(*details, "cacheCreationInputTokens");
    }
    auto usage = normalise_usage(UsageDialect::openai, raw);
    if (auto* counted = std::get_if<Usage>(&usage)) {
      attempt.usage = *counted;
    } else {
      attempt.notes.push_back("its token counts do not add up: " + std::get<UsageMismatch>(usage).message);
    }
  }

  void read_scores(const JsonIn& in, ImportedResult& result) {
    const bool success = in.at("success").boolean();
    const auto score = in.find("score");
    const auto value = score ? verdict(score->raw()) : std::nullopt;
    std::string reason;
    if (const auto grading = in.find("gradingResult"); grading && grading->raw().is_object()) {
      if (const auto why = grading->find("reason"); why && why->raw().is_string())
        reason = one_line(why->string());
      if (const auto parts = grading->find("componentResults"); parts && parts->raw().is_array())
        read_parts(*parts, result);
    }
    ScoreRow row = score_row("promptfoo", value.value_or(success ? 1 : 0), reason);
    row.solved = success;
    result.scores.push_back(std::move(row));
    if (const auto named = in.find("namedScores"); named && named->raw().is_object())
      for (const auto& [name, each] : named->members())
        if (const auto known = verdict(each.raw()))
          result.scores.push_back(score_row("named/" + name, *known, ""));
  }

  static void read_parts(const JsonIn& parts, ImportedResult& result) {
    std::map<std::string, int> uses;
    for (const JsonIn& part : parts.elements()) {
      if (!part.raw().is_object()) continue;
      const auto assertion = part.find("assertion");
      if (!assertion || !assertion->raw().is_object()) continue;
      std::string name = "assert/" + assertion->optional_string("type").value_or("unknown");
      if (const int use = ++uses[name]; use > 1) name += fmt::format("#{}", use);
      const auto score = part.find("score");
      const auto pass = part.find("pass");
      const auto known = score && verdict(score->raw()) ? verdict(score->raw())
                         : pass                         ? verdict(pass->raw())
                                                        : std::nullopt;
      if (!known) continue;
      const auto why = part.find("reason");
      ScoreRow row = score_row(name, *known, why && why->raw().is_string() ? one_line(why->string()) : "");
      if (pass && pass->raw().is_boolean()) row.solved = pass->boolean();
      result.scores.push_back(std::move(row));
    }
  }

  ImportFile file_;
  ImportOptions options_;
  Wall requested_;
  std::string task_;
  bool several_prompts_ = false;
  std::vector<std::size_t> prompt_numbers_;  // by column
  std::optional<JsonElements> results_;
};

}  // namespace

ResultSources open_promptfoo(std::span<const ImportFile> files, const ImportOptions& options) {
  ResultSources sources;
  for (const ImportFile& file : files) sources.push_back(std::make_unique<Promptfoo>(file, options));
  return sources;
}

bool looks_like_promptfoo(std::string_view, std::string_view beginning) {
  return beginning.find("\"evalId\"") != std::string_view::npos ||
         (beginning.find("\"promptIdx\"") != std::string_view::npos &&
          beginning.find("\"results\"") != std::string_view::npos);
}

}  // namespace costwar::harness
