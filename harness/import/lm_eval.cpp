// lm-evaluation-harness (EleutherAI): results_DATE.json has the settings and totals, samples_TASK_DATE.jsonl
// a line for each document and filter (--log_samples). Of several filters the first is the one that solves;
// the lines of the others are further scores of the same trial.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "core/error.h"
#include "core/text.h"
#include "harness/import/foreign_values.h"
#include "harness/import/formats.h"
#include "harness/tasks/records.h"
#include "system/byte_file.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kLargestResults = std::size_t{64} << 20;
constexpr std::string_view kLmEvalSamples = "samples_";

struct SamplesFile {
  ImportFile file;
  std::string task;
};

bool is_samples(const ImportFile& file) {
  return file.name.ends_with(".jsonl") || file.name.ends_with(".jsonl.gz");
}

// "samples_TASK_2026-11-27T06-18-18.123456.jsonl": the task and the date.
std::pair<std::string, std::string> task_and_date(const std::string& name) {
  std::string stem = name.substr(0, name.find(".jsonl"));
  if (stem.starts_with(kLmEvalSamples)) stem.erase(0, kLmEvalSamples.size());
  const std::size_t dash = stem.rfind('_');
  if (dash == std::string::npos || stem.find('T', dash) == std::string::npos) return {stem, ""};
  return {stem.substr(0, dash), stem.substr(dash + 1)};
}

std::string read_whole(const ImportFile& file) {
  const ByteSource bytes = file.open();
  std::string text;
  std::string piece(std::size_t{64} << 10, '\0');
  while (const std::size_t got = bytes(piece)) {
    text.append(piece, 0, got);
    if (text.size() > kLargestResults)
      throw Error(ErrorKind::input, fmt::format("{}: more than {} MiB", file.name, kLargestResults >> 20));
  }
  return text;
}

// model_args as a mapping, or as the text "model=NAME,base_url=...".
std::string argument(const Json& arguments, std::string_view key) {
  if (arguments.is_object()) {
    const auto found = arguments.find(key);
    return found != arguments.end() && found->is_string() ? found->get<std::string>() : "";
  }
  if (!arguments.is_string()) return {};
  std::string_view rest = arguments.get_ref<const std::string&>();
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    if (part.starts_with(key) && part.substr(key.size()).starts_with('='))
      return std::string(part.substr(key.size() + 1));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  }
  return {};
}

class LmEval final : public ResultSource {
 public:
  LmEval(std::optional<Json> results, const std::string& results_name, std::vector<SamplesFile> files,
         const ImportOptions& options)
      : files_(std::move(files)), options_(options), requested_(options.now) {
    model_ = options.model;
    if (results) read_results(*results, results_name);
    if (model_.empty()) {
      const std::filesystem::path folder = files_.front().file.path.parent_path().filename();
      model_ = folder.empty() ? "unknown" : folder.string();
      say(fmt::format("the model is {}, by the name of the folder", model_));
    }
    (void)model("", model_);
  }

  void rewind() override {
    at_ = 0;
    results_ = 0;
    open();
  }

  bool next(ImportedResult& result) override {
    while (!records_->next()) {
      if (++at_ == files_.size()) return false;
      open();
    }
    const Json record = records_->value();
    read(JsonIn(record, records_->place()), result);
    return true;
  }

 private:
  void open() {
    records_ = Records::open(files_[at_].file.open(), files_[at_].file.name, {RecordFormat::jsonl});
    trial_of_.clear();
    first_filter_.clear();
    main_.clear();  // every task has metrics of its own
  }

  void read_results(const Json& results, const std::string& name) {
    const JsonIn in(results, name);
    if (const auto date = in.optional_number("date"); date && *date > 0 && *date < 4e9)
      requested_ = Wall{static_cast<std::int64_t>(*date * 1e9)};
    const auto config = in.find("config");
    if (config) {
      if (const auto arguments = config->find("model_args"); arguments && model_.empty()) {
        model_ = argument(arguments->raw(), "model");
        if (model_.empty()) model_ = argument(arguments->raw(), "pretrained");
      }
      if (const auto generation = config->find("gen_kwargs"))
        take_settings(generation->raw(), head_.settings);
    }
    if (model_.empty()) model_ = in.optional_string("model_name").value_or("");
    const auto configs = in.find("configs");
    for (const SamplesFile& samples : files_) {
      if (!configs) break;
      const auto task_config = configs->find(samples.task);
      if (!task_config) continue;
      take_settings(task_config->raw(), head_.settings);
      if (const auto generation = task_config->find("generation_kwargs"))
        take_settings(generation->raw(), head_.settings);
    }
  }

  void read(const JsonIn& in, ImportedResult& result) {
    const std::int64_t doc = in.at("doc_id").integer(0);
    const std::string filter = in.optional_string("filter").value_or("none");
    if (first_filter_.empty()) first_filter_ = filter;
    const auto [known, added] = trial_of_.emplace(doc, results_);
    if (added) {
      ++results_;
    } else {
      result.of = known->second;
      if (filter == first_filter_)
        in.at("doc_id").fail(fmt::format("document {} stands twice for the filter {}", doc, filter));
    }
    read_scores(in, filter, result);
    if (result.of) return;
    result.model = 0;
    if (main_.empty() && !result.scores.empty()) main_ = result.scores.front().scorer;
    const SamplesFile& file = files_[at_];
    result.task = task(options_.task.empty() ? file.task : options_.task,
                       options_.scorer.empty() ? main_ : options_.scorer, "");
    result.prompt = prompt_of(in, result.key);
    if (const auto target = in.find("target"))
      result.expected = target->raw().is_string() ? target->string() : target->raw().dump();
    read_replies(in, result);
  }

