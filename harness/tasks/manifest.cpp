#include "harness/tasks/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/error.h"
#include "core/json.h"
#include "harness/tasks/item_rule.h"

namespace costwar::harness {
namespace {

// What a subset or a layout may say anew; everything else is said once.
constexpr std::array<std::string_view, 15> kRuleMembers{
    "reader",   "fields",  "system", "prompt",  "messages", "turns", "choices",  "tools",
    "expected", "details", "key",    "answers", "cluster",  "group", "reference"};

constexpr std::uint64_t kLargestFile = std::uint64_t{16} << 30;
constexpr std::int64_t kMostItems = 1'000'000'000;
constexpr std::size_t kMostParts = 1000;

bool is_rule_member(std::string_view key) {
  return std::find(kRuleMembers.begin(), kRuleMembers.end(), key) != kRuleMembers.end();
}

void allow_only(const JsonIn& in, std::initializer_list<std::string_view> own) {
  for (const auto& [key, value] : in.members())
    if (!is_rule_member(key) && std::find(own.begin(), own.end(), key) == own.end())
      in.fail(fmt::format("the member \"{}\" is not known here", key),
              "docs/tasks.md has what a manifest may say");
}

// A name that stays within its folder.
bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && name.front() != '.' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
             std::string_view::npos;
}

TaskFile parse_file(const JsonIn& in) {
  in.allow_only({"name", "url", "bytes", "sha256"});
  TaskFile file{in.at("name").string(), in.optional_string("url").value_or("")};
  if (!is_file_name(file.name)) in.at("name").fail("expected a plain file name");
  if (!file.url.empty() && !file.url.starts_with("https://") && !file.url.starts_with("http://"))
    in.at("url").fail("expected an address, https://...");
  if (const auto bytes = in.find("bytes"))
    file.bytes = static_cast<std::uint64_t>(bytes->integer(0, static_cast<std::int64_t>(kLargestFile)));
  file.sha256 = in.optional_string("sha256").value_or("");
  const bool digest =
      file.sha256.size() == 64 && file.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!file.sha256.empty() && !digest) in.at("sha256").fail("expected 64 lower-case hexadecimal digits");
  return file;
}

void parse_scorer(const JsonIn& in, TaskPart& part) {
  if (in.raw().is_string()) {
    part.scorer = in.string();
  } else {
    in.allow_only({"name", "version"});
    part.scorer = in.at("name").string();
    if (const auto version = in.find("version"))
      part.scorer_version = static_cast<int>(version->integer(1, 1'000'000));
  }
  if (part.scorer.empty()) in.fail("a task needs a scorer");
}

// The members of `from` over those of `onto`, one level deep for objects that name several things.
void merge_rules(Json& onto, const Json& from) {
  for (const auto& [key, value] : from.items()) {
    if (!is_rule_member(key)) continue;
    const bool adds = (key == "fields" || key == "details") && onto.contains(key) && onto.at(key).is_object();
    if (adds && value.is_object()) {
      for (const auto& [name, field] : value.items()) onto[key][name] = field;
    } else {
      onto[key] = value;
    }
  }
}

void require_file(const JsonIn& in, const Manifest& manifest, const std::string& name) {
  const bool known = std::any_of(manifest.files.begin(), manifest.files.end(),
                                 [&](const TaskFile& file) { return file.name == name; });
  if (!known) in.fail(fmt::format("\"{}\" is not among the files", name));
}

class PartReader {
 public:
  PartReader(const JsonIn& root, const std::string& source, Manifest& manifest)
      : root_(root), source_(source), manifest_(manifest) {}

  void read(const JsonIn* subset) const {
    TaskPart part;
    part.name = manifest_.name;
    part.title = manifest_.title;
    parse_scorer(root_.at("scorer"), part);
    part.file = manifest_.files.front().name;
    const JsonIn& in = subset != nullptr ? *subset : root_;
    if (subset != nullptr) {
      allow_only(*subset, {"name", "title", "file", "items", "scorer"});
      const std::string name = subset->at("name").string();
      if (!is_task_name(name))
        subset->at("name").fail("expected a short name of lower-case letters, digits, - and _");
      part.name += "/" + name;
      part.title += ": " + subset->optional_string("title").value_or(name);
      if (const auto scorer = subset->find("scorer")) parse_scorer(*scorer, part);
    }
    if (const auto file = in.optional_string("file")) part.file = *file;
    require_file(in, manifest_, part.file);
    if (const auto items = in.find("items")) part.items = items->integer(1, kMostItems);
    add_rules(subset, part);
    manifest_.parts.push_back(std::move(part));
  }

