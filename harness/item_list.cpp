#include "harness/item_list.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace costwar::harness {
namespace {

constexpr std::size_t kReadBlock = std::size_t{1} << 18;
// Longer items are kept whole: packing saves nothing there, and putting together would cost.
constexpr std::size_t kLongestLineKept = std::size_t{1} << 14;

bool is_plain(const Message& message) {
  return message.reasoning.empty() && message.tool_calls.empty() && message.tool_call_id.empty();
}

bool can_be_packed(const Item& item) {
  if (item.context || !item.turns.empty() || !item.tools.empty() || item.tool_choice || item.response_format)
    return false;
  std::size_t bytes =
      item.id.size() + item.expected.size() + item.cluster.size() + item.details.size() + item.group.size();
  for (const Message& message : item.messages) {
    if (!is_plain(message)) return false;
    bytes += message.content.size();
  }
  return bytes <= kLongestLineKept;
}

// Seven bits a byte, the lowest first; the top bit says that more follow.
void put_number(std::string& out, std::size_t number) {
  for (; number >= 128; number >>= 7U) out.push_back(static_cast<char>((number & 127U) | 128U));
  out.push_back(static_cast<char>(number));
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

class Packed {
 public:
  explicit Packed(std::string_view bytes) : bytes_(bytes) {}

  std::size_t number() {
    std::size_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_[next_++]);
      value |= static_cast<std::size_t>(byte & 127U) << shift;
      if (byte < 128) return value;
    }
  }

  std::string text() {
    const std::size_t size = number();
    std::string out(bytes_.substr(next_, size));
    next_ += size;
    return out;
  }

 private:
  std::string_view bytes_;
  std::size_t next_ = 0;
};

}  // namespace

ItemList::ItemList(std::vector<Item> items) {
  reserve(items.size());
  for (Item& item : items) push_back(std::move(item));
}

ItemList::ItemList(std::initializer_list<Item> items) {
  reserve(items.size());
  for (const Item& item : items) push_back(item);
}

ItemList::Place ItemList::keep(Item item) {
  if (!can_be_packed(item)) {
    whole_.push_back(std::make_shared<const Item>(std::move(item)));
    return {kWhole, static_cast<std::uint32_t>(whole_.size() - 1)};
  }
  if (blocks_.empty() || blocks_.back().size() >= kReadBlock) {
    if (!blocks_.empty()) blocks_.back().shrink_to_fit();
    blocks_.emplace_back().reserve(kReadBlock + kLongestLineKept / 4);
  }
  std::string& out = blocks_.back();
  const Place place{static_cast<std::uint32_t>(blocks_.size() - 1), static_cast<std::uint32_t>(out.size())};
  for (const std::string* text : {&item.id, &item.expected, &item.cluster, &item.details, &item.group})
    put_text(out, *text);
  put_number(out, item.messages.size());
  for (const Message& message : item.messages) {
    out.push_back(static_cast<char>(message.role));
    put_text(out, message.content);
  }
  return place;
}

void ItemList::push_back(Item item) {
  places_.push_back(keep(std::move(item)));
}

void ItemList::replace(std::size_t index, Item item) {
  places_.at(index) = keep(std::move(item));
}

void ItemList::reorder(const std::vector<std::size_t>& order) {
  std::vector<Place> places;
  places.reserve(order.size());
  for (const std::size_t from : order) places.push_back(places_.at(from));
  places_ = std::move(places);
}

const Item* ItemList::whole(std::size_t index) const {
  const Place& place = places_[index];
  return place.block == kWhole ? whole_[place.at].get() : nullptr;
}

bool ItemList::any_context() const {
  return std::any_of(whole_.begin(), whole_.end(), [](const auto& item) { return item->context != nullptr; });
}

const Item ItemList::operator[](std::size_t index) const {  // NOLINT(readability-const-return-type)
  const Place& place = places_[index];
  if (place.block == kWhole) return *whole_[place.at];
  const std::string_view block = blocks_[place.block];
  Packed packed(block.substr(place.at));
  Item item;
  for (std::string* text : {&item.id, &item.expected, &item.cluster, &item.details, &item.group})
    *text = packed.text();
  item.messages.resize(packed.number());
  for (Message& message : item.messages) {
    message.role = static_cast<Role>(packed.number());
    message.content = packed.text();
  }
  return item;
}

const Item ItemList::at(std::size_t index) const {  // NOLINT(readability-const-return-type)
  if (index >= size()) throw std::out_of_range("ItemList::at");
  return (*this)[index];
}

}  // namespace costwar::harness
