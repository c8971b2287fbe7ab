#include "harness/tasks/task_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_set>

#include "core/error.h"
#include "core/random.h"
#include "core/suggest.h"
#include "harness/builtin_tasks.h"
#include "harness/item_id.h"
#include "harness/scoring/scorers.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kMostAnswerBytes = std::size_t{1} << 30;

// Records that ask the same are told apart by their numbers: all but the first of the sample get another id.
// Sorted by a hash instead of held in a set: there may be millions.
void tell_apart(ItemList& items, const std::vector<std::size_t>& records, const std::string& task,
                int version) {
  std::vector<std::pair<std::size_t, std::size_t>> hashes;  // of the id, and its place
  hashes.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i)
    hashes.emplace_back(std::hash<std::string>()(items[i].id), i);
  std::sort(hashes.begin(), hashes.end());
  std::unordered_set<std::string> same;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const bool begins = i == 0 || hashes[i].first != hashes[i - 1].first;
    if (begins) same.clear();
    if (begins && (i + 1 == hashes.size() || hashes[i + 1].first != hashes[i].first)) continue;
    Item item = items[hashes[i].second];
    if (same.insert(item.id).second) continue;
    item.id = item_id(task, version, item.id, static_cast<std::uint64_t>(records[hashes[i].second]));
    items.replace(hashes[i].second, std::move(item));
  }
}

}  // namespace

RunTask run_task(const TaskPart& part) {
  const ScorerRow* scorer = find_scorer(part.scorer);
  if (scorer == nullptr) {
    std::vector<std::string_view> names;
    for (const ScorerRow& row : scorers()) names.push_back(row.name);
    const auto near = nearest_name(part.scorer, std::span<const std::string_view>(names));
    throw Error(
        ErrorKind::input,
        fmt::format("the task {} is scored by \"{}\", and there is no such scorer", part.name, part.scorer),
        near ? fmt::format("did you mean {}?", *near) : fmt::format("there are {}", fmt::join(names, ", ")));
  }
  if (scorer->name == kPairwiseScorer)
    throw Error(ErrorKind::input,
                fmt::format("the task {} is scored by \"{}\", which compares two models of a run", part.name,
                            part.scorer),
                "take judge_rating or judge_correct");
  if (part.scorer_version && *part.scorer_version != scorer->version)
    throw Error(ErrorKind::input,
                fmt::format("the task {} was written for version {} of the scorer {}; this is version {}",
                            part.name, *part.scorer_version, part.scorer, scorer->version),
                "see what changed in docs/scoring.md, then change the version in the manifest");
  return {part.name, std::string(scorer->name), scorer->version, part.title};
}

std::vector<std::size_t> sample_without_replacement(std::uint64_t seed, std::string_view stream,
                                                    std::size_t count, std::size_t n) {
  RandomStream random(seed, stream);
  std::vector<std::size_t> chosen;
  chosen.reserve(std::min(n, count));
  // Fisher-Yates over numbers of which only those that were moved are held.
  std::unordered_map<std::size_t, std::size_t> moved;
  const auto at = [&](std::size_t place) {
    const auto found = moved.find(place);
    return found == moved.end() ? place : found->second;
  };
  for (std::size_t i = 0; i < std::min(n, count); ++i) {
    const std::size_t other = i + static_cast<std::size_t>(random.below(count - i));
    chosen.push_back(at(other));
    if (other != i) moved[other] = at(i);
    moved.erase(i);  // never looked at again
  }
  return chosen;
}

TaskReader::TaskReader(const Manifest& manifest, const TaskPart& part, OpenTaskFile open)
    : manifest_(manifest), part_(part), open_(std::move(open)) {
  choose_rule();
  if (!rule_->answers_file().empty()) read_answers();
}

std::unique_ptr<Records> TaskReader::open() const {
  return Records::open(open_(part_.file), part_.file, rule_->reader());
}

void TaskReader::choose_rule() {
  rule_ = part_.rules.front();
  if (part_.rules.size() == 1) return;
  for (const auto& rule : part_.rules) {
    rule_ = rule;
    try {
      const auto records = open();
      if (records->next() && rule->fits(records->value())) return;
    } catch (const Error&) {
      continue;  // not in this format
    }
  }
  throw Error(ErrorKind::input,
              fmt::format("{}: its first record fits none of the layouts of {} that are known", part_.file,
                          manifest_.name),
              "docs/tasks.md lists them; `costwar tasks add FILE --map ...` takes any other");
}

void TaskReader::read_answers() {
  const std::string& file = rule_->answers_file();
  const auto records = Records::open(open_(file), file, {});
  std::size_t bytes = 0;
  while (records->next()) {
    const Json answer = records->value();
    std::string text = answer.dump(-1, ' ', false, Json::error_handler_t::replace);
    bytes += text.size();
    if (bytes > kMostAnswerBytes)
      throw Error(ErrorKind::input,
                  fmt::format("{}: more than {} MiB of answers", file, kMostAnswerBytes >> 20));
    const std::string key = rule_->answers_key().text({&answer, nullptr, records->place()});
    if (!answers_.emplace(key, std::move(text)).second)
      throw Error(ErrorKind::input,
                  fmt::format("{}: there is another answer for \"{}\"", records->place(), key));
  }
}

LoadedItem TaskReader::make(const Records& records, std::int64_t number, std::uint64_t seed) const {
  const Json record = records.value();
  Json answer;
  if (!rule_->answers_file().empty()) {
    const auto found = answers_.find(rule_->own_key().text({&record, nullptr, records.place()}));
    if (found != answers_.end()) answer = parse_json(found->second, rule_->answers_file());
  }
  LoadedItem made = rule_->make(part_.name, manifest_.version, seed,
                                {&record, answer.is_null() ? nullptr : &answer, records.place()});
  made.number = number;
  return made;
}

void TaskReader::each(std::uint64_t seed, const std::function<bool(LoadedItem&&)>& each) {
  const auto records = open();
  for (std::int64_t number = 0; records->next(); ++number)
    if (!each(make(*records, number, seed))) return;
}

SampledItems TaskReader::sample(std::uint64_t seed, std::size_t n) {
  SampledItems sampled;
  for (const auto records = open(); records->next();) ++sampled.available;
  sampled.task.task = run_task(part_);
  if (sampled.available == 0)
    throw Error(ErrorKind::input, fmt::format("{}: there is no record in it", part_.file));
  const std::vector<std::size_t> chosen =
      sample_without_replacement(seed, "task/" + part_.name, sampled.available, n);
  std::vector<std::pair<std::size_t, std::size_t>> wanted;  // record, and its place in the sample
  wanted.reserve(chosen.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) wanted.emplace_back(chosen[i], i);
  std::sort(wanted.begin(), wanted.end());
  ItemList& items = sampled.task.items;  // in the file's order, for now
  items.reserve(wanted.size());
  std::vector<std::size_t> order(wanted.size());
  const auto records = open();
  for (std::size_t number = 0; items.size() < wanted.size() && records->next(); ++number) {
    const auto& [record, place] = wanted[items.size()];
    if (record != number) continue;
    order[place] = items.size();
    items.push_back(make(*records, static_cast<std::int64_t>(number), seed).item);
  }
  if (items.size() < wanted.size())
    throw Error(ErrorKind::input, fmt::format("{}: the file became shorter while it was read", part_.file));
  items.reorder(order);
  tell_apart(items, chosen, part_.name, manifest_.version);
  return sampled;
}

}  // namespace costwar::harness
