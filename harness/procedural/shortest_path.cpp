// shortest-path: the length of the shortest way between two places of a road map.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <queue>

#include "harness/procedural/families.h"
#include "harness/procedural/making.h"
#include "harness/procedural/words.h"

namespace costwar::harness {
namespace {

constexpr Family kFamily{"shortest-path", "the length of the shortest way between two places",
                         "numeric_final"};

struct Road {
  std::size_t to;
  std::int64_t length;
};
using Roads = std::vector<std::vector<Road>>;

// Dijkstra 1959; lengths and how many roads the shortest way has.
struct Ways {
  std::vector<std::int64_t> length;
  std::vector<std::size_t> roads;
};
Ways ways_from(const Roads& roads, std::size_t start) {
  Ways ways{std::vector(roads.size(), std::numeric_limits<std::int64_t>::max()),
            std::vector<std::size_t>(roads.size(), 0)};
  using Entry = std::pair<std::int64_t, std::size_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
  ways.length[start] = 0;
  open.emplace(0, start);
  while (!open.empty()) {
    const auto [length, at] = open.top();
    open.pop();
    if (length > ways.length[at]) continue;
    for (const Road& road : roads[at]) {
      if (length + road.length >= ways.length[road.to]) continue;
      ways.length[road.to] = length + road.length;
      ways.roads[road.to] = ways.roads[at] + 1;
      open.emplace(ways.length[road.to], road.to);
    }
  }
  return ways;
}

bool joined(const Roads& roads, std::size_t a, std::size_t b) {
  return std::any_of(roads[a].begin(), roads[a].end(), [&](const Road& road) { return road.to == b; });
}

Item draw_question(RandomStream& stream, std::size_t places, std::size_t extra) {
  std::vector<std::string> names;
  for (const std::size_t index : distinct_indices(stream, nouns().size(), places))
    names.push_back(capitalised(nouns()[index]));
  Roads roads(places);
  std::vector<std::string> lines;
  const auto build = [&](std::size_t a, std::size_t b) {
    const std::int64_t length = stream.between(2, 40);
    roads[a].push_back({b, length});
    roads[b].push_back({a, length});
    lines.push_back(fmt::format("{} - {}: {} km", names[a], names[b], length));
  };
  for (std::size_t place = 1; place < places; ++place) build(place, index_below(stream, place));
  for (std::size_t made = 0; made < extra;) {
    const std::size_t a = index_below(stream, places);
    const std::size_t b = index_below(stream, places);
    if (a == b || joined(roads, a, b)) continue;
    build(a, b);
    ++made;
  }
  stream.shuffle(std::span(lines));
  // The end that takes the most roads: where one road is the way, there is nothing to search.
  const std::size_t start = index_below(stream, places);
  const Ways ways = ways_from(roads, start);
  const auto end =
      static_cast<std::size_t>(std::max_element(ways.roads.begin(), ways.roads.end()) - ways.roads.begin());
  return ask(
      fmt::format("These roads can be driven in both directions:\n\n{}\n\nHow many kilometres long is the "
                  "shortest way from {} to {}? {}",
                  fmt::join(lines, "\n"), names[start], names[end], kAnswerForm),
      fmt::format("{}", ways.length[end]), fmt::format("places {} roads {}", places, lines.size()));
}

TaskItems make(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const auto places = static_cast<std::size_t>(whole_parameter(parameters, "places", 4, 100));
  // A tree, and so many roads more; never more than there are pairs of places.
  const auto most = static_cast<std::int64_t>((places - 1) * (places - 2) / 2);
  const auto extra = static_cast<std::size_t>(std::min(whole_parameter(parameters, "extra", 0, 300), most));
  return draw_items(kFamily, seed, count,
                    [&](RandomStream& stream) { return draw_question(stream, places, extra); });
}

constexpr std::array kParameters{
    ParameterRow{"places", "8", "places on the map, 4 to 100"},
    ParameterRow{"extra", "6", "roads besides those that join all places, 0 to 300"}};

constexpr std::array kRows{ProceduralRow{kFamily.name, kFamily.title, "reasoning", kParameters, make}};

}  // namespace

std::span<const ProceduralRow> shortest_path_rows() {
  return kRows;
}

}  // namespace costwar::harness
