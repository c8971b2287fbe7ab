// table-questions: counts, sums and joins over tables of orders and customers.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/procedural/families.h"
#include "harness/procedural/making.h"
#include "harness/procedural/words.h"

namespace costwar::harness {
namespace {

constexpr Family kFamily{"table-questions", "counts, sums and joins over tables", "numeric_final"};

constexpr std::array<std::string_view, 4> kKinds{"mixed", "filter", "aggregate", "join"};
constexpr std::array<std::string_view, 5> kProducts{"chair", "desk", "lamp", "shelf", "sofa"};

struct Customer {
  std::string name;
  std::string_view city;
};
struct Order {
  std::size_t customer;
  std::string_view product;
  std::int64_t units;
  std::int64_t price;
};

struct Tables {
  std::vector<Customer> customers;
  std::vector<Order> orders;
};

Tables draw_tables(RandomStream& stream, std::size_t rows) {
  Tables tables;
  const std::size_t customers = std::clamp<std::size_t>(rows / 3, 2, first_names().size());
  for (const std::size_t index : distinct_indices(stream, first_names().size(), customers))
    tables.customers.push_back({std::string(first_names()[index]), cities()[index_below(stream, 4)]});
  for (std::size_t i = 0; i < rows; ++i)
    tables.orders.push_back({index_below(stream, customers), pick(stream, kProducts), stream.between(1, 40),
                             stream.between(5, 300)});
  return tables;
}

std::string render(const Tables& tables, bool with_cities) {
  std::string text =
      "Orders:\n\n| order | customer | product | units | price each |\n| --- | --- | --- | --- | --- |\n";
  for (std::size_t i = 0; i < tables.orders.size(); ++i) {
    const Order& order = tables.orders[i];
    text += fmt::format("| {} | {} | {} | {} | {} |\n", 1001 + i, tables.customers[order.customer].name,
                        order.product, order.units, order.price);
  }
  if (!with_cities) return text;
  text += "\nCustomers:\n\n| customer | city |\n| --- | --- |\n";
  for (const Customer& customer : tables.customers)
    text += fmt::format("| {} | {} |\n", customer.name, customer.city);
  return text;
}

struct Asked {
  std::string question;
  std::int64_t answer;
};

Asked ask_filter(RandomStream& stream, const Tables& tables) {
  const std::string_view product = pick(stream, kProducts);
  const std::int64_t above = stream.between(5, 30);
  const auto count = std::count_if(tables.orders.begin(), tables.orders.end(), [&](const Order& order) {
    return order.product == product && order.units > above;
  });
  return {fmt::format("How many orders are for a {} and have more than {} units?", product, above), count};
}

Asked ask_aggregate(RandomStream& stream, const Tables& tables) {
  // A customer who ordered something.
  const std::size_t customer = pick(stream, tables.orders).customer;
  const std::string& name = tables.customers[customer].name;
  std::int64_t units = 0;
  std::int64_t paid = 0;
  for (const Order& order : tables.orders) {
    if (order.customer != customer) continue;
    units += order.units;
    paid += order.units * order.price;
  }
  if (stream.below(2) == 0) return {fmt::format("How many units did {} order in all?", name), units};
  return {fmt::format("How much do all orders of {} cost together, each its units times its price?", name),
          paid};
}

Asked ask_join(RandomStream& stream, const Tables& tables) {
  const std::string_view city = tables.customers[pick(stream, tables.orders).customer].city;
  std::int64_t units = 0;
  for (const Order& order : tables.orders)
    if (tables.customers[order.customer].city == city) units += order.units;
  return {fmt::format("How many units did all customers in {} order together?", city), units};
}

TaskItems make(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const std::string kind = word_parameter(parameters, "kind", kKinds);
  const auto rows = static_cast<std::size_t>(whole_parameter(parameters, "rows", 2, 1'000));
  return draw_items(kFamily, seed, count, [&](RandomStream& stream) {
    const std::string_view asked = kind == "mixed" ? kKinds.at(1 + stream.below(3)) : kind;
    const Tables tables = draw_tables(stream, rows);
    const auto& draw = asked == "filter" ? ask_filter : asked == "join" ? ask_join : ask_aggregate;
    const auto [question, answer] = draw(stream, tables);
    return ask(fmt::format("{}\n{} {}", render(tables, asked == "join"), question, kAnswerForm),
               fmt::format("{}", answer), fmt::format("{} rows {}", asked, rows));
  });
}

constexpr std::array kParameters{
    ParameterRow{"kind", "mixed",
                 "filter: count of rows; aggregate: a sum; join: a sum over two tables; mixed"},
    ParameterRow{"rows", "15", "orders in the table, 2 to 1000"}};

constexpr std::array kRows{ProceduralRow{kFamily.name, kFamily.title, "reasoning", kParameters, make}};

}  // namespace

std::span<const ProceduralRow> table_questions_rows() {
  return kRows;
}

}  // namespace costwar::harness
