// Inspect (UK AISI, inspect_ai): a log is a .eval file, a zip archive of one JSON file a sample, or one .json
// file with all of them under /samples. A log of an evaluation that did not end has what had ended by then.

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "core/error.h"
#include "harness/import/foreign_values.h"
#include "harness/import/formats.h"
#include "harness/import/import_file.h"
#include "harness/import/inspect_sample.h"
#include "harness/import/json_elements.h"
#include "system/zip_file.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kLargestMember = JsonElements::kLongestElement;
constexpr std::string_view kInspectSamples = "samples/";

// Providers of Inspect that only say how to talk to a server; the one behind them is next.
std::pair<std::string, std::string> inspect_model(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos) return {"", name};
  const std::string first = name.substr(0, slash);
  const std::string rest = name.substr(slash + 1);
  if (first == "openai-api" && rest.find('/') != std::string::npos)
    return {rest.substr(0, rest.find('/')), rest.substr(rest.find('/') + 1)};
  return {first, rest};
}

class InspectLog : public ResultSource {
 public:
  explicit InspectLog(const ImportOptions& options) : options_(options) {}

  bool next(ImportedResult& result) final {
    Json sample;
    std::string place;
    if (!next_sample(sample, place)) return false;
    InspectOthers others = read_inspect_sample(JsonIn(sample, place), eval_, judge_, result);
    if (judge_.empty() && !others.calls.empty()) {
      found_judge(others.calls.begin()->first);
      result = {};
      others = read_inspect_sample(JsonIn(sample, place), eval_, judge_, result);
    }
    for (const auto& [other, calls] : others.calls)
      if (other != judge_ && first_pass_) head_.left_out[fmt::format("calls of {}", other)] += calls;
    for (const auto& [why, times] : others.left_out) head_.left_out[why] += first_pass_ ? times : 0;
    result.model = 0;
    result.task = task(task_, eval_.scorer, title_);
    return true;
  }

  void rewind() final {
    first_pass_ = passes_++ == 0;
    begin();
  }

 protected:
  virtual void begin() = 0;
  virtual bool next_sample(Json& sample, std::string& place) = 0;

  // What stands around the samples.
  void read_header(const JsonIn& in) {
    const JsonIn eval = in.at("eval");
    eval_.model = eval.at("model").string();
    if (const auto created = read_wall(eval.optional_string("created").value_or("")))
      eval_.started = created->wall;
    if (eval_.started.ns == 0) eval_.started = options_.now;
    task_ = options_.task.empty() ? eval.at("task").string() : options_.task;
    title_ = eval.optional_string("task_display_name").value_or("");
    eval_.scorer = options_.scorer.empty() ? first_scorer(in) : options_.scorer;
    if (const auto config = eval.find("model_generate_config")) take_settings(config->raw(), head_.settings);
    if (const auto plan = in.find("plan"))
      if (const auto config = plan->find("config")) take_settings(config->raw(), head_.settings);
    if (const auto config = eval.find("config")) take_settings(config->raw(), head_.settings);
    const auto [provider, name] = inspect_model(eval_.model);
    model(provider, name);
    head_.models[0].name = options_.model.empty() ? eval_.model : options_.model;
    const std::string status = in.optional_string("status").value_or("cut off");
    if (status != "success")
      say(fmt::format("the evaluation did not succeed ({}): the log has the samples that had ended", status));
  }

 private:
  std::string first_scorer(const JsonIn& in) const {
    if (const auto scorers = in.at("eval").find("scorers"))
      for (const JsonIn& scorer : scorers->elements())
        if (auto name = scorer.optional_string("name")) return name->substr(name->rfind('/') + 1);
    if (const auto results = in.find("results"))
      if (const auto scores = results->find("scores"))
        for (const JsonIn& score : scores->elements())
          if (auto name = score.optional_string("name")) return *name;
    return "score";
  }

