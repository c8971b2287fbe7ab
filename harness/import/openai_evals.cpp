// OpenAI evals (openai/evals, oaieval --record_path): JSON Lines of {"spec": ...}, events and, at the end,
// {"final_report": ...}. Samples run side by side, so that their events are mixed; they are therefore held
// until the end of the log, which may be no larger than a limit.

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "core/error.h"
#include "harness/import/foreign_values.h"
#include "harness/import/formats.h"
#include "harness/import/record_source.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kMostEvalText = std::size_t{256} << 20;

class OpenAiEvals final : public RecordSource {
 public:
  OpenAiEvals(const ImportFile& file, const ImportOptions& options)
      : RecordSource(file, {RecordFormat::jsonl}), options_(options) {}

  void rewind() override {
    RecordSource::rewind();
    if (results_.empty()) read_log();
    at_ = 0;
  }

  bool next(ImportedResult& result) override {
    if (at_ == results_.size()) return false;
    result = results_[at_++];
    return true;
  }

 private:
  void read_log() {
    std::size_t held = 0;
    while (records().next()) {
      const Json record = records().value();
      const JsonIn in(record, records().place());
      if (const auto spec = in.find("spec")) {
        read_spec(*spec);
      } else if (in.find("type")) {
        if (head_.models.empty())
          in.fail("events come before the log's spec", "the first line is {\"spec\": ...}");
        held += record.dump().size();
        if (held > kMostEvalText)
          throw Error(ErrorKind::input,
                      fmt::format("{}: more than {} MiB of events, which are mixed and have to be held",
                                  records().place(), kMostEvalText >> 20),
                      "cut the log by sample_id and import the parts");
        read_event(in);
      } else if (!in.find("final_report")) {
        in.fail("neither spec, event nor final_report");
      }
    }
    for (ImportedResult& result : results_)
      if (result.key.empty()) result.key = result.prompt;
  }

  void read_spec(const JsonIn& spec) {
    std::string name = options_.model;
    if (name.empty())
      if (const auto functions = spec.find("completion_fns"))
        for (const JsonIn& each : functions->elements()) {
          if (name.empty())
            name = each.string();
          else
            say(fmt::format("left out: the name of the second completion function, {}", each.string()));
        }
    if (name.empty()) name = spec.optional_string("model_name").value_or("");
    const std::size_t slash = name.find('/');
    (void)(slash == std::string::npos ? model("", name)
                                      : model(name.substr(0, slash), name.substr(slash + 1)));
    task_ = options_.task.empty() ? spec.at("eval_name").string() : options_.task;
    if (const auto config = spec.find("run_config")) {
      take_settings(config->raw(), head_.settings);
      if (const auto own = config->find("completion_fn_options"); own && own->raw().is_object())
        take_settings(own->raw(), head_.settings);
    }
  }

  ImportedResult& result_of(const JsonIn& in) {
    const std::string id = in.at("sample_id").string();
    const auto [known, added] = numbers_.emplace(id, results_.size());
    if (added) {
      results_.emplace_back();
      results_.back().key = id;
      results_.back().task = task(task_, scorer(), "");
    }
    return results_[known->second];
  }

  std::string scorer() const { return options_.scorer.empty() ? "match" : options_.scorer; }

  void read_event(const JsonIn& in) {
    const std::string type = in.at("type").string();
    if (type == "raw_sample" || type == "embedding") return;
    ImportedResult& result = result_of(in);
    const JsonIn data = in.at("data");
    const auto created = read_wall(in.optional_string("created_at").value_or(""));
    const Wall when = created ? created->wall : options_.now;
    if (type == "sampling") {
      read_sampling(data, when, result);
    } else if (type == "match") {
      read_match(data, result);
    } else if (type == "metrics") {
      read_metrics(data, result);
    } else if (type == "error") {
      AttemptRow row = ended_attempt(when, {});
      row.turn = static_cast<std::uint32_t>(result.attempts.size());
      const std::string message = data.optional_string("message").value_or("");
      row.attempt.outcome = outcome_of_error(message);
      row.attempt.error_message = one_line(message, 2000);
      result.attempts.push_back(std::move(row));
    } else {
      ++head_.left_out[fmt::format("events of type {}", one_line(type, 60))];
    }
  }

  static void read_sampling(const JsonIn& data, Wall when, ImportedResult& result) {
    AttemptRow row = ended_attempt(when, {});
    row.attempt.billing.completed = when;  // an event is recorded when its answer is there
    row.turn = static_cast<std::uint32_t>(result.attempts.size());
    if (const auto prompt = data.find("prompt"); prompt && result.prompt.empty())
      result.prompt = last_user_text(prompt->raw());
    if (const auto sampled = data.find("sampled")) {
      const Json& reply =
          sampled->raw().is_array() && !sampled->raw().empty() ? sampled->raw().front() : sampled->raw();
      row.attempt.text = reply.is_string() ? reply.get<std::string>() : reply.dump();
    }
    if (const auto served = data.find("model"); served && served->raw().is_string())
      row.attempt.billing.served_model = served->string();
    if (const auto usage = data.find("usage"); usage && usage->raw().is_object()) {
      row.attempt.raw_usage = usage->raw().dump();
      if (auto counted = usage_of(usage->raw())) row.attempt.usage = *counted;
    }
    result.attempts.push_back(std::move(row));
  }

  void read_match(const JsonIn& data, ImportedResult& result) {
    const bool correct = data.at("correct").boolean();
    const auto shown = [&](std::string_view key) -> std::string {
      const auto found = data.find(key);
      if (!found) return {};
      return found->raw().is_string() ? found->string() : found->raw().dump();
    };
    if (result.expected.empty()) result.expected = shown("expected");
    add(result, score_row("match", correct ? 1 : 0, one_line(shown("picked"))));
  }

  // Model-graded evaluations have no match: their score is a metric.
  void read_metrics(const JsonIn& data, ImportedResult& result) {
    for (const auto& [name, value] : data.members()) {
      const auto known = verdict(value.raw());
      if (!known) continue;
      const std::string detail = value.raw().is_string() ? one_line(value.string()) : "";
      add(result, score_row(name, *known, detail));
      if (name == "score" || name == "accuracy" || name == "correct") {
        const bool has_match = std::any_of(result.scores.begin(), result.scores.end(),
                                           [&](const ScoreRow& row) { return row.scorer == "match"; });
        if (!has_match) add(result, score_row("match", *known, name));
      }
    }
  }

  // The last word of a scorer counts: a sample is matched once.
  static void add(ImportedResult& result, ScoreRow row) {
    for (ScoreRow& known : result.scores)
      if (known.scorer == row.scorer) {
        known = std::move(row);
        return;
      }
    result.scores.push_back(std::move(row));
  }

  ImportOptions options_;
  std::string task_;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<ImportedResult> results_;
  std::size_t at_ = 0;
};

}  // namespace

ResultSources open_openai_evals(std::span<const ImportFile> files, const ImportOptions& options) {
  ResultSources sources;
  for (const ImportFile& file : files) sources.push_back(std::make_unique<OpenAiEvals>(file, options));
  return sources;
}

bool looks_like_openai_evals(std::string_view, std::string_view beginning) {
  const std::string_view line = beginning.substr(0, beginning.find('\n'));
  return line.find("\"spec\"") != std::string_view::npos &&
         line.find("\"eval_name\"") != std::string_view::npos;
}

}  // namespace costwar::harness
