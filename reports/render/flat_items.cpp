// The items of a run as a flat table: one row per item, repeat and model.
#include <numeric>

#include "reports/render/flat.h"

namespace costwar::reports {
namespace {

FlatValue text(const std::string& value) {
  if (value.empty()) return std::monostate();
  return value;
}

template <typename T>
FlatValue known(const std::optional<T>& value) {
  if (!value) return std::monostate();
  return *value;
}

void fill(std::vector<FlatValue>& row, ItemRows& items, const ItemFacts& facts, const ItemTexts& texts,
          std::size_t model) {
  const ReplyFacts& reply = facts.replies[model];
  static const ReplyTexts kNone;
  const ReplyTexts& said = model < texts.replies.size() ? texts.replies[model] : kNone;
  std::size_t next = 0;
  const auto put = [&](FlatValue value) { row[next++] = std::move(value); };
  put(items.tasks().at(facts.task));
  put(texts.item);
  put(text(texts.group));
  put(static_cast<std::int64_t>(facts.repeat));
  put(items.models()[model]);
  put(reply.complete);
  put(reply.complete ? FlatValue(reply.solved) : FlatValue());
  put(reply.failed);
  put(known(reply.score));
  put(facts.flipped());
  put(known(reply.input_tokens));
  put(known(reply.output_tokens));
  put(reply.cost ? FlatValue(Decimal{reply.cost->decimal()}) : FlatValue());
  put(reply.cost ? FlatValue(reply.cost->currency().code()) : FlatValue());
  put(reply.cost_at_least);
  put(known(reply.seconds));
  put(said.attempts);
  put(text(said.outcome));
  put(text(said.finish_reason));
  put(text(said.served_model));
  put(text(said.run));
  put(said.trial);
  put(text(texts.prompt));
  put(text(texts.expected));
  put(text(said.text));
  put(text(said.reasoning_text));
  put(text(said.detail));
}

}  // namespace

FlatTable flat_items(ItemRows& items) {
  using enum FlatType;
  FlatTable table;
  table.key = kItemsTable;
  table.title = "Items, one row per item, repeat and model";
  table.columns = {{"task", text, "Task"},
                   {"item", text, "Item"},
                   {"group", text, "Group"},
                   {"repeat", integer, "Repeat"},
                   {"model", text, "Model"},
                   {"complete", boolean, "Has a result"},
                   {"solved", boolean, "Solved"},
                   {"failed", boolean, "No answer"},
                   {"score", number, "Score"},
                   {"flipped", boolean, "Models disagree"},
                   {"input_tokens", integer, "Tokens in"},
                   {"output_tokens", integer, "Tokens out"},
                   {"cost", decimal, "Cost"},
                   {"cost_currency", text, "Currency"},
                   {"cost_at_least", boolean, "Cost is at least"},
                   {"seconds", number, "Seconds"},
                   {"attempts", integer, "Attempts"},
                   {"outcome", text, "Outcome"},
                   {"finish_reason", text, "Finish reason"},
                   {"served_model", text, "Served model"},
                   {"run", text, "Run"},
                   {"trial", integer, "Trial"},
                   {"prompt", text, "Prompt"},
                   {"expected", text, "Expected"},
                   {"reply", text, "Reply"},
                   {"reasoning", text, "Reasoning"},
                   {"detail", text, "How it was scored"}};
  table.rows = [&items, width = table.columns.size()](const std::function<void(FlatRow)>& each) {
    std::vector<FlatValue> row(width);
    std::vector<std::size_t> all(items.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    items.read(all, [&](std::size_t index, const ItemTexts& texts) {
      const ItemFacts facts = items.facts(index);
      for (std::size_t model = 0; model < facts.replies.size(); ++model) {
        if (!facts.replies[model].there) continue;
        fill(row, items, facts, texts, model);
        each(row);
      }
    });
  };
  return table;
}

}  // namespace costwar::reports
