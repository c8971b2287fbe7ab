#include "pricing/traffic/csv_records.h"

#include <algorithm>
#include <cctype>

namespace costwar::pricing {
namespace {

// Down the tree along a path; also with '.' for '/'.
Target walk(const FieldTree& tree, std::string_view path, char separator) {
  std::uint32_t node = FieldTree::kRoot;
  for (;;) {
    const std::size_t end = path.find(separator);
    const FieldTree::Entry* entry = tree.find(node, path.substr(0, end));
    if (entry == nullptr) return {};
    if (end == std::string_view::npos) return entry->target;
    if (entry->child == FieldTree::kNone) return {};
    node = entry->child;
    path.remove_prefix(end + 1);
  }
}

bool is_object(Target target) {
  return target.slot == Slot::usage || target.slot == Slot::timings;
}

Target target_of(const FieldTree& tree, std::string_view name) {
  const FieldTree::Entry* entry = tree.find(FieldTree::kRoot, name);
  Target target = entry != nullptr ? entry->target : Target();
  if (target.slot == Slot::none) target = walk(tree, name, '/');
  if (target.slot == Slot::none) target = walk(tree, name, '.');
  return is_object(target) ? Target() : target;  // a cell holds no object
}

const RawUsageField* usage_key(std::string_view name) {
  const std::size_t separator = name.find_last_of("./");
  return raw_usage_field(separator == std::string_view::npos ? name : name.substr(separator + 1));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(c == ' ' ? '_' : std::tolower(c)); });
  return out;
}

}  // namespace

CsvColumns::CsvColumns(const FieldTree& tree, std::span<const std::string_view> header) {
  for (const std::string_view name : header) {
    Column column{std::string(name), target_of(tree, name), nullptr};
    if (column.target.slot == Slot::none) column.usage = usage_key(name);
    if (column.target.slot == Slot::none && column.usage == nullptr) {
      const std::string other = lower(name);
      column.target = target_of(tree, other);
      if (column.target.slot == Slot::none) column.usage = usage_key(other);
    }
    if (column.target.slot == Slot::none && column.usage == nullptr) unknown_.push_back(column.name);
    counts_tokens_ = counts_tokens_ || column.usage != nullptr || column.target.slot == Slot::raw ||
                     column.target.slot == Slot::meter;
    columns_.push_back(std::move(column));
  }
}

Draft CsvColumns::draft(std::span<const std::string_view> fields) const {
  Draft draft;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    const std::string_view field = fields[i];
    if (field.empty()) continue;
    if (column.usage == nullptr) {
      draft.take_text(column.target, field, column.name);
      continue;
    }
    const auto count = whole_number(field);
    if (!count) {
      draft.bad_field = column.name;
      continue;
    }
    draft.raw.*column.usage->member = *count;
    draft.has_raw = true;
    if (column.usage->dialect) draft.dialect = column.usage->dialect;
    if (column.name == "prompt_tokens") draft.prompt_tokens = true;
  }
  return draft;
}

}  // namespace costwar::pricing
