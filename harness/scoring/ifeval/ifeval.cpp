// ifeval: whether a reply follows every instruction of its prompt. Strict decides; the loose reading (as
// second_value) also tries the reply without asterisks, first line and last line. details:
// {"instruction_id_list": [...], "kwargs": [{...}, ...]}, kwargs with null or absent members alike.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "harness/scoring/details.h"
#include "harness/scoring/ifeval/checks.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"

namespace costwar::harness {
namespace ifeval {

const CheckRow* find_check(std::string_view id) {
  for (const std::span<const CheckRow> rows : {word_checks(), format_checks()})
    for (const CheckRow& row : rows)
      if (row.id == id) return &row;
  return nullptr;
}

}  // namespace ifeval

namespace {

struct Instruction {
  const ifeval::CheckRow* check;
  JsonIn kwargs;
};

std::vector<Instruction> instructions(const JsonIn& root) {
  const auto ids = root.at("instruction_id_list").elements();
  const auto kwargs = root.at("kwargs").elements();
  if (ids.empty() || ids.size() != kwargs.size())
    root.at("kwargs").fail("expected one object for each of instruction_id_list");
  std::vector<Instruction> all;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const ifeval::CheckRow* check = ifeval::find_check(ids[i].string());
    if (check == nullptr) ids[i].fail("there is no such instruction");
    all.push_back({check, kwargs[i]});
    check->follows("x", kwargs[i]);  // whether kwargs have all it needs
  }
  return all;
}

// The reply itself and what the loose reading makes of it: without the first line, the last, both; each also
// without asterisks.
std::vector<std::string> loose_forms(std::string_view reply) {
  const std::size_t first = reply.find('\n'), last = reply.rfind('\n');
  const bool several = first != std::string_view::npos;
  std::vector<std::string> forms{std::string(reply)};
  forms.emplace_back(several ? reply.substr(first + 1) : std::string_view{});
  forms.emplace_back(several ? reply.substr(0, last) : std::string_view{});
  forms.emplace_back(several && last > first ? reply.substr(first + 1, last - first - 1)
                                             : std::string_view{});
  for (std::size_t i = 0; i < 4; ++i) forms.push_back(replace_all(forms[i], "*", ""));
  for (std::string& form : forms) form = std::string(trim(form));
  return forms;
}

bool follows(const Instruction& instruction, std::string_view reply) {
  return !trim(reply).empty() && instruction.check->follows(reply, instruction.kwargs);
}

}  // namespace

ScoreResult score_ifeval(const Reply& reply, const Item& item) {
  const Details details(item);
  const std::vector<Instruction> all = instructions(details.root());
  const std::vector<std::string> forms = loose_forms(reply.text);
  std::size_t strict = 0, loose = 0;
  std::optional<std::string_view> broken;
  for (const Instruction& instruction : all) {
    const bool strictly = follows(instruction, reply.text);
    if (strictly) {
      ++strict;
    } else if (!broken) {
      broken = instruction.check->id;
    }
    if (strictly || std::any_of(forms.begin(), forms.end(),
                                [&](const std::string& form) { return follows(instruction, form); }))
      ++loose;
  }
  std::string detail = fmt::format("{} of {} instructions", strict, all.size());
  if (broken) detail += fmt::format(", not {}", *broken);
  ScoreResult result = verdict(strict == all.size(), std::move(detail));
  result.second_value = loose == all.size() ? 1.0 : 0.0;
  return result;
}

}  // namespace costwar::harness
