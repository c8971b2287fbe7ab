#include "pricing/traffic/csv_records.h"

#include <algorithm>
#include <cctype>

namespace costwar::pricing {
namespace {

// Down the tree along a path; also with '.' for '/'.
const FieldTree::Entry* walk(const FieldTree& tree, std::string_view path, char separator) {
  std::uint32_t node = FieldTree::kRoot;
  for (;;) {
    const std::size_t end = path.find(separator);
    const FieldTree::Entry* entry = tree.find(node, path.substr(0, end));
    if (entry == nullptr || end == std::string_view::npos) return entry;
    if (entry->child == FieldTree::kNone) return nullptr;
    node = entry->child;
    path.remove_prefix(end + 1);
  }
}

bool is_object(Target target) {
  return target.slot == Slot::usage || target.slot == Slot::timings;
}

std::string_view last_key(std::string_view name) {
  const std::size_t separator = name.find_last_of("./");
  return separator == std::string_view::npos ? name : name.substr(separator + 1);
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
    Column column;
    column.name = name;
    if (!understand(column, tree, name)) {
      const std::string other = lower(name);
      if (!understand(column, tree, other)) unknown_.push_back(column.name);
    }
    counts_tokens_ = counts_tokens_ || column.usage != nullptr || column.target.slot == Slot::raw ||
                     column.target.slot == Slot::meter;
    columns_.push_back(std::move(column));
  }
}

// False where the name means nothing.
bool CsvColumns::understand(Column& column, const FieldTree& tree, std::string_view name) {
  for (const FieldTree::Entry* entry :
       {tree.find(FieldTree::kRoot, name), walk(tree, name, '/'), walk(tree, name, '.')}) {
    if (entry == nullptr) continue;
    if (column.tag == FieldTree::kNoTag) column.tag = entry->tag;
    // A cell holds no object.
    if (column.target.slot == Slot::none && !is_object(entry->target)) column.target = entry->target;
  }
  if (column.target.slot == Slot::none || column.target.slot == Slot::keyed) {
    column.target = {};
    column.usage = raw_usage_field(last_key(name));
    column.whole_prompt = column.usage != nullptr && last_key(name) == kWholePrompt;
  }
  return column.target.slot != Slot::none || column.usage != nullptr || column.tag != FieldTree::kNoTag;
}

Draft CsvColumns::draft(std::span<const std::string_view> fields) const {
  Draft draft;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    const std::string_view field = fields[i];
    if (field.empty()) continue;
    if (column.tag != FieldTree::kNoTag) draft.tags[column.tag] = field;
    if (column.usage == nullptr) {
      draft.take_text(column.target, field, column.name);
    } else if (const auto count = whole_count(field)) {
      draft.take_keyed(*column.usage, column.whole_prompt, *count);
    } else {
      draft.bad_field = column.name;
    }
  }
  return draft;
}

}  // namespace costwar::pricing
