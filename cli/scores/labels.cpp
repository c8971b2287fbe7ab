#include "cli/scores/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "cli/scores/stored_run.h"
#include "core/error.h"
#include "core/json.h"
#include "harness/tasks/records.h"

namespace costwar::cli {
namespace {

// As text, whether it stood in a table or in JSON.
std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
  return value.is_null() ? "" : value.dump();
}

std::string member(const Json& record, const char* key) {
  return record.is_object() && record.contains(key) ? text_of(record.at(key)) : std::string();
}

template <typename T>
std::optional<T> number(const std::string& text) {
  T value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

double label_of(const Json& record, const std::string& place) {
  std::string text = member(record, "label");
  if (text.empty()) text = member(record, "score");
  if (text == "true") text = "1";
  if (text == "false") text = "0";
  const auto value = number<double>(text);
  if (!value || !(*value >= 0 && *value <= 1))
    throw Error(ErrorKind::input,
                text.empty() ? fmt::format("{}: there is no label", place)
                             : fmt::format("{}: the label \"{}\" is no number from 0 to 1", place, text),
                "give each record item and label, as in {\"item\":\"00112233445566aa\",\"label\":1}");
  return *value;
}

class LabelsReader {
 public:
  LabelsReader(const RunColumns& run, const std::vector<std::string>& ids) : run_(run) {
    for (std::size_t trial = 0; trial < run.trials.size(); ++trial) {
      trials_[key(ids.at(trial), run.trials.model[trial], run.trials.repeat[trial])] = trial;
      repeats_ = std::max(repeats_, run.trials.repeat[trial] + 1);
    }
  }

  void take(const Json& record, const std::string& place) {
    const std::string item = member(record, "item");
    if (item.empty())
      throw Error(ErrorKind::input, fmt::format("{}: there is no item", place),
                  "costwar runs export RUN has the items of a run");
    const double label = label_of(record, place);
    const std::size_t model = model_of(member(record, "model"), place);
    const std::uint32_t repeat = repeat_of(member(record, "repeat"), place);
    const auto found = trials_.find(key(item, model, repeat));
    if (found == trials_.end())
      throw Error(ErrorKind::input,
                  fmt::format("{}: run {} has no reply of {} to item {}{}", place, run_.header.id,
                              run_.header.models[model].name, item,
                              repeats_ > 1 ? fmt::format(", repeat {}", repeat) : ""),
                  "costwar runs export RUN has the items of a run");
    if (!labels_.emplace(found->second, label).second)
      throw Error(
          ErrorKind::input,
          fmt::format("{}: item {} of {} is labelled twice", place, item, run_.header.models[model].name),
          "give each reply one label");
  }

  Labels labels() { return std::move(labels_); }

 private:
  using Key = std::tuple<std::string, std::size_t, std::uint32_t>;
  static Key key(const std::string& item, std::size_t model, std::uint32_t repeat) {
    return {item, model, repeat};
  }

  std::size_t model_of(const std::string& name, const std::string& place) const {
    if (!name.empty()) {
      try {
        return require_model(run_.header, name);
      } catch (const Error& error) {
        throw Error(ErrorKind::input, fmt::format("{}: {}", place, error.what()), error.hint());
      }
    }
    if (run_.header.models.size() == 1) return 0;
    throw Error(ErrorKind::input, fmt::format("{}: the run has several models, and none is named", place),
                "a label is of one reply: give each record its model");
  }

  std::uint32_t repeat_of(const std::string& text, const std::string& place) const {
    if (text.empty() && repeats_ == 1) return 0;
    if (const auto repeat = number<std::uint32_t>(text)) return *repeat;
    throw Error(ErrorKind::input,
                text.empty() ? fmt::format("{}: items are repeated, and no repeat is named", place)
                             : fmt::format("{}: the repeat \"{}\" is no number", place, text),
                "a label is of one reply: give each record its repeat, from 0");
  }

  const RunColumns& run_;
  std::map<Key, std::size_t> trials_;
  std::uint32_t repeats_ = 1;
  Labels labels_;
};

}  // namespace

Labels read_labels(ByteSource bytes, const std::string& source, const RunColumns& run,
                   const std::vector<std::string>& ids) {
  const auto records = harness::Records::open(std::move(bytes), source, {});
  LabelsReader reader(run, ids);
  while (records->next()) reader.take(records->value(), records->place());
  Labels labels = reader.labels();
  if (labels.empty())
    throw Error(ErrorKind::input, fmt::format("{}: it holds no label", source),
                "give each record item and label");
  return labels;
}

Agreement find_agreement(const RunColumns& run, const std::vector<std::optional<GivenScore>>& scores,
                         const Labels& labels) {
  Agreement found;
  found.models.resize(run.header.models.size());
  std::set<std::uint32_t> clusters(run.trials.cluster.begin(), run.trials.cluster.end());
  found.clustered = clusters.size() < run.items;
  for (const auto& [trial, label] : labels) found.binary = found.binary && (label == 0 || label == 1);
  for (std::size_t trial = 0; trial < scores.size(); ++trial) {
    const auto label = labels.find(trial);
    found.clustered = found.clustered || run.trials.repeat[trial] > 0;
    if (!scores[trial]) {
      found.without_score += label != labels.end() ? 1 : 0;
      continue;
    }
    ModelAgreement& model = found.models[run.trials.model[trial]];
    const double value = found.binary ? (scores[trial]->solved ? 1.0 : 0.0) : scores[trial]->value;
    ++model.scored;
    model.sum += value;
    if (label == labels.end()) {
      model.unlabelled.push_back(value);
      continue;
    }
    model.pairs.push_back({label->second, value});
    ++model.counts[(scores[trial]->solved ? 2U : 0U) + (label->second >= 0.5 ? 1U : 0U)];
  }
  return found;
}

}  // namespace costwar::cli