 private:
  void add_rules(const JsonIn* subset, TaskPart& part) const {
    Json rule = Json::object();
    merge_rules(rule, root_.raw());
    if (subset != nullptr) merge_rules(rule, subset->raw());
    const std::string shown = subset != nullptr ? fmt::format("{} ({})", source_, part.name) : source_;
    const auto add = [&](const Json& each) {
      auto parsed = std::make_shared<const ItemRule>(ItemRule::parse(JsonIn(each, shown)));
      if (!parsed->answers_file().empty()) {
        require_file(root_, manifest_, parsed->answers_file());
        part.answers_file = parsed->answers_file();
      }
      part.rules.push_back(std::move(parsed));
    };
    const auto layouts = root_.find("layouts");
    if (!layouts) return add(rule);
    for (const JsonIn& layout : layouts->elements()) {
      allow_only(layout, {"name"});
      Json merged = rule;
      merge_rules(merged, layout.raw());
      add(merged);
    }
    if (part.rules.empty()) layouts->fail("expected at least one layout");
  }

  const JsonIn& root_;
  const std::string& source_;
  Manifest& manifest_;
};

void check_names_once(const JsonIn& root, const Manifest& manifest) {
  std::set<std::string> seen;
  for (const TaskFile& file : manifest.files)
    if (!seen.insert(file.name).second) root.at("files").fail(fmt::format("\"{}\" stands twice", file.name));
  seen.clear();
  for (const TaskPart& part : manifest.parts)
    if (!seen.insert(part.name).second)
      root.at("subsets").fail(fmt::format("\"{}\" stands twice", part.name));
}

}  // namespace

bool is_task_name(std::string_view name) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyz0123456789";
  return !name.empty() && name.size() <= 64 && kFirst.find(name.front()) != std::string_view::npos &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string_view::npos;
}

Manifest Manifest::parse(std::string_view text, const std::string& source) {
  const Json document = parse_json(text, source);
  const JsonIn root(document, source);
  if (!document.is_object()) root.fail("expected an object");
  allow_only(root,
             {"$schema", "schema_version", "name", "version", "title", "area", "licence", "attribution",
              "homepage", "note", "made_from", "items", "files", "scorer", "subsets", "layouts", "file"});
  root.at("schema_version").integer(1, 1);
  Manifest manifest;
  manifest.name = root.at("name").string();
  if (!is_task_name(manifest.name))
    root.at("name").fail("expected a short name of lower-case letters, digits, - and _");
  if (const auto version = root.find("version"))
    manifest.version = static_cast<int>(version->integer(1, 1'000'000));
  manifest.title = root.at("title").string();
  manifest.area = root.optional_string("area").value_or("");
  manifest.licence = root.optional_string("licence").value_or("");
  manifest.attribution = root.optional_string("attribution").value_or("");
  manifest.homepage = root.optional_string("homepage").value_or("");
  manifest.note = root.optional_string("note").value_or("");
  manifest.made_from = root.optional_string("made_from").value_or("");
  for (const JsonIn& file : root.at("files").elements()) manifest.files.push_back(parse_file(file));
  if (manifest.files.empty()) root.at("files").fail("expected at least one file");
  const PartReader reader(root, source, manifest);
  if (const auto subsets = root.find("subsets")) {
    const std::vector<JsonIn> all = subsets->elements();
    if (all.empty() || all.size() > kMostParts)
      subsets->fail(fmt::format("expected 1 to {} subsets", kMostParts));
    for (const JsonIn& subset : all) reader.read(&subset);
  } else {
    reader.read(nullptr);
  }
  check_names_once(root, manifest);
  return manifest;
}

bool Manifest::user_supplied() const {
  return std::any_of(files.begin(), files.end(), [](const TaskFile& file) { return file.url.empty(); });
}

const TaskPart* Manifest::find(std::string_view part_name) const {
  const auto found =
      std::find_if(parts.begin(), parts.end(), [&](const TaskPart& part) { return part.name == part_name; });
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace costwar::harness
