#include "pricing/layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "core/error.h"

namespace costwar::pricing {
namespace {

template <typename B, typename F>
void each_evidence(B& book, const F& visit) {
  for (auto& record : book.prices) visit(record.evidence);
  for (auto& record : book.aliases) visit(record.evidence);
  for (auto& record : book.multipliers) visit(record.evidence);
  for (auto& record : book.units) visit(record.evidence);
}

// The records of one id, by layer.
using Layers = std::map<std::uint32_t, const Evidence*>;

std::map<std::string, Layers> records_by_id(const Book& book) {
  std::map<std::string, Layers> ids;
  each_evidence(book, [&](const Evidence& evidence) {
    const auto [first, fresh] = ids[evidence.id].emplace(evidence.layer, &evidence);
    if (!fresh)
      throw Error(ErrorKind::input, fmt::format("{}: the id '{}' is already used at {}", evidence.where,
                                                evidence.id, first->second->where));
  });
  return ids;
}

void apply_to_records(Book& book) {
  struct Span {
    std::uint32_t lowest;
    std::uint32_t highest;
  };
  std::map<std::string, Span> replaced;
  for (const auto& [id, layers] : records_by_id(book))
    if (layers.size() > 1) replaced[id] = {layers.begin()->first, layers.rbegin()->first};
  if (replaced.empty()) return;
  each_evidence(book, [&](Evidence& evidence) {
    const auto found = replaced.find(evidence.id);
    if (found != replaced.end()) evidence.place = found->second.lowest;
  });
  const auto gives_way = [&](const auto& record) {
    const auto found = replaced.find(record.evidence.id);
    return found != replaced.end() && record.evidence.layer < found->second.highest;
  };
  std::erase_if(book.prices, gives_way);
  std::erase_if(book.aliases, gives_way);
  std::erase_if(book.multipliers, gives_way);
  std::erase_if(book.units, gives_way);
}

void apply_to_models(Book& book) {
  std::map<std::string, std::map<std::uint32_t, std::string>> where;
  for (const ModelFacts& model : book.models) {
    const auto [first, fresh] = where[model.id].emplace(model.layer, model.where);
    if (!fresh)
      throw Error(ErrorKind::input, fmt::format("{}: the model '{}' is already listed at {}", model.where,
                                                model.id, first->second));
  }
  std::erase_if(book.models,
                [&](const ModelFacts& model) { return model.layer < where.at(model.id).rbegin()->first; });
}

}  // namespace

bool add_calendar(Book& book, Calendar calendar) {
  const auto other = std::find_if(book.calendars.begin(), book.calendars.end(),
                                  [&](const Calendar& each) { return each.id == calendar.id; });
  if (other == book.calendars.end()) {
    book.calendars.push_back(std::move(calendar));
    return true;
  }
  if (other->layer == calendar.layer) return false;
  if (other->layer < calendar.layer) *other = std::move(calendar);
  return true;
}

void apply_layers(Book& book) {
  apply_to_records(book);
  apply_to_models(book);
}

}  // namespace costwar::pricing
