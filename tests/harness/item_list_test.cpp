#include "harness/item_list.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace costwar;
using namespace costwar::harness;

namespace {

bool same(const Item& a, const Item& b) {
  return a.id == b.id && a.messages == b.messages && a.expected == b.expected && a.cluster == b.cluster &&
         a.context == b.context && a.turns == b.turns && a.tools == b.tools &&
         a.tool_choice == b.tool_choice && a.response_format == b.response_format && a.details == b.details &&
         a.group == b.group;
}

Item plain(int number) {
  return {fmt::format("{:016x}", number), {{Role::user, fmt::format("question {}", number)}}, "answer", ""};
}

}  // namespace

TEST_CASE("an item comes out of the list as it was put in") {
  std::vector<Item> items{plain(0), Item{}, plain(1)};
  items[0].cluster = "c";
  items[0].details = "{}";
  items[0].group = "g";
  items[2].messages = {
      {Role::system, "be brief"}, {Role::user, ""}, {Role::assistant, std::string("a\0b", 3)}};
  for (const std::size_t size : {127U, 128U, 16'383U, 16'384U, 300'000U}) {
    items.push_back(plain(2));
    items.back().expected = std::string(size, 'x');
  }
  const auto add = [&](auto change) {
    items.push_back(plain(3));
    change(items.back());
  };
  add([](Item& item) {
    item.context = std::make_shared<const SharedContext>(SharedContext{"k", {{Role::user, "long"}}});
  });
  add([](Item& item) { item.turns = {"second"}; });
  add([](Item& item) { item.tools = {{"t", "d", "{}"}}; });
  add([](Item& item) { item.tool_choice = ToolChoice{ToolChoice::Kind::required}; });
  add([](Item& item) { item.response_format = ResponseFormat{}; });
  add([](Item& item) { item.messages[0].reasoning = "r"; });
  add([](Item& item) { item.messages[0].tool_calls = {{"i", "n", "{}"}}; });
  add([](Item& item) { item.messages[0].tool_call_id = "i"; });
  const ItemList list(items);
  const ItemList copy = list;
  REQUIRE(copy.size() == items.size());
  std::size_t place = 0;
  for (const Item& item : copy) {
    CAPTURE(place);
    CHECK(same(item, items[place++]));
  }
  CHECK(list.any_context());
  CHECK(list.whole(0) == nullptr);
  CHECK(list.whole(8)->context->key == "k");
  CHECK_FALSE(ItemList{plain(1)}.any_context());
  CHECK_THROWS(list.at(items.size()));
}

TEST_CASE("items are put in another order, replaced and changed") {
  ItemList list;
  for (int i = 0; i < 20'000; ++i) list.push_back(plain(i));  // several blocks
  std::vector<std::size_t> order(list.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = order.size() - 1 - i;
  list.reorder(order);
  CHECK(list.front().id == fmt::format("{:016x}", 19'999));
  CHECK(list.back().messages[0].content == "question 0");
  list.replace(5, plain(77));
  CHECK(list[5].id == fmt::format("{:016x}", 77));
  CHECK(list[6].id == fmt::format("{:016x}", 19'993));
  list.change_all([](Item& item) { item.group = item.id; });
  CHECK(list[19'999].group == fmt::format("{:016x}", 0));
  list.pop_back();
  CHECK(list.size() == 19'999);
}