  // One other model can be the judge, whose calls are kept and priced apart.
  void found_judge(const std::string& name) {
    judge_ = name;
    const auto [provider, model] = inspect_model(name);
    ModelCard card;
    card.name = name;
    card.provider = provider;
    card.model = model;
    head_.judge = std::move(card);
  }

  ImportOptions options_;
  InspectEval eval_;
  std::string judge_;
  std::string task_;
  std::string title_;
  int passes_ = 0;
  bool first_pass_ = true;
};

class EvalArchive final : public InspectLog {
 public:
  EvalArchive(const ImportFile& file, const ImportOptions& options)
      : InspectLog(options), name_(file.name), zip_(file.path) {
    const bool ended = zip_.find("header.json").has_value();
    const auto header = ended ? zip_.find("header.json") : zip_.find("_journal/start.json");
    if (!header)
      throw Error(ErrorKind::input, fmt::format("{}: the archive has no header.json", name_),
                  "Inspect's .eval logs have one");
    const Json json = parse_foreign_json(zip_.read(*header, kLargestMember), name_);
    read_header(JsonIn(json, fmt::format("{}: {}", name_, zip_.names()[*header])));
    // A member that was written again stands twice: the last one counts.
    std::unordered_set<std::string_view> seen;
    for (std::size_t i = zip_.names().size(); i-- > 0;) {
      const std::string& member = zip_.names()[i];
      if (member.starts_with(kInspectSamples) && member.ends_with(".json") && seen.insert(member).second)
        samples_.push_back(i);
    }
    // Samples stand in the order in which they ended; by name, two logs of one evaluation are alike.
    std::sort(samples_.begin(), samples_.end(),
              [&](std::size_t a, std::size_t b) { return zip_.names()[a] < zip_.names()[b]; });
  }

 protected:
  void begin() override { at_ = 0; }

  bool next_sample(Json& sample, std::string& place) override {
    if (at_ == samples_.size()) return false;
    const std::size_t member = samples_[at_++];
    place = fmt::format("{}: {}", name_, zip_.names()[member]);
    sample = parse_foreign_json(zip_.read(member, kLargestMember), place);
    return true;
  }

 private:
  std::string name_;
  ZipFile zip_;
  std::vector<std::size_t> samples_;
  std::size_t at_ = 0;
};

class JsonLog final : public InspectLog {
 public:
  JsonLog(ImportFile file, const ImportOptions& options) : InspectLog(options), file_(std::move(file)) {
    JsonElements around(file_.open(), file_.name, {"samples"});
    while (around.next()) continue;
    const Json header = around.rest();
    read_header(JsonIn(header, file_.name));
    if (!around.found())
      throw Error(ErrorKind::input, fmt::format("{}: the log has no samples", file_.name),
                  "with --no-log-samples Inspect keeps the totals alone");
  }

 protected:
  void begin() override { samples_.emplace(file_.open(), file_.name, std::vector<std::string>{"samples"}); }

  bool next_sample(Json& sample, std::string& place) override {
    if (!samples_->next()) return false;
    sample = samples_->value();
    place = samples_->place();
    return true;
  }

 private:
  ImportFile file_;
  std::optional<JsonElements> samples_;
};

}  // namespace

ResultSources open_inspect(std::span<const ImportFile> files, const ImportOptions& options) {
  ResultSources sources;
  for (const ImportFile& file : files) {
    constexpr std::size_t kMark = 4;
    if (looks_like_zip(beginning_of(file, kMark)))
      sources.push_back(std::make_unique<EvalArchive>(file, options));
    else
      sources.push_back(std::make_unique<JsonLog>(file, options));
  }
  return sources;
}

bool looks_like_inspect(std::string_view name, std::string_view beginning) {
  if (looks_like_zip(beginning)) return name.ends_with(".eval");
  return beginning.find("\"eval\"") != std::string_view::npos &&
         beginning.find("\"status\"") != std::string_view::npos &&
         beginning.find("\"task\"") != std::string_view::npos;
}

}  // namespace costwar::harness