  // Names of metrics as lm-eval writes them, "exact_match,strict-match"; without a filter the metric alone.
  void read_scores(const JsonIn& in, const std::string& filter, ImportedResult& result) {
    std::vector<std::string> metrics;
    if (const auto named = in.find("metrics")) metrics = named->strings();
    for (const std::string& metric : metrics) {
      const auto value = in.find(metric);
      const std::string scorer = filter == "none" ? metric : metric + "," + filter;
      const auto known = value ? verdict(value->raw()) : std::nullopt;
      if (!known) {
        if (results_seen_.insert(scorer).second)
          say(fmt::format("left out: {}, which is no score from 0 to 1", scorer));
        continue;
      }
      std::string detail;
      if (const auto replies = in.find("filtered_resps");
          replies && replies->raw().is_array() && !replies->raw().empty())
        detail = one_line(replies->raw().front().is_string() ? replies->raw().front().get<std::string>()
                                                             : replies->raw().front().dump());
      result.scores.push_back(score_row(scorer, *known, detail));
    }
  }

  // arguments is {"gen_args_0": {"arg_0": [PROMPT], ...}, ...}, in older logs [[PROMPT, ...], ...].
  static std::string prompt_of(const JsonIn& in, std::string& key) {
    const auto arguments = in.find("arguments");
    const Json* first = arguments ? &arguments->raw() : nullptr;
    constexpr int kDeepest = 3;  // the text itself may stand in a list of one
    for (int i = 0; i < kDeepest && first != nullptr && first->is_structured(); ++i)
      first = first->empty() ? nullptr : &first->front();
    if (first == nullptr || !first->is_string()) {
      key = in.find("doc") ? in.at("doc").raw().dump() : std::to_string(in.at("doc_id").integer());
      return "";
    }
    key = first->get<std::string>();
    if (!key.starts_with("[{")) return key;
    const Json messages = Json::parse(key, nullptr, false);  // with a chat template the messages as JSON
    const std::string text = messages.is_array() ? last_user_text(messages) : "";
    if (text.empty()) return key;
    if (messages.size() == 1) key = text;
    return text;
  }

  void read_replies(const JsonIn& in, ImportedResult& result) const {
    const auto replies = in.find("resps");
    if (!replies || !replies->raw().is_array() || replies->raw().size() != 1) return;  // one a choice
    const Json& repeats = replies->raw().front();
    std::uint32_t turn = 0;
    if (!repeats.is_array()) return;
    for (const Json& reply : repeats) {
      if (!reply.is_string()) continue;
      result.attempts.push_back(ended_attempt(requested_, {}));
      result.attempts.back().turn = turn++;
      result.attempts.back().attempt.text = reply.get<std::string>();
    }
  }

  std::vector<SamplesFile> files_;
  ImportOptions options_;
  Wall requested_;
  std::string model_;
  std::string main_;
  std::string first_filter_;
  std::set<std::string> results_seen_;
  std::unique_ptr<Records> records_;
  std::unordered_map<std::int64_t, std::int64_t> trial_of_;  // by document
  std::size_t at_ = 0;
  std::int64_t results_ = 0;
};

// The samples beside a results file: those of its date.
void find_samples(const ImportFile& results, std::vector<SamplesFile>& samples) {
  std::string date = stem_of(results.name);
  date.erase(0, date.find('_') + 1);
  const std::filesystem::path folder = results.path.has_parent_path() ? results.path.parent_path() : ".";
  std::vector<std::filesystem::path> found;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kLmEvalSamples) && task_and_date(name).second == date) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  for (const auto& path : found)
    samples.push_back({{path.filename().string(), path, [path] { return open_bytes(path); }},
                       task_and_date(path.filename().string()).first});
}

}  // namespace

ResultSources open_lm_eval(std::span<const ImportFile> files, const ImportOptions& options) {
  std::optional<Json> results;
  std::string results_name;
  std::vector<SamplesFile> samples;
  const ImportFile* results_file = nullptr;
  for (const ImportFile& file : files) {
    if (is_samples(file)) {
      samples.push_back({file, task_and_date(file.name).first});
      continue;
    }
    if (results)
      throw Error(ErrorKind::usage, fmt::format("{} and {} are results of two runs", results_name, file.name),
                  "import them one after the other");
    results = parse_foreign_json(read_whole(file), file.name);
    if (!results->is_object() || !results->contains("results"))
      throw Error(ErrorKind::input, fmt::format("{}: it has no results of lm-evaluation-harness", file.name));
    results_name = file.name;
    results_file = &file;
  }
  if (samples.empty() && results_file != nullptr) find_samples(*results_file, samples);
  if (samples.empty())
    throw Error(ErrorKind::input, fmt::format("{}: there is no samples_*.jsonl with it", results_name),
                "lm_eval writes what each document got with --log_samples");
  ResultSources sources;
  sources.push_back(std::make_unique<LmEval>(std::move(results), results_name, std::move(samples), options));
  return sources;
}

bool looks_like_lm_eval(std::string_view name, std::string_view beginning) {
  if (name.starts_with(kLmEvalSamples) || beginning.find("\"doc_id\"") != std::string_view::npos)
    return beginning.find("\"resps\"") != std::string_view::npos;
  return name.starts_with("results_") && beginning.find("\"results\"") != std::string_view::npos;
}

}  // namespace costwar::harness
